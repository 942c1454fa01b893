package kconfig

import (
	"maps"
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Facts are the values that the tools decide, by symbol: CC_IS_CLANG is "y", RUSTC_VERSION is "108501". The value ""
// means that the tools decide the symbol but its value is unknown.
type Facts map[string]string

// Evaluation holds the values of a tree's symbols for a configuration, as `make olddefconfig` computes them. Values are
// computed on first use. It is not safe for concurrent use.
type Evaluation struct {
	Warnings []Warning // lines of the configuration that are ignored

	tree    *Tree
	config  Config
	values  userValues // of the configuration
	changes userValues // values that override those of the configuration
	facts   Facts
	// recorded means that the configuration was made with the same compiler, so the results of macros can be read from
	// it.
	recorded bool
	without  *Evaluation // the evaluation without changes if this one has any, else nil
	results  map[string]*result
	modules  syntax.Value // whether a tristate can be m; n while the symbol that decides it is computed
	early    bool         // modules was asked for while it was computed
	settling bool         // modules is being computed: as conf does, compute also what does not decide
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
	e := &Evaluation{tree: t, config: config, facts: maps.Clone(facts)}
	e.values, e.Warnings = t.read(config)
	e.recorded = config.Value("CC_IS_GCC") == "y" || config.Value("CC_IS_CLANG") == "y"
	for _, name := range compilerSymbols {
		fact, was := facts[name], config.Value(name)
		if was == "" && (fact == "n" || fact == "0") {
			was = fact
		}
		e.recorded = e.recorded && (fact == "" || fact == was)
	}
	if e.recorded {
		maps.DeleteFunc(e.facts, func(_, fact string) bool { return fact == "" })
	}
	e.start()
	return e
}

// start computes whether a tristate can be m. What that depends on is computed as if none could. If the result is the
// configuration that was read, conf computes all again with what it knows then (conf_write in scripts/kconfig/confdata.c).
func (e *Evaluation) start() {
	e.results = make(map[string]*result, 256)
	e.modules, e.early = syntax.Exactly(syntax.No), false
	if e.tree.modules == "" {
		return
	}
	e.settling = true
	modules := e.Value(e.tree.modules)
	e.settling = false
	early := e.early
	e.modules = modules
	if early && !modules.Fails() && e.unchanged() {
		e.results = map[string]*result{}
		e.modules = e.Value(e.tree.modules)
	}
}

// base returns the evaluation without changes.
func (e *Evaluation) base() *Evaluation {
	if e.without != nil {
		return e.without
	}
	return e
}

// changed returns an evaluation of the unchanged configuration with these changes, as if their lines were appended.
func (e *Evaluation) changed(changes []Change) *Evaluation {
	base := e.base()
	c := &Evaluation{
		tree: e.tree, config: e.config, changes: userValues{}, facts: e.facts, recorded: e.recorded, without: base,
	}
	for i, line := range base.lines(changes) {
		if s := e.tree.symbols[line.Symbol]; s != nil {
			if v, problem := s.parse(line.Value); problem == "" {
				v.order = len(e.config.lines) + i + 1
				c.changes[line.Symbol] = v
			}
		}
	}
	c.start()
	return c
}

// Value returns what is known about the value of a symbol, named without CONFIG_. It is n for an undefined symbol.
func (e *Evaluation) Value(name string) syntax.Value { return e.lookup(name).Tristate() }

// Setting returns what is known about the value of a symbol of any type, named without CONFIG_.
func (e *Evaluation) Setting(name string) syntax.Setting { return e.lookup(name) }

func (e *Evaluation) lookup(name string) syntax.Setting {
	if syntax.IsMacro(name) {
		return e.macro(name)
	}
	fact, ok := e.facts[name]
	if !ok {
		return e.result(name).setting
	}
	kind := "tristate"
	if s := e.tree.symbols[name]; s != nil && s.kind != "" {
		kind = s.kind
	} else if _, tristate := syntax.ParseTristate(fact); fact != "" && !tristate {
		kind = "int"
	}
	if fact == "" {
		return syntax.Setting{State: syntax.Open, Kind: kind, Between: syntax.Unknown}
	}
	return syntax.Setting{State: syntax.Set, Kind: kind, Text: fact}
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

// condition is the lookup of conditions, in which a literal m is m && MODULES (rewrite_m in scripts/kconfig/menu.c).
func (e *Evaluation) condition(name string) syntax.Setting {
	if name != "m" {
		return e.lookup(name)
	}
	return syntax.Settled(syntax.Exactly(syntax.Mod).And(e.Value(e.tree.modules)))
}

// result computes a symbol, once. A symbol that depends on itself has the default of its type where it does, as in
// Kconfig.
func (e *Evaluation) result(name string) *result {
	if r := e.results[name]; r != nil {
		return r
	}
	r := &result{}
	e.results[name] = r
	s := e.tree.symbols[name]
	if s == nil || s.kind == "" {
		r.done = true
		return r
	}
	r.setting = e.tree.initial(s)
	r.rawVisible = e.visibility(s)
	r.visible = e.recall(s, r)
	if e.settling && s.choice == nil && !s.transitional {
		e.depends(s)
		e.selected(s.selects)
		e.selected(s.implies)
	}
	switch {
	case !s.tristate():
		r.setting = e.text(s, r)
	case s.choice != nil:
		e.choose(s.choice)
	default:
		r.raw = e.tristate(s, r)
		r.setting = syntax.SettledAs(s.kind, e.recallValue(s, r))
	}
	r.done = true
	return r
}

// initial returns the value of a symbol that nothing sets.
func (t *Tree) initial(s *symbol) syntax.Setting {
	if t.rules.noZero && (s.kind == "int" || s.kind == "hex") {
		return syntax.Setting{State: syntax.Set, Kind: s.kind}
	}
	text := map[string]string{"int": "0", "hex": "0x0", "bool": "n", "tristate": "n"}[s.kind]
	return syntax.Setting{State: syntax.Set, Kind: s.kind, Text: text}
}

// bool changes m to y if the symbol cannot be m.
func (e *Evaluation) bool(s *symbol, v syntax.Value) syntax.Value { return e.limited(s.kind, v) }

func (e *Evaluation) limited(kind string, v syntax.Value) syntax.Value {
	if v.Min != syntax.Mod && v.Max != syntax.Mod {
		return v
	}
	if kind == "tristate" {
		e.early = true
		if e.modules.Holds() {
			return v
		}
	}
	raise := func(t syntax.Tristate) syntax.Tristate {
		if t == syntax.Mod {
			return syntax.Yes
		}
		return t
	}
	raised := syntax.Value{Min: raise(v.Min), Max: raise(v.Max)}
	if kind == "tristate" && !e.modules.Fails() {
		return hull(v, raised)
	}
	return raised
}

// all returns the value of the conjunction of clauses and a condition, which can be nil.
func (e *Evaluation) all(clauses []syntax.Clause, condition syntax.Expr) syntax.Value {
	if e.settling {
		return e.simplified(clauses, condition)
	}
	v := syntax.Exactly(syntax.Yes)
	for i := range clauses {
		if v.Fails() {
			return v
		}
		v = v.And(clauses[i].Holds().Eval(e.condition))
	}
	if condition == nil || v.Fails() {
		return v
	}
	return v.And(condition.Eval(e.condition))
}

// simplified computes what all does from the symbols that are left once conf has simplified the expression.
func (e *Evaluation) simplified(clauses []syntax.Clause, condition syntax.Expr) syntax.Value {
	var whole syntax.Expr = syntax.Operand{Text: "y"}
	for _, c := range clauses {
		whole = syntax.And{Left: whole, Right: c.Holds()}
	}
	if condition != nil {
		whole = syntax.And{Left: whole, Right: condition}
	}
	return syntax.Simplify(whole, e.tree.kind).Eval(e.condition)
}

// where returns the value of a condition of one line of an entry, which includes what the entry depends on.
func (e *Evaluation) where(entry *syntax.Entry, condition syntax.Expr) syntax.Value {
	return e.all(entry.Depends, condition)
}

// visibility returns the value of the disjunction of the symbol's prompts, which decides whether a user can set it.
func (e *Evaluation) visibility(s *symbol) syntax.Value {
	v := syntax.Exactly(syntax.No)
	for _, entry := range s.entries {
		if entry.Transitional {
			return syntax.Exactly(syntax.Yes)
		}
		if entry.Prompt != nil && (v.Min != syntax.Yes || e.settling) {
			clauses := entry.Depends
			if len(entry.Visible) > 0 {
				clauses = slices.Concat(clauses, entry.Visible)
			}
			v = v.Or(e.all(clauses, entry.Prompt.Expr))
		}
	}
	return e.bool(s, v)
}

// recall narrows a visibility that a macro decides by what the configuration recorded. The configuration has a line for
// a symbol, even one that is not set, if it could be set, and none if it could not.
func (e *Evaluation) recall(s *symbol, r *result) syntax.Value {
	v := r.rawVisible
	if v.Known() || !e.recorded {
		return v
	}
	if e.without != nil {
		if was := e.without.result(s.name); was.done && was.rawVisible == v {
			return was.visible
		}
		return v
	}
	if _, there := e.values[s.name]; there {
		return syntax.Value{Min: max(v.Min, min(v.Max, syntax.Mod)), Max: v.Max}
	}
	return syntax.Exactly(v.Min)
}

// recallValue narrows a value in the same way.
func (e *Evaluation) recallValue(s *symbol, r *result) syntax.Value {
	if r.raw.Known() || !e.recorded {
		return r.raw
	}
	if e.without != nil {
		if was := e.without.result(s.name); was.done && was.raw == r.raw && was.setting.State == syntax.Set {
			return was.setting.Tristate()
		}
		return r.raw
	}
	return syntax.Exactly(min(max(e.values[s.name].tri, r.raw.Min), r.raw.Max))
}

// tristate returns the value of a bool or tristate that is not in a choice.
func (e *Evaluation) tristate(s *symbol, r *result) syntax.Value {
	user, set := e.user(s)
	var v syntax.Value
	if set && r.visible.Holds() {
		v = syntax.Exactly(user.tri).And(r.visible)
	} else {
		v = e.defaulted(s)
		if !s.transitional {
			v = e.implied(s, v)
		}
		if set && !r.visible.Fails() {
			v = hull(v, syntax.Exactly(user.tri).And(syntax.Value{Min: syntax.Mod, Max: r.visible.Max}))
		}
	}
	if s.transitional {
		return e.bool(s, v)
	}
	return e.bool(s, v.Or(e.bool(s, e.selected(s.selects))))
}

// implied returns a value with what implies the symbol, which counts only as far as its dependencies allow.
func (e *Evaluation) implied(s *symbol, v syntax.Value) syntax.Value {
	implied := e.bool(s, e.selected(s.implies))
	if implied.Fails() {
		return v
	}
	with := v.Or(implied).And(e.bool(s, e.depends(s)))
	if implied.Holds() {
		return with
	}
	return hull(v, with)
}

// hull returns what is known about a value that is one of two values.
func hull(a, b syntax.Value) syntax.Value {
	return syntax.Value{Min: min(a.Min, b.Min), Max: max(a.Max, b.Max)}
}

// depends returns the value of the symbol's dependencies, the disjunction over its entries. Kconfig leaves out entries
// that depend on nothing, unless all do.
func (e *Evaluation) depends(s *symbol) syntax.Value {
	v, any := syntax.Exactly(syntax.No), false
	for _, entry := range s.entries {
		if len(entry.Depends) > 0 {
			v, any = v.Or(e.all(entry.Depends, nil)), true
		}
	}
	if !any {
		return syntax.Exactly(syntax.Yes)
	}
	return v
}

// selected returns the value that a list of selects or implies forces.
func (e *Evaluation) selected(list []selector) syntax.Value {
	v := syntax.Exactly(syntax.No)
	for _, by := range list {
		if v.Min == syntax.Yes && !e.settling {
			break
		}
		v = v.Or(e.selecting(by))
	}
	return v
}

func (e *Evaluation) selecting(by selector) syntax.Value {
	v := e.Value(by.by.Symbol)
	if v.Fails() && !e.settling {
		return v
	}
	return v.And(e.where(by.by, by.line.If))
}

// defaulted returns the value of the first default whose condition holds.
func (e *Evaluation) defaulted(s *symbol) syntax.Value {
	open := false
	var v syntax.Value
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			condition := e.where(entry, d.If)
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
