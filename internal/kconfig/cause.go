package kconfig

import (
	"strings"
)

// SymbolValue is a symbol or macro of an expression with its value in an evaluation.
type SymbolValue struct {
	Symbol string `json:"symbol"` // name without CONFIG_, or the text of the macro
	Value  string `json:"value"`  // as in a configuration, or "unknown", or "absent" if the tree does not define the symbol
	Macro  bool   `json:"macro,omitempty"`
	Fact   bool   `json:"fact,omitempty"` // decided by the tools
}

// String returns "SYMBOL=value", or "SYMBOL unknown" or "SYMBOL absent".
func (v SymbolValue) String() string {
	if v.Value == "absent" || v.Value == "unknown" {
		return v.Symbol + " " + v.Value
	}
	return v.Symbol + "=" + v.Value
}

// Cause is one part of a dependency that does not hold, or what determines the value of a symbol in it: a select, a
// default, a dependency of that symbol.
type Cause struct {
	Where   Position      `json:"where"`
	Text    string        `json:"text"` // "depends on !MODVERSIONS || GENDWARFKSYMS"
	Symbols []SymbolValue `json:"symbols,omitempty"`
	Unsure  bool          `json:"unsure,omitempty"` // depends on something unknown, so it may hold after all
	Note    string        `json:"note,omitempty"`
	Because []Cause       `json:"because,omitempty"` // explains the values of symbols that a user cannot set directly
}

// Line returns the cause without its Because:
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

// String returns the cause on one line, with its Because in parentheses.
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
