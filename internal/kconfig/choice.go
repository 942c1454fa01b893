package kconfig

import (
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// choose sets the results of all members of a choice. The member that is on is the visible one that the configuration
// sets, else the default, else the first that can be on (sym_calc_choice).
func (e *Evaluation) choose(c *syntax.Choice) {
	members := e.tree.members[c]
	for _, m := range members {
		e.memberVisible(m)
	}
	left := syntax.Exactly(syntax.Yes) // whether no earlier member was chosen
	if c.Optional && !slices.ContainsFunc(members, e.isSet) {
		left = syntax.Exactly(syntax.No)
	}
	for _, m := range members {
		e.results[m.name].setting = syntax.Settled(syntax.Exactly(syntax.No))
	}
	for _, m := range e.preferred(c) {
		r := e.results[m.name]
		if left.Fails() || r.visible.Fails() {
			continue
		}
		on := e.bool(m, left.And(r.visible))
		r.setting = syntax.Settled(on)
		left = left.And(on.Not())
	}
	for _, m := range members {
		e.results[m.name].done = true
	}
}

func (e *Evaluation) isSet(m *symbol) bool {
	user, _ := e.user(m)
	return user == syntax.Yes
}

// memberVisible computes the visibility of a choice's member, once.
func (e *Evaluation) memberVisible(m *symbol) {
	r := e.results[m.name]
	if r == nil {
		r = &result{}
		e.results[m.name] = r
		r.rawVisible = e.bool(m, e.visibility(m))
		r.visible = e.recall(m, r)
	}
}

// preferred returns the members of a choice in the order in which they are tried.
func (e *Evaluation) preferred(c *syntax.Choice) []*symbol {
	members := e.tree.members[c]
	var order []*symbol
	for _, m := range members {
		if e.isSet(m) {
			order = append(order, m)
		}
	}
	for _, d := range c.Defaults {
		if e.all(c.Depends).And(e.optional(d.If)).Fails() {
			continue
		}
		name := d.Expr.String()
		for _, m := range members {
			if user, set := e.user(m); m.name == name && (!set || user == syntax.Yes) {
				order = append(order, m)
			}
		}
	}
	for _, m := range members {
		if _, set := e.user(m); !set {
			order = append(order, m)
		}
	}
	order = append(order, members...)
	var unique []*symbol
	for _, m := range order {
		if !slices.Contains(unique, m) {
			unique = append(unique, m)
		}
	}
	return unique
}
