package toolchain

import (
	"cmp"
	"slices"

	"github.com/krustup/krustup/manifests"
)

// Relock resolves a request, starting from an earlier set. The components in move get the picks that Resolve chooses.
// Any other pick stays if its supplier is still one of the request's; it moves only if it does not fit the moved
// components or no longer meets its demands. The errors are those of Resolve, but a pick that stays needs no catalogue.
func Relock(req Request, rules manifests.Rules, was Set, move []Component) (Set, error) {
	keep := map[Component]held{}
	suppliers := req.asked().Suppliers
	for _, p := range was.Picks {
		if !slices.Contains(move, p.Offer.Component) && slices.Contains(suppliers, p.Offer.Supplier) {
			keep[p.Offer.Component] = held{pick: p}
		}
	}
	if len(move) == 0 {
		return resolveWith(req, rules, keep)
	}
	fresh, err := Resolve(req, rules)
	if err != nil || len(keep) == 0 {
		return fresh, err
	}
	for _, c := range move {
		p, ok := fresh.Pick(c)
		if !ok {
			continue
		}
		if old, ok := was.Pick(c); ok && old.same(p) {
			p = old // keeps its recorded reasons
		}
		keep[c] = held{pick: p, only: true}
	}
	set, err := resolveWith(req, rules, keep)
	if err != nil {
		return Set{}, err
	}
	// Only the search that moved a component has seen what was passed over for it.
	for _, r := range fresh.Rejected {
		if slices.Contains(move, r.Component) {
			set.Rejected = append(set.Rejected, r)
		}
	}
	return set, nil
}

// same reports whether two picks are the same bytes from the same suite of the same supplier.
func (p Pick) same(o Pick) bool {
	return ObjectID(p) == ObjectID(o) && p.Offer.Label == o.Offer.Label && p.Offer.Suite == o.Offer.Suite && p.Offer.Supplier == o.Offer.Supplier
}

// PickChange is a component whose pick differs between two sets.
type PickChange struct {
	Component Component
	From, To  *Pick    // nil: the set has no such component
	Asked     bool     // the move was requested; false: it was forced
	Because   []Reason // the reasons of To; for a forced move, preceded by the reason against From
}

// PickChanges returns the differences between an earlier set and a later one, sorted by component. move lists the
// components that were requested to move.
func PickChanges(was, is Set, move []Component) []PickChange {
	var list []PickChange
	for _, p := range was.Picks {
		to, ok := is.Pick(p.Offer.Component)
		switch {
		case !ok:
			list = append(list, PickChange{Component: p.Offer.Component, From: &p})
		case !p.same(to):
			list = append(list, PickChange{Component: p.Offer.Component, From: &p, To: &to, Because: to.Reasons})
		}
	}
	for _, p := range is.Picks {
		if _, ok := was.Pick(p.Offer.Component); !ok {
			list = append(list, PickChange{Component: p.Offer.Component, To: &p, Because: p.Reasons})
		}
	}
	for i, c := range list {
		list[i].Asked = slices.Contains(move, c.Component)
		if list[i].Asked || c.From == nil {
			continue
		}
		for _, r := range is.Rejected {
			if r.Component == c.Component && r.Version.Compare(c.From.Offer.Version) == 0 && r.Suite == c.From.Offer.Suite {
				list[i].Because = append([]Reason{r.Reason}, list[i].Because...)
			}
		}
	}
	slices.SortFunc(list, func(a, b PickChange) int { return cmp.Compare(a.Component, b.Component) })
	return list
}
