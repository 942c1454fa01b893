package kconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Position is a line, from 1, of a file of the tree; line 0 means the file as a whole.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d", p.File, p.Line)
}

// SymbolValue is a symbol of an expression with what a configuration says of it.
type SymbolValue struct {
	Symbol string `json:"symbol"` // or the text of a macro
	Value  string `json:"value"`  // as in the configuration, or "absent", or "unknown"
	Macro  bool   `json:"macro,omitempty"`
}

func (v SymbolValue) String() string {
	if v.Value == "absent" || v.Value == "unknown" {
		return v.Symbol + " " + v.Value
	}
	return v.Symbol + "=" + v.Value
}

// Cause is one part of a dependency that does not hold, or an `if` that keeps a `select` from giving what it needs.
type Cause struct {
	Where   Position      `json:"where"`
	Text    string        `json:"text"` // "depends on !MODVERSIONS || GENDWARFKSYMS"
	Symbols []SymbolValue `json:"symbols,omitempty"`
	Unsure  bool          `json:"unsure,omitempty"` // a macro decides: it may hold after all
	Note    string        `json:"note,omitempty"`
	Because []Cause       `json:"because,omitempty"` // why a symbol of it that nobody can set is off
}

// String gives the cause and what is behind it on one line:
// "init/Kconfig:2163: depends on !MODVERSIONS || GENDWARFKSYMS: MODVERSIONS=y, GENDWARFKSYMS absent".
func (c Cause) String() string {
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
	if len(c.Because) > 0 {
		reasons := make([]string, len(c.Because))
		for i, b := range c.Because {
			reasons[i] = b.String()
		}
		text += " (" + strings.Join(reasons, "; ") + ")"
	}
	return text
}

// NoSymbolError says that a tree does not have a symbol where it was looked for.
type NoSymbolError struct {
	Tree   string
	Symbol string
	Files  []string
}

func (e *NoSymbolError) Error() string {
	return fmt.Sprintf("%s: no `config %s` in %s", e.Tree, e.Symbol, strings.Join(e.Files, ", "))
}

