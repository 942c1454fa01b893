package kconfig

import (
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// maxSteps bounds how far a step is looked for behind symbols that nobody can set.
const maxSteps = 12

// stepper finds single changes that each mend a part of why something is not as it should be. It notes what only other
// tools could mend.
type stepper struct {
	e       *Evaluation
	sure    bool     // what is unknown does not hold
	changed []Change // that were made already, and are not taken back
	visited map[string]bool
	depth   int
	needs   []Need
}

// change gives a step, unless the symbol was changed already.
func (s *stepper) change(symbol *symbol, value string) []Change {
	if slices.ContainsFunc(s.changed, func(c Change) bool { return c.Symbol == symbol.name }) {
		return nil
	}
	return []Change{{Symbol: symbol.name, Value: value, Where: symbol.where()}}
}

// enter keeps the search from going in circles.
func (s *stepper) enter(name, direction string) bool {
	if s.depth >= maxSteps || s.visited[name+direction] {
		return false
	}
	s.visited[name+direction] = true
	s.depth++
	return true
}

func (s *stepper) leave() { s.depth-- }

// on finds steps towards a symbol that is not off.
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

// byPrompt sets the symbol, or makes its prompt visible first.
func (s *stepper) byPrompt(sym *symbol) []Change {
	if !s.wanting(s.e.result(sym.name).visible) {
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

// off finds steps towards a symbol that is off.
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
			if !s.e.all(entry.Depends).And(s.e.optional(d.If)).Fails() {
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

// unselect turns off what selects or implies; the condition, and what that depends on, is touched only where nothing else
// helps, lest an option be turned on for no more than hiding another (COMPILE_TEST, which hides MODVERSIONS).
func (s *stepper) unselect(by selector) []Change {
	for _, way := range [][]syntax.Expr{{syntax.Operand{Text: by.by.Symbol}}, {conditionOf(by.line.If)}, exprs(by.by.Depends)} {
		if steps := s.lowerAny(way); len(steps) > 0 {
			return steps
		}
	}
	return nil
}

// another chooses another member of a choice, in the order that Kconfig would.
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

// decided notes that a tool decides a symbol, and what it would have to be.
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

// conditionOf gives a condition that may be missing.
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

// wanting reports that something has to be done for a value to hold.
func (s *stepper) wanting(v syntax.Value) bool {
	if s.sure {
		return !v.Holds()
	}
	return v.Fails()
}

// raiseAll finds steps for the first of several expressions, which must all hold, that does not.
func (s *stepper) raiseAll(all []syntax.Expr) []Change {
	for _, e := range all {
		if s.wanting(e.Eval(s.e.lookup)) {
			return s.raise(e)
		}
	}
	return nil
}

// lowerAny finds steps for all of several expressions, one of which must not hold.
func (s *stepper) lowerAny(all []syntax.Expr) []Change {
	var steps []Change
	for _, e := range all {
		steps = append(steps, s.lower(e)...)
	}
	return unique(steps)
}

// raise finds steps that make an expression hold which does not.
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

// lower finds steps that make an expression not hold which does.
func (s *stepper) lower(e syntax.Expr) []Change {
	if e.Eval(s.e.lookup).Fails() {
		return nil
	}
	switch e := e.(type) {
	case syntax.And:
		return s.lowerAny([]syntax.Expr{e.Left, e.Right})
	case syntax.Or:
		if steps := s.lower(e.Left); len(steps) > 0 || !e.Left.Eval(s.e.lookup).Fails() {
			return steps
		}
		return s.lower(e.Right)
	case syntax.Not:
		return s.raise(e.X)
	case syntax.Compare:
		return s.compare(e, map[string]string{"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<="}[e.Op])
	case syntax.Operand:
		if name, ok := e.Symbol(); ok {
			return s.off(name)
		}
	}
	return nil
}

// compare finds steps for a comparison that should hold with op. Numbers are the tools' business.
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
