package kconfig

import (
	"maps"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Facts are the values that the tools decide, by symbol: CC_IS_CLANG is "y", RUSTC_VERSION is "108501". The value ""
// means that the tools decide the symbol but its value is unknown.
type Facts map[string]string

// Evaluation holds the values of a tree's symbols for a configuration, by the rules of `make olddefconfig` with the
// differences that the package comment lists. Values are computed on first use. It is not safe for concurrent use.
type Evaluation struct {
	tree    *Tree
	config  Config
	changes Config // settings that override those of config
	facts   Facts
	// recorded means that the configuration was made with the same compiler, so the results of macros can be read from
	// it.
	recorded bool
	base     *Evaluation // the evaluation without changes if this one has any, else nil
	results  map[string]*result
}

// result is what is known about one symbol.
type result struct {
	done            bool
	setting         syntax.Setting
	visible         syntax.Value
	rawVisible, raw syntax.Value // visible and value without what the configuration recorded
}

// compilerSymbols identify the C compiler that a configuration was made with.
var compilerSymbols = []string{"CC_IS_GCC", "CC_IS_CLANG", "GCC_VERSION", "CLANG_VERSION"}

// Evaluate returns the evaluation of a configuration. Facts take precedence over what it recorded. The results of
// macros are taken from the configuration if it was made with the C compiler that the facts state, or if they state
// none.
func (t *Tree) Evaluate(config Config, facts Facts) *Evaluation {
	e := &Evaluation{tree: t, config: config, facts: maps.Clone(facts), results: map[string]*result{}}
	e.recorded = config["CC_IS_GCC"] == "y" || config["CC_IS_CLANG"] == "y"
	for _, name := range compilerSymbols {
		fact, was := facts[name], config[name]
		if was == "" && (fact == "n" || fact == "0") {
			was = fact
		}
		e.recorded = e.recorded && (fact == "" || fact == was)
	}
	if e.recorded {
		maps.DeleteFunc(e.facts, func(_, fact string) bool { return fact == "" })
	}
	return e
}

// changed returns an evaluation of the unchanged configuration with these changes.
func (e *Evaluation) changed(changes []Change) *Evaluation {
	base := e
	if e.base != nil {
		base = e.base
	}
	c := &Evaluation{
		tree: e.tree, config: e.config, changes: Config{}, facts: e.facts, recorded: e.recorded, base: base, results: map[string]*result{},
	}
	for _, change := range changes {
		c.set(change)
	}
	return c
}

// set applies a change. Turning on one member of a choice turns off the others.
func (e *Evaluation) set(c Change) {
	if s := e.tree.symbols[c.Symbol]; s != nil && s.choice != nil && c.Value == "y" {
		for _, other := range e.tree.members[s.choice] {
			e.changes[other.name] = "n"
		}
	}
	e.changes[c.Symbol] = c.Value
}

// configured returns the setting of a symbol in the configuration with its changes.
func (e *Evaluation) configured(name string) (value string, ok bool) {
	if value, ok = e.changes[name]; ok {
		return value, true
	}
	value, ok = e.config[name]
	return value, ok
}

// Value returns what is known about the value of a symbol, named without CONFIG_. It is n for an undefined symbol.
func (e *Evaluation) Value(name string) syntax.Value {
	return syntax.Operand{Text: name}.Eval(e.lookup)
}

func (e *Evaluation) lookup(name string) syntax.Setting {
	fact, ok := e.facts[name]
	switch {
	case syntax.IsMacro(name):
		return e.macro(name)
	case ok && fact == "":
		return syntax.Settled(syntax.Unknown)
	case ok:
		return syntax.Setting{State: syntax.Set, Text: fact}
	}
	return e.result(name).setting
}

// macro asks for the value of a macro, unless the configuration recorded what follows from it.
func (e *Evaluation) macro(text string) syntax.Setting {
	if e.tree.Macro != nil && !e.recorded {
		if value, ok := e.tree.Macro(text); ok {
			return syntax.Setting{State: syntax.Set, Text: value}
		}
	}
	return syntax.Settled(syntax.Unknown)
}

// result computes a symbol, once. A symbol that depends on itself is n where it does, as in Kconfig.
func (e *Evaluation) result(name string) *result {
	if r := e.results[name]; r != nil {
		return r
	}
	r := &result{}
	e.results[name] = r
	s := e.tree.symbols[name]
	if s == nil || len(s.entries) == 0 {
		r.done = true
		return r
	}
	r.rawVisible = e.bool(s, e.visibility(s))
	r.visible = e.recall(s, r)
	switch {
	case s.kind != "bool" && s.kind != "tristate":
		r.setting = e.text(s, r)
	case s.choice != nil && !s.choice.Tristate:
		e.choose(s.choice)
	default:
		r.raw = e.tristate(s, r)
		r.setting = syntax.Settled(e.recallValue(s, r))
	}
	r.done = true
	return r
}

// bool changes m to y if the symbol cannot be m.
func (e *Evaluation) bool(s *symbol, v syntax.Value) syntax.Value {
	if s.kind == "tristate" && (s.name == "MODULES" || !e.Value("MODULES").Fails()) {
		return v
	}
	raise := func(t syntax.Tristate) syntax.Tristate {
		if t == syntax.Mod {
			return syntax.Yes
		}
		return t
	}
	return syntax.Value{Min: raise(v.Min), Max: raise(v.Max)}
}

// all returns the value of the conjunction of clauses.
func (e *Evaluation) all(clauses []syntax.Clause) syntax.Value {
	v := syntax.Exactly(syntax.Yes)
	for _, c := range clauses {
		if v.Fails() {
			return v
		}
		v = v.And(c.Holds().Eval(e.lookup))
	}
	return v
}

// optional returns the value of a condition, or y if it is nil.
func (e *Evaluation) optional(condition syntax.Expr) syntax.Value {
	if condition == nil {
		return syntax.Exactly(syntax.Yes)
	}
	return condition.Eval(e.lookup)
}

// visibility returns the value of the disjunction of the symbol's prompts, which decides whether a user can set it.
func (e *Evaluation) visibility(s *symbol) syntax.Value {
	v := syntax.Exactly(syntax.No)
	for _, entry := range s.entries {
		if entry.Transitional {
			return syntax.Exactly(syntax.Yes)
		}
		if entry.Prompt != nil {
			v = v.Or(e.all(entry.Depends).And(e.all(entry.Visible)).And(e.optional(entry.Prompt.Expr)))
		}
	}
	return v
}

// recall narrows a visibility that a macro decides by what the configuration recorded. The configuration has a line for
// a symbol, even one that is not set, if it could be set, and none if it could not.
func (e *Evaluation) recall(s *symbol, r *result) syntax.Value {
	v := r.rawVisible
	if v.Known() || !e.recorded {
		return v
	}
	if e.base != nil {
		if was := e.base.result(s.name); was.done && was.rawVisible == v {
			return was.visible
		}
		return v
	}
	if _, there := e.config[s.name]; there {
		return syntax.Value{Min: max(v.Min, min(v.Max, syntax.Mod)), Max: v.Max}
	}
	return syntax.Exactly(v.Min)
}

// recallValue narrows a value in the same way.
func (e *Evaluation) recallValue(s *symbol, r *result) syntax.Value {
	if r.raw.Known() || !e.recorded {
		return r.raw
	}
	if e.base != nil {
		if was := e.base.result(s.name); was.done && was.raw == r.raw && was.setting.State == syntax.Set {
			t, _ := syntax.ParseTristate(was.setting.Text)
			return syntax.Exactly(t)
		}
		return r.raw
	}
	t, _ := syntax.ParseTristate(e.config[s.name])
	return syntax.Exactly(min(max(t, r.raw.Min), r.raw.Max))
}

// tristate returns the value of a bool or tristate that is not in a choice.
func (e *Evaluation) tristate(s *symbol, r *result) syntax.Value {
	v := e.defaulted(s)
	if implied := e.selected(s.implies); !implied.Fails() {
		v = v.Or(e.bool(s, implied)).And(e.bool(s, e.depends(s)))
	}
	if user, ok := e.user(s); ok && !r.visible.Fails() {
		set := syntax.Exactly(user).And(r.visible)
		if r.visible.Holds() {
			v = set
		} else {
			v = hull(v, syntax.Exactly(user).And(syntax.Value{Min: syntax.Mod, Max: r.visible.Max}))
		}
	}
	return e.bool(s, v.Or(e.bool(s, e.selected(s.selects))))
}

// user returns the value that the configuration sets. Kconfig ignores m for a bool.
func (e *Evaluation) user(s *symbol) (t syntax.Tristate, ok bool) {
	text, _ := e.configured(s.name)
	if t, ok = syntax.ParseTristate(text); t == syntax.Mod && s.kind == "bool" {
		return syntax.No, false
	}
	return t, ok
}

// hull returns what is known about a value that is one of two values.
func hull(a, b syntax.Value) syntax.Value {
	return syntax.Value{Min: min(a.Min, b.Min), Max: max(a.Max, b.Max)}
}

// depends returns the value of the symbol's dependencies, the disjunction over its entries.
func (e *Evaluation) depends(s *symbol) syntax.Value {
	v := syntax.Exactly(syntax.No)
	for _, entry := range s.entries {
		v = v.Or(e.all(entry.Depends))
	}
	return v
}

// selected returns the value that a list of selects or implies forces.
func (e *Evaluation) selected(list []selector) syntax.Value {
	v := syntax.Exactly(syntax.No)
	for _, by := range list {
		if v.Min == syntax.Yes {
			break
		}
		v = v.Or(e.selecting(by))
	}
	return v
}

func (e *Evaluation) selecting(by selector) syntax.Value {
	v := e.Value(by.by.Symbol)
	if v.Fails() {
		return v
	}
	return v.And(e.all(by.by.Depends)).And(e.optional(by.line.If))
}

// defaulted returns the value of the first default whose condition holds.
func (e *Evaluation) defaulted(s *symbol) syntax.Value {
	open := false
	var v syntax.Value
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			condition := e.all(entry.Depends).And(e.optional(d.If))
			if condition.Fails() {
				continue
			}
			value := d.Expr.Eval(e.lookup).And(syntax.Value{Min: max(condition.Min, syntax.Mod), Max: condition.Max})
			if open {
				value = hull(v, value)
			}
			if condition.Holds() {
				return value
			}
			v, open = value, true
		}
	}
	if open {
		return hull(v, syntax.Exactly(syntax.No))
	}
	return syntax.Exactly(syntax.No)
}

