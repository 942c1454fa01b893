package kconfig

import (
	"fmt"
	"maps"
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Explanation holds why an option has its value, and how to turn it on.
type Explanation struct {
	Symbol string
	Where  Position
	Value  string  // as in a configuration, or "unknown"
	Causes []Cause // the parts of its dependencies that do not surely hold; none if it can be turned on
	Fixes  []Fix   // the smallest sets of changes that turn it on, all of one size; the best first
	Tools  []Need  // what only other tools could fix
	Ended  bool    // the search for fixes reached a bound, so there may be others

	Warnings []Warning // lines of the configuration that are ignored, as conf ignores them
}

// Explain returns why an option is off, and the changes that turn it on. The error is a *NoSymbolError if the tree does
// not define the option.
func (e *Evaluation) Explain(name string) (Explanation, error) {
	if !e.tree.Defines(name) {
		return Explanation{}, &NoSymbolError{Tree: e.tree.Root, SrcArch: e.tree.Arch.SrcArch, Symbol: name}
	}
	s := e.tree.symbols[name]
	x := &explainer{e: e, seen: map[string]bool{name: true}}
	out := Explanation{Symbol: name, Where: s.where(), Value: e.show(name), Causes: x.hidden(s), Warnings: e.base().Warnings}
	if out.Value != "y" {
		all := false
		// If a tool is unknown, a fix that holds with any tool could turn off options that need no change.
		sure := !slices.Contains(slices.Collect(maps.Values(e.facts)), "")
		if out.Fixes, out.Tools, all = e.search(name, sure); len(out.Fixes) == 0 && sure {
			out.Fixes, out.Tools, all = e.search(name, false)
		}
		out.Ended = !all
	}
	return out, nil
}

// show returns a symbol's value for SymbolValue.Value.
func (e *Evaluation) show(name string) string {
	_, fact := e.facts[name]
	if !fact && !e.tree.Defines(name) {
		return "absent"
	}
	s := e.lookup(name)
	if s.State == syntax.Open {
		return "unknown"
	}
	return s.Text
}

const (
	maxBehind  = 4 // how deep Cause.Because may nest
	maxSelects = 4 // how many selects of one symbol are listed
)

// explainer collects causes. seen keeps a symbol from being explained by itself, or twice.
type explainer struct {
	e     *Evaluation
	seen  map[string]bool
	depth int
}

// hidden returns the dependencies of a symbol that do not hold, for the entry with the fewest.
func (x *explainer) hidden(s *symbol) []Cause {
	var best []Cause
	first := true
	for _, entry := range s.entries {
		if entry.Prompt == nil && s.hasPrompt() {
			continue
		}
		causes := x.unmet(entry)
		if first || len(causes) < len(best) {
			best, first = causes, false
		}
	}
	return best
}

func (x *explainer) unmet(entry *syntax.Entry) []Cause {
	clauses := slices.Clone(entry.Depends)
	if entry.Prompt != nil {
		clauses = append(clauses, entry.Visible...)
		if entry.Prompt.Expr != nil {
			clauses = append(clauses, *entry.Prompt)
		}
	}
	var causes []Cause
	for _, c := range clauses {
		causes = append(causes, x.clause(c)...)
	}
	return causes
}

// clause returns the parts of one line that do not hold.
func (x *explainer) clause(c syntax.Clause) []Cause {
	suffix := ""
	if c.If != nil {
		if c.Holds().Eval(x.e.condition).Holds() {
			return nil
		}
		suffix = " if " + c.If.String()
	}
	var causes []Cause
	for _, part := range syntax.Conjuncts(c.Expr) {
		value := part.Eval(x.e.condition)
		if value.Holds() {
			continue
		}
		causes = append(causes, Cause{
			Where: c.Where, Text: c.Words + " " + part.String() + suffix, Symbols: x.values(part),
			Unsure: !value.Fails(), Because: x.behind(part, true),
		})
	}
	return causes
}

// values returns the symbols and macros of an expression, each once.
func (x *explainer) values(expr syntax.Expr) []SymbolValue {
	var list []SymbolValue
	expr.Operands(func(o syntax.Operand) {
		v := SymbolValue{Symbol: o.Text, Value: "unknown"}
		if name, ok := o.Symbol(); ok {
			_, v.Fact = x.e.facts[name]
			v.Value = x.e.show(name)
		} else if v.Macro = o.Kind == syntax.Macro; !v.Macro {
			return
		} else if s := x.e.lookup(o.Text); s.State == syntax.Set {
			v.Value = s.Text
		}
		if !slices.Contains(list, v) {
			list = append(list, v)
		}
	})
	return list
}

// behind explains the symbols of an expression that a user cannot set directly to make it hold (or, if want is false,
// fail).
func (x *explainer) behind(expr syntax.Expr, want bool) []Cause {
	if x.depth >= maxBehind {
		return nil
	}
	x.depth++
	defer func() { x.depth-- }()
	var causes []Cause
	expr.Operands(func(o syntax.Operand) {
		name, ok := o.Symbol()
		if !ok || x.seen[name] {
			return
		}
		_, fact := x.e.facts[name]
		value := x.e.Value(name)
		var why []Cause
		switch {
		case fact:
			why = x.decided(name)
		case !value.Holds() && x.helps(expr, name, true) == want:
			x.seen[name] = true
			why = x.whyOff(name)
		case !value.Fails() && x.helps(expr, name, false) == want:
			x.seen[name] = true
			why = x.whyOn(name)
		}
		causes = append(causes, why...)
	})
	return causes
}

// helps reports whether an expression could hold if a symbol were on, or off.
func (x *explainer) helps(expr syntax.Expr, symbol string, on bool) bool {
	text := "n"
	if on {
		text = "y"
	}
	return !expr.Eval(func(s string) syntax.Setting {
		if s == symbol {
			return syntax.Setting{State: syntax.Set, Kind: "tristate", Text: text}
		}
		return x.e.lookup(s)
	}).Fails()
}

// decided returns the cause for a symbol that the tools decide.
func (x *explainer) decided(name string) []Cause {
	x.seen[name] = true
	s := x.e.tree.symbols[name]
	if s == nil || len(s.entries) == 0 {
		return []Cause{{Text: name, Note: "decided by the tools"}}
	}
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			return []Cause{{Where: d.Where, Text: d.String(), Note: "decided by the tools"}}
		}
	}
	return []Cause{{Where: s.where(), Text: "config " + name, Note: "decided by the tools"}}
}

