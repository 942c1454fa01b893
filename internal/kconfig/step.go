package kconfig

import (
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// maxSteps bounds how many symbols that a user cannot set are followed to find a step.
const maxSteps = 12

// stepper finds single changes that each fix a part of why a symbol or expression does not have the wanted value. It
// collects in needs what only other tools could fix.
type stepper struct {
	e       *Evaluation
	sure    bool     // an unknown value counts as not met
	changed []Change // changes made already, which are not reverted
	visited map[string]bool
	depth   int
	needs   []Need
}

// change returns a change of a symbol, or nil if the symbol was changed already.
func (s *stepper) change(symbol *symbol, value string) []Change {
	if slices.ContainsFunc(s.changed, func(c Change) bool { return c.Symbol == symbol.name }) {
		return nil
	}
	return []Change{{Symbol: symbol.name, Value: value, Where: symbol.where()}}
}

// enter reports whether to follow a symbol. It keeps the search from going in circles.
func (s *stepper) enter(name, direction string) bool {
	if s.depth >= maxSteps || s.visited[name+direction] {
		return false
	}
	s.visited[name+direction] = true
	s.depth++
	return true
}

func (s *stepper) leave() { s.depth-- }

// on returns steps towards turning a symbol on.
func (s *stepper) on(name string) []Change {
	if s.decided(name, "=", "y") || !s.e.tree.Defines(name) || !s.enter(name, "+") {
		return nil
	}
	defer s.leave()
	sym := s.e.tree.symbols[name]
	var steps []Change
	if sym.hasPrompt() {
		if steps = s.byPrompt(sym); len(steps) > 0 {
			return steps
		}
	}
	steps = append(steps, s.byDefault(sym)...)
	for _, by := range sym.selects {
		steps = append(steps, s.raiseAll(append([]syntax.Expr{syntax.Operand{Text: by.by.Symbol}, conditionOf(by.line.If)}, exprs(by.by.Depends)...))...)
	}
	return unique(steps)
}

// byPrompt returns the change that sets the symbol, or steps towards making its prompt visible.
func (s *stepper) byPrompt(sym *symbol) []Change {
	if !s.notMet(s.e.result(sym.name).visible) {
		value := "y"
		if s.e.result(sym.name).visible.Max == syntax.Mod {
			value = "m"
		}
		return s.change(sym, value)
	}
	var steps []Change
	for _, entry := range sym.entries {
		if entry.Prompt != nil {
			all := append(exprs(entry.Depends), exprs(entry.Visible)...)
			steps = append(steps, s.raiseAll(append(all, conditionOf(entry.Prompt.Expr)))...)
		}
	}
	return steps
}

func (s *stepper) byDefault(sym *symbol) []Change {
	var steps []Change
	for _, entry := range sym.entries {
		for _, d := range entry.Defaults {
			steps = append(steps, s.raiseAll(append(exprs(entry.Depends), conditionOf(d.If), d.Expr))...)
		}
	}
	return steps
}

// off returns steps towards turning a symbol off.
func (s *stepper) off(name string) []Change {
	if s.decided(name, "=", "n") || !s.e.tree.Defines(name) || !s.enter(name, "-") {
		return nil
	}
	defer s.leave()
	sym := s.e.tree.symbols[name]
	for _, by := range sym.selects {
		if !s.e.selecting(by).Fails() {
			return s.unselect(by)
		}
	}
	if sym.choice != nil && !sym.choice.Tristate {
		return s.another(sym)
	}
	if !s.e.result(name).visible.Fails() {
		return s.change(sym, "n")
	}
	var steps []Change
	for _, entry := range sym.entries {
		for _, d := range entry.Defaults {
			if !s.e.where(entry, d.If).Fails() {
				steps = append(steps, s.lowerAny(append(exprs(entry.Depends), conditionOf(d.If), d.Expr))...)
			}
		}
	}
	for _, by := range sym.implies {
		if !s.e.selecting(by).Fails() {
			steps = append(steps, s.unselect(by)...)
		}
	}
	return unique(steps)
}

// unselect returns steps towards turning off what selects or implies a symbol. It changes the condition, or what the
// selecting symbol depends on, only if nothing else helps. Otherwise it could turn on an option only to hide another
// (COMPILE_TEST, which hides MODVERSIONS).
func (s *stepper) unselect(by selector) []Change {
	for _, way := range [][]syntax.Expr{{syntax.Operand{Text: by.by.Symbol}}, {conditionOf(by.line.If)}, exprs(by.by.Depends)} {
		if steps := s.lowerAny(way); len(steps) > 0 {
			return steps
		}
	}
	return nil
}

// another returns the changes that choose another member of a choice, in the order in which Kconfig would.
func (s *stepper) another(sym *symbol) []Change {
	var steps []Change
	for _, d := range sym.choice.Defaults {
		if other := s.e.tree.symbols[d.Expr.String()]; other != nil {
			steps = append(steps, s.instead(sym, other)...)
		}
	}
	for _, other := range s.e.tree.members[sym.choice] {
		steps = append(steps, s.instead(sym, other)...)
	}
	return unique(steps)
}

func (s *stepper) instead(sym, other *symbol) []Change {
	if other == sym || s.e.result(other.name).visible.Fails() {
		return nil
	}
	return s.change(other, "y")
}

// decided reports whether the tools decide a symbol. If so it adds the value that is needed to needs.
func (s *stepper) decided(name, op, value string) bool {
	fact, ok := s.e.facts[name]
	if ok {
		s.needs = append(s.needs, Need{Symbol: name, Op: op, Value: value, Is: fact})
	}
	return ok
}

func exprs(clauses []syntax.Clause) []syntax.Expr {
	list := make([]syntax.Expr, len(clauses))
	for i, c := range clauses {
		list[i] = c.Holds()
	}
	return list
}

// conditionOf returns a condition, or y if it is nil.
func conditionOf(e syntax.Expr) syntax.Expr {
	if e == nil {
		return syntax.Operand{Text: "y"}
	}
	return e
}

func unique(steps []Change) []Change {
	var list []Change
	for _, c := range steps {
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list
}

// notMet reports whether a change is needed for a value to hold.
func (s *stepper) notMet(v syntax.Value) bool {
	if s.sure {
		return !v.Holds()
	}
	return v.Fails()
}

// raiseAll returns steps for the first of several expressions that does not hold; all of them must hold.
func (s *stepper) raiseAll(all []syntax.Expr) []Change {
	for _, e := range all {
		if s.notMet(e.Eval(s.e.condition)) {
			return s.raise(e)
		}
	}
	return nil
}

// lowerAny returns steps for all of several expressions; one of them must not hold.
func (s *stepper) lowerAny(all []syntax.Expr) []Change {
	var steps []Change
	for _, e := range all {
		steps = append(steps, s.lower(e)...)
	}
	return unique(steps)
}

// raise returns steps towards making an expression hold that does not.
func (s *stepper) raise(e syntax.Expr) []Change {
	switch e := e.(type) {
	case syntax.And:
		return s.raiseAll([]syntax.Expr{e.Left, e.Right})
	case syntax.Or:
		return unique(append(s.raise(e.Left), s.raise(e.Right)...))
	case syntax.Not:
		return s.lower(e.X)
	case syntax.Compare:
		return s.compare(e, e.Op)
	case syntax.Operand:
		if name, ok := e.Symbol(); ok {
			return s.on(name)
		}
	}
	return nil
}

// lower returns steps towards making an expression fail that holds.
func (s *stepper) lower(e syntax.Expr) []Change {
	if e.Eval(s.e.condition).Fails() {
		return nil
	}
	switch e := e.(type) {
	case syntax.And:
		return s.lowerAny([]syntax.Expr{e.Left, e.Right})
	case syntax.Or:
		if steps := s.lower(e.Left); len(steps) > 0 || !e.Left.Eval(s.e.condition).Fails() {
			return steps
		}
		return s.lower(e.Right)
	case syntax.Not:
		return s.raise(e.X)
	case syntax.Compare:
		return s.compare(e, e.Opposite().Op)
	case syntax.Operand:
		if name, ok := e.Symbol(); ok {
			return s.off(name)
		}
	}
	return nil
}

// compare returns steps for a comparison that must hold with op. It has none for numbers, which the tools decide.
func (s *stepper) compare(e syntax.Compare, op string) []Change {
	name, ok := e.Left.Symbol()
	if !ok || s.decided(name, op, e.Right.Text) {
		return nil
	}
	want, tristate := syntax.ParseTristate(e.Right.Text)
	switch {
	case !tristate || want == syntax.Mod:
		return nil
	case (op == "=") == (want == syntax.Yes) && (op == "=" || op == "!="):
		return s.on(name)
	case op == "=" || op == "!=":
		return s.off(name)
	}
	return nil
}
