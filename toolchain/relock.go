package toolchain

import (
	"cmp"
	"slices"

	"github.com/krustup/krustup/manifests"
)

// held is a pick of before that a search begins with.
type held struct {
	pick Pick
	only bool // nothing else will do
}

// before puts what is held before the candidates that the suppliers offer, on a level that every search reaches. Its
// recipe is at hand, so it stays even when no supplier offers it any more.
func (h held) before(list []candidate) []candidate {
	if h.pick.Offer.Component == "" {
		return list
	}
	first := candidate{Offer: h.pick.Offer, held: &h.pick}
	if h.only {
		return []candidate{first}
	}
	return append([]candidate{first}, list...)
}

// Relock resolves a request from a set that was chosen before, of which every pick stays that still fits and whose supplier
// is still among those of the request. The components in move go to where Resolve would have them, and another moves only when it cannot go with those, or no longer does
// what is asked of it. Its errors are those of Resolve, which are rarer: what stays needs no catalogue.
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
			p = old // with the reasons that it had
		}
		keep[c] = held{pick: p, only: true}
	}
	set, err := resolveWith(req, rules, keep)
	if err != nil {
		return Set{}, err
	}
	// What was passed over for a component that moved, only the search that moved it has seen.
	for _, r := range fresh.Rejected {
		if slices.Contains(move, r.Component) {
			set.Rejected = append(set.Rejected, r)
		}
	}
	return set, nil
}

// same reports whether two picks are the same bytes from the same place.
func (p Pick) same(o Pick) bool {
	return ObjectID(p) == ObjectID(o) && p.Offer.Label == o.Offer.Label && p.Offer.Suite == o.Offer.Suite && p.Offer.Supplier == o.Offer.Supplier
}

// PickChange is a component of which a set has another pick than the one before it.
type PickChange struct {
	Component Component
	From, To  *Pick    // nil: it had none, or has none now
	Asked     bool     // it was to move; else it had to
	Because   []Reason // why it is what it is now; of one that had to move, first what the pick of before does not meet
}

// PickChanges compares a set with the one before it, component by component, in their order. move names those that were to
// move.
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