// whyOff explains a symbol that is off and that a user cannot turn on in the current configuration.
func (x *explainer) whyOff(name string) []Cause {
	s := x.e.tree.symbols[name]
	if s == nil || len(s.entries) == 0 {
		return []Cause{{Where: Position{File: "arch/" + x.e.tree.Arch.SrcArch + "/Kconfig"}, Text: "no config " + name + " for this architecture"}}
	}
	if s.hasPrompt() {
		return x.hidden(s)
	}
	causes := x.unselected(s)
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			causes = append(causes, x.undefaulted(entry, d)...)
		}
	}
	if len(causes) == 0 {
		causes = append(causes, Cause{Where: s.where(), Text: "config " + name, Note: "which nothing selects"})
	}
	return causes
}

// unselected explains why no select turns the symbol on.
func (x *explainer) unselected(s *symbol) []Cause {
	var causes []Cause
	for i, by := range s.selects {
		if i == maxSelects {
			return append(causes, Cause{Where: s.where(), Text: "config " + s.name, Note: fmt.Sprintf("with %d more selects", len(s.selects)-i)})
		}
		causes = append(causes, x.selection(by))
	}
	return causes
}

func (x *explainer) selection(by selector) Cause {
	c := Cause{Where: by.line.Where, Text: by.line.String()}
	owner := syntax.Operand{Text: by.by.Symbol}
	if !x.e.Value(by.by.Symbol).Holds() {
		c.Symbols = x.values(owner)
		c.Because = x.behind(owner, true)
	}
	if by.line.If == nil {
		return c
	}
	for _, part := range syntax.Conjuncts(by.line.If) {
		value := part.Eval(x.e.condition)
		if value.Holds() {
			continue
		}
		c.Unsure = c.Unsure || !value.Fails()
		c.Symbols = append(c.Symbols, x.values(part)...)
		c.Because = append(c.Because, x.behind(part, true)...)
	}
	return c
}

// undefaulted explains why a default does not turn an entry on: by the entry's dependencies, else by the default
// itself.
func (x *explainer) undefaulted(entry *syntax.Entry, d syntax.Clause) []Cause {
	var causes []Cause
	for _, c := range entry.Depends {
		causes = append(causes, x.clause(c)...)
	}
	if len(causes) > 0 {
		return causes
	}
	value := d.Expr.Eval(x.e.condition).And(x.e.all(nil, d.If))
	cause := Cause{Where: d.Where, Text: d.String(), Unsure: !value.Fails(), Symbols: x.values(d.Expr)}
	if d.If != nil {
		cause.Symbols = append(cause.Symbols, x.values(d.If)...)
	}
	if value.Fails() {
		cause.Because = x.behind(d.Expr, true)
	} else if slices.ContainsFunc(cause.Symbols, func(v SymbolValue) bool { return v.Macro }) {
		cause.Note = "decided by a program when the configuration is made"
	}
	return []Cause{cause}
}

// whyOn explains a symbol that is on and that a user cannot turn off in the current configuration: by what selects it,
// or by its default.
func (x *explainer) whyOn(name string) []Cause {
	s := x.e.tree.symbols[name]
	if s == nil {
		return nil
	}
	var causes []Cause
	for _, by := range s.selects {
		if x.e.selecting(by).Fails() {
			continue
		}
		owner := syntax.Operand{Text: by.by.Symbol}
		causes = append(causes, Cause{
			Where: by.line.Where, Text: by.line.String(), Symbols: x.values(owner), Because: x.behind(owner, false),
		})
	}
	if len(causes) > 0 || !x.e.result(name).visible.Fails() {
		return causes
	}
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			if x.e.where(entry, d.If).And(d.Expr.Eval(x.e.condition)).Fails() {
				continue
			}
			cause := Cause{Where: d.Where, Text: d.String(), Symbols: x.values(d.Expr), Because: x.behind(d.Expr, false)}
			if d.If != nil {
				cause.Symbols = append(cause.Symbols, x.values(d.If)...)
			}
			return append(causes, cause)
		}
	}
	return causes
}