// text returns the value of a string or number. The result of a macro is unknown unless the configuration recorded it.
func (e *Evaluation) text(s *symbol, r *result) syntax.Setting {
	text, set := e.configured(s.name)
	if set && r.visible.Holds() {
		return syntax.Setting{State: syntax.Set, Text: text}
	}
	open := !r.visible.Fails() && set
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			condition := e.all(entry.Depends).And(e.optional(d.If))
			if condition.Fails() {
				continue
			}
			value := e.operand(d.Expr)
			if value.State == syntax.Set && condition.Holds() && !open {
				return value
			}
			open = true
		}
	}
	switch {
	case open && e.recorded && set:
		return syntax.Setting{State: syntax.Set, Text: text}
	case open:
		return syntax.Settled(syntax.Unknown)
	}
	return syntax.Setting{State: syntax.Set, Text: map[string]string{"int": "0", "hex": "0x0"}[s.kind]}
}

// operand returns the value of a default of a string or number.
func (e *Evaluation) operand(x syntax.Expr) syntax.Setting {
	o, ok := x.(syntax.Operand)
	if !ok || o.Kind == syntax.Macro {
		return syntax.Settled(syntax.Unknown)
	}
	if name, ok := o.Symbol(); ok && e.tree.Defines(name) {
		return e.lookup(name)
	}
	return syntax.Setting{State: syntax.Set, Text: o.Text}
}
