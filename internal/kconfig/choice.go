package kconfig

import (
	"cmp"
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// choose sets the results of all members of a choice.
func (e *Evaluation) choose(c *syntax.Choice) {
	members := e.tree.members[c]
	for _, m := range members {
		if !e.settling { // conf stops at the member that is on
			e.memberVisible(m)
		}
	}
	limit := syntax.Exactly(syntax.Yes)
	if e.tree.rules.oldChoices {
		limit = e.oldChoice(c)
	}
	w := e.winners(c, limit)
	for _, m := range members {
		r := e.results[m.name]
		if r == nil {
			continue
		}
		v := syntax.Exactly(syntax.No)
		switch {
		case limit.Fails():
		case limit == syntax.Exactly(syntax.Mod):
			user, _ := e.user(m)
			v = e.bool(m, syntax.Exactly(user.tri).And(r.visible).And(limit))
		case !limit.Holds() && w.possible[m]:
			v.Max = e.bool(m, r.visible).Max
		case w.sure && w.possible[m]:
			v = syntax.Exactly(syntax.Yes)
		case w.possible[m]:
			v = syntax.Unknown
		}
		r.setting = syntax.SettledAs(m.kind, v)
		r.done = true
	}
}

// memberVisible computes the visibility of a choice's member, once.
func (e *Evaluation) memberVisible(m *symbol) {
	r := e.results[m.name]
	if r == nil {
		r = &result{setting: e.tree.initial(m)}
		e.results[m.name] = r
		r.rawVisible = e.visibility(m)
		r.visible = e.recall(m, r)
	}
}

// winners are the members of a choice that may be on, several only if something unknown decides.
type winners struct {
	possible map[*symbol]bool
	sure     bool // one of them is on
}

// add notes a candidate that wins if it is visible, and reports whether it surely is, which ends the search.
func (w *winners) add(m *symbol, visible syntax.Value) bool {
	if visible.Fails() {
		return false
	}
	w.possible[m] = true
	return visible.Holds()
}

// winners returns the member that is on: the visible one that the last line of the configuration sets to y, else the
// default unless it is set to n, else the first that is not set, else the one that was set to n first
// (sym_calc_choice in scripts/kconfig/symbol.c).
func (e *Evaluation) winners(c *syntax.Choice, limit syntax.Value) winners {
	w := winners{possible: map[*symbol]bool{}}
	seen := func(m *symbol) syntax.Value {
		e.memberVisible(m)
		return e.results[m.name].visible
	}
	w.sure = e.decide(c, &w, seen) && limit.Holds() && len(w.possible) == 1
	return w
}

func (e *Evaluation) decide(c *syntax.Choice, w *winners, seen func(*symbol) syntax.Value) bool {
	members := e.tree.members[c]
	order := slices.Clone(members)
	slices.SortStableFunc(order, func(a, b *symbol) int {
		x, _ := e.user(a)
		y, _ := e.user(b)
		return cmp.Compare(y.order, x.order)
	})
	for _, m := range order {
		visible := seen(m)
		if user, set := e.user(m); set && user.tri == syntax.Yes && w.add(m, visible) {
			return true
		}
	}
	if e.defaultMember(c, w, seen) {
		return true
	}
	if e.tree.rules.oldChoices {
		return slices.ContainsFunc(members, func(m *symbol) bool { return w.add(m, seen(m)) })
	}
	for _, m := range members {
		if _, set := e.user(m); !set && w.add(m, seen(m)) {
			return true
		}
	}
	slices.Reverse(order)
	return slices.ContainsFunc(order, func(m *symbol) bool { return w.add(m, seen(m)) })
}

// defaultMember adds the default of a choice: the first visible member that a default names, else the first visible
// one. It reports whether that is surely on.
func (e *Evaluation) defaultMember(c *syntax.Choice, w *winners, seen func(*symbol) syntax.Value) (ends bool) {
	members := e.tree.members[c]
	refused := false // the default may be one that is set to n, and then the search goes on
	// try reports whether a candidate is surely the default. One that is set to n is not on, but it ends the list.
	try := func(m *symbol, v syntax.Value) bool {
		user, set := e.user(m)
		if set && user.tri == syntax.No && !e.tree.rules.oldChoices {
			refused = refused || !v.Fails()
			return v.Holds()
		}
		ends = w.add(m, v)
		return ends
	}
	for _, d := range c.Defaults {
		condition := e.all(c.Depends, d.If)
		o, _ := d.Expr.(syntax.Operand)
		i := slices.IndexFunc(members, func(m *symbol) bool { return m.name == o.Text })
		if i >= 0 && try(members[i], condition.And(seen(members[i]))) {
			return ends && !refused
		}
	}
	for _, m := range members {
		if try(m, seen(m)) {
			return ends && !refused
		}
	}
	return false
}

// oldChoice returns the value of a choice itself, which limits its members in kernels up to 6.10.
func (e *Evaluation) oldChoice(c *syntax.Choice) syntax.Value {
	kind := "bool"
	if c.Tristate {
		kind = "tristate"
	}
	visible := syntax.Exactly(syntax.No)
	if c.Prompt != nil {
		visible = e.limited(kind, e.all(slices.Concat(c.Depends, c.Visible), c.Prompt.Expr))
	}
	set := syntax.No
	for _, m := range e.tree.members[c] {
		user, _ := e.user(m)
		set = max(set, user.tri)
	}
	v := syntax.Exactly(set).And(visible)
	if !c.Optional {
		v = v.Or(visible.And(syntax.Exactly(syntax.Mod)))
	}
	return e.limited(kind, v)
}