// Unmet gives the parts of a symbol's dependencies that do not hold in a configuration: nothing when it can be turned
// on. It reads init/Kconfig, arch/Kconfig and the architecture's Kconfig. A symbol that none of them has is a
// *NoSymbolError.
func Unmet(tree, srcarch, symbol string, config Config) ([]Cause, error) {
	x := &explainer{srcarch: srcarch, config: config, seen: map[string]bool{symbol: true}}
	names := []string{"init/Kconfig", "arch/Kconfig", x.archFile()}
	for _, name := range names {
		if err := x.read(tree, name); err != nil {
			return nil, err
		}
	}
	if srcarch == "um" {
		// The half of User Mode Linux that the host's architecture brings.
		if err := x.read(tree, "arch/x86/um/Kconfig"); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	entries := x.entries(symbol)
	if len(entries) == 0 {
		return nil, &NoSymbolError{Tree: tree, Symbol: symbol, Files: names}
	}
	return x.dependencies(entries), nil
}

// explainer holds what one question needs. seen keeps it from explaining a symbol by itself.
type explainer struct {
	srcarch string
	config  Config
	files   []*File
	seen    map[string]bool
}

// located is an entry with its file's name.
type located struct {
	Entry
	file string
}

func (x *explainer) archFile() string { return "arch/" + x.srcarch + "/Kconfig" }

func (x *explainer) read(tree, name string) error {
	data, err := os.ReadFile(filepath.Join(tree, name))
	if err != nil {
		return fmt.Errorf("reading Kconfig: %w", err)
	}
	file, err := ParseFile(name, data)
	if err != nil {
		return err
	}
	x.files = append(x.files, file)
	return nil
}

func (x *explainer) entries(symbol string) []located {
	var found []located
	for _, f := range x.files {
		for _, e := range f.Entries {
			if e.Symbol == symbol {
				found = append(found, located{e, f.Name})
			}
		}
	}
	return found
}

// dependencies explains the entry of a symbol that is nearest to being met: one is enough.
func (x *explainer) dependencies(entries []located) []Cause {
	var best []Cause
	for i, e := range entries {
		var causes []Cause
		for _, c := range e.Depends {
			causes = append(causes, x.clause(e.file, c)...)
		}
		if e.Prompt != nil {
			for _, c := range e.Visible {
				causes = append(causes, x.clause(e.file, c)...)
			}
			if e.Prompt.Expr != nil {
				causes = append(causes, x.clause(e.file, *e.Prompt)...)
			}
		}
		if i == 0 || len(causes) < len(best) {
			best = causes
		}
	}
	return best
}

// clause gives the parts of one line that do not hold.
func (x *explainer) clause(file string, c Clause) []Cause {
	unsure := false
	suffix := ""
	if c.If != nil {
		condition := c.If.Eval(x.config.Lookup)
		if condition.Fails() {
			return nil
		}
		unsure, suffix = !condition.Holds(), " if "+c.If.String()
	}
	var causes []Cause
	for _, part := range Conjuncts(c.Expr) {
		value := part.Eval(x.config.Lookup)
		if value.Holds() {
			continue
		}
		causes = append(causes, Cause{
			Where: Position{file, c.Line}, Text: c.Words + " " + part.String() + suffix,
			Symbols: x.values(part), Unsure: unsure || !value.Fails(), Because: x.because(part),
		})
	}
	return causes
}

// values lists the symbols and macros of an expression once each.
func (x *explainer) values(e Expr) []SymbolValue {
	var list []SymbolValue
	e.operands(func(o Operand) {
		v := SymbolValue{Symbol: o.Text, Value: "unknown"}
		if name, ok := o.Symbol(); ok {
			v.Value = x.value(name)
		} else if v.Macro = o.Kind == Macro; !v.Macro {
			return
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	})
	return list
}

func (x *explainer) value(symbol string) string {
	if value, ok := x.config[symbol]; ok {
		return value
	}
	return "absent"
}

// because explains those symbols of an expression that nobody can set by hand and that would make it hold.
func (x *explainer) because(e Expr) []Cause {
	var causes []Cause
	e.operands(func(o Operand) {
		name, ok := o.Symbol()
		if !ok || x.seen[name] || x.isOn(name) || !x.wouldHelp(e, name) {
			return
		}
		x.seen[name] = true
		causes = append(causes, x.origin(name)...)
	})
	return causes
}

func (x *explainer) isOn(symbol string) bool { v := x.config[symbol]; return v == "y" || v == "m" }

// wouldHelp reports that the expression could hold if the symbol were y.
func (x *explainer) wouldHelp(e Expr, symbol string) bool {
	return !e.Eval(func(s string) Setting {
		if s == symbol {
			return Setting{State: Set, Text: "y"}
		}
		return x.config.Lookup(s)
	}).Fails()
}

// origin explains why a symbol without a prompt is off: its selects, then its defaults.
func (x *explainer) origin(symbol string) []Cause {
	entries := x.entries(symbol)
	if len(entries) == 0 || slices.ContainsFunc(entries, func(e located) bool { return e.Prompt != nil }) {
		return nil
	}
	causes, selected := x.selects(symbol)
	defaulted := false
	for _, e := range entries {
		for _, c := range e.Defaults {
			defaulted = true
			causes = append(causes, x.defaulted(e, c)...)
		}
	}
	if !selected && !defaulted {
		causes = append(causes, Cause{Where: Position{File: x.archFile()}, Text: "no select " + symbol})
	}
	return causes
}

// selects explains why no `select` turns the symbol on; found is whether there is one at all.
func (x *explainer) selects(symbol string) (causes []Cause, found bool) {
	for _, f := range x.files {
		for _, e := range f.Entries {
			for _, s := range e.Selects {
				if s.Symbol == symbol && !s.Imply {
					found = true
					causes = append(causes, x.selection(f.Name, e.Symbol, s))
				}
			}
		}
	}
	return causes, found
}

func (x *explainer) selection(file, by string, s Select) Cause {
	c := Cause{Where: Position{file, s.Line}, Text: "select " + s.Symbol}
	if !x.isOn(by) {
		c.Symbols = append(c.Symbols, SymbolValue{Symbol: by, Value: x.value(by)})
	}
	if s.If != nil {
		c.Text += " if " + s.If.String()
		for _, part := range Conjuncts(s.If) {
			value := part.Eval(x.config.Lookup)
			if value.Holds() {
				continue
			}
			c.Unsure = c.Unsure || !value.Fails()
			c.Symbols = append(c.Symbols, x.values(part)...)
			c.Because = append(c.Because, x.because(part)...)
		}
	}
	if len(c.Symbols) == 0 {
		c.Note = "which holds: the configuration was not made by this kernel, make olddefconfig brings it up to date"
	}
	return c
}

// defaulted explains why a default does not turn an entry on: the entry's dependencies, then the default itself.
func (x *explainer) defaulted(e located, c Clause) []Cause {
	var causes []Cause
	for _, d := range e.Depends {
		causes = append(causes, x.clause(e.file, d)...)
	}
	if len(causes) > 0 {
		return causes
	}
	value := c.Expr.Eval(x.config.Lookup)
	cause := Cause{Where: Position{e.file, c.Line}, Text: c.Words + " " + c.Expr.String(), Unsure: !value.Fails()}
	symbols := x.values(c.Expr)
	if c.If != nil {
		cause.Text += " if " + c.If.String()
		symbols = append(symbols, x.values(c.If)...)
	}
	for _, s := range symbols {
		if s.Macro {
			cause.Note = "decided by a program when the configuration was made"
		} else {
			cause.Symbols = append(cause.Symbols, s)
		}
	}
	if value.Fails() {
		cause.Because = x.because(c.Expr)
	}
	return []Cause{cause}
}
