package kconfig

import (
	"strings"
)

// SymbolValue is a symbol of an expression with what an evaluation says of it.
type SymbolValue struct {
	Symbol string `json:"symbol"` // or the text of a macro
	Value  string `json:"value"`  // as in a configuration, or "unknown", or "absent" where the tree has no such symbol
	Macro  bool   `json:"macro,omitempty"`
	Fact   bool   `json:"fact,omitempty"` // the tools decide it
}

func (v SymbolValue) String() string {
	if v.Value == "absent" || v.Value == "unknown" {
		return v.Symbol + " " + v.Value
	}
	return v.Symbol + "=" + v.Value
}

// Cause is one part of a dependency that does not hold, or what keeps a symbol of one as it is: a select, a default, a
// dependency of its own.
type Cause struct {
	Where   Position      `json:"where"`
	Text    string        `json:"text"` // "depends on !MODVERSIONS || GENDWARFKSYMS"
	Symbols []SymbolValue `json:"symbols,omitempty"`
	Unsure  bool          `json:"unsure,omitempty"` // something unknown decides: it may hold after all
	Note    string        `json:"note,omitempty"`
	Because []Cause       `json:"because,omitempty"` // why symbols of it are as they are, where nobody can just set them
}

// Line gives the cause without what is behind it:
// "init/Kconfig:2163: depends on !MODVERSIONS || GENDWARFKSYMS: MODVERSIONS=y, GENDWARFKSYMS=n".
func (c Cause) Line() string {
	text := c.Where.String() + ": " + c.Text
	if len(c.Symbols) > 0 {
		values := make([]string, len(c.Symbols))
		for i, v := range c.Symbols {
			values[i] = v.String()
		}
		text += ": " + strings.Join(values, ", ")
	}
	if c.Note != "" {
		text += ", " + c.Note
	}
	return text
}

// String gives the cause and what is behind it on one line.
func (c Cause) String() string {
	text := c.Line()
	if len(c.Because) > 0 {
		reasons := make([]string, len(c.Because))
		for i, b := range c.Because {
			reasons[i] = b.String()
		}
		text += " (" + strings.Join(reasons, "; ") + ")"
	}
	return text
}
