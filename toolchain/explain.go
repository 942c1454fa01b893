package toolchain

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Collision is a reason why no set exists: two demands that no offer meets together, or one that no offer meets (Second
// is then empty).
type Collision struct {
	Component Component
	First     Reason
	Second    Reason
	Available []string // available versions with their suites, "1.85.1 (trixie)", nearest first, at most 8 and a count
	Asked     bool     // First is the user's and no offer meets it, so that it fails for every kernel
	Unusable  bool     // a supplier has the component in a form that cannot be used (NoSetError.Unread)

	with []Component // those chosen earlier that Second is about
}

// NoSetError reports that no set satisfies a request, which demands collide, and what would resolve it.
type NoSetError struct {
	Kernel     version.Version
	Target     string
	CC         Compiler
	Collisions []Collision
	Remedies   []string // changes to the command line, each of which was tried and resolves it: "without --match-llvm"
	Unread     []Unread // parts of suppliers that were skipped, and tools that cannot be used
}

// Possible returns what was not read and could have what is missing.
func (e *NoSetError) Possible() []Unread {
	return slices.DeleteFunc(slices.Clone(e.Unread), func(u Unread) bool { return u.Unrelated })
}

// Error returns one line about the request and two or three indented lines for each collision, then one for each
// part of a supplier that was skipped. The remedies are not in it: they are hints.
func (e *NoSetError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no set of tools satisfies Linux %s for %s with %s", e.Kernel, e.Target, e.CC)
	for _, c := range e.Collisions {
		fmt.Fprintf(&b, "\n  %s: %s", c.Component, c.First)
		if c.Second.Text != "" {
			fmt.Fprintf(&b, "\n  %s  but %s", strings.Repeat(" ", len(c.Component)), c.Second)
		}
		indent := strings.Repeat(" ", len(c.Component))
		switch {
		case len(c.Available) > 0:
			fmt.Fprintf(&b, "\n  %s  available: %s", indent, strings.Join(c.Available, ", "))
		case c.Unusable:
			fmt.Fprintf(&b, "\n  %s  no supplier has one that can be used", indent)
		default:
			fmt.Fprintf(&b, "\n  %s  no supplier has a version of it", indent)
		}
	}
	for _, u := range e.Unread {
		fmt.Fprintf(&b, "\n  %s", u)
	}
	return b.String()
}

// RemedyStale is the remedy of a search that failed because metadata had expired.
const RemedyStale = "with --allow-stale"

// explain returns the *NoSetError of a search that found nothing.
func (s *search) explain() error {
	e := &NoSetError{Kernel: s.req.Requirements.Kernel, Target: s.req.Target.Name, CC: s.req.CC, Unread: s.gathered.unread}
	for _, c := range s.components {
		if _, named := s.req.With[c]; c == Pahole && !named {
			continue
		}
		if !slices.ContainsFunc(s.candidates[c], func(o candidate) bool { return s.refuse(o) == nil }) {
			e.Collisions = append(e.Collisions, s.collision(c))
		}
	}
	if len(e.Collisions) == 0 {
		e.Collisions = s.pairCollisions()
	}
	for i, col := range e.Collisions {
		e.Collisions[i].Unusable = slices.ContainsFunc(e.Unread, func(u Unread) bool { return u.Component == col.Component })
	}
	s.markUnrelated(e)
	e.Remedies = s.remedies()
	return e
}

// markUnrelated marks what was not read and could not have what is missing: everything, if there is a collision that
// none of it could resolve.
func (s *search) markUnrelated(e *NoSetError) {
	if len(e.Collisions) == 0 {
		return
	}
	e.Unread = slices.Clone(e.Unread)
	could := make([]bool, len(e.Unread))
	for _, col := range e.Collisions {
		some := false
		for i, u := range e.Unread {
			if u.Component == "" && s.couldResolve(u, col) {
				some, could[i] = true, true
			}
		}
		if !some {
			clear(could)
			break
		}
	}
	for i := range e.Unread {
		e.Unread[i].Unrelated = !could[i]
	}
}

// couldResolve reports whether a part of a supplier could have an offer that resolves a collision.
func (s *search) couldResolve(u Unread, col Collision) bool {
	at := slices.IndexFunc(s.req.Suppliers, func(sup Supplier) bool { return sup.Name() == u.Supplier })
	if at < 0 {
		return true
	}
	has := s.req.Suppliers[at].Components()
	return slices.ContainsFunc(append(slices.Clone(col.with), col.Component), func(c Component) bool {
		return slices.Contains(has, c) && (c != Rust || s.req.rustMayComeFrom(u.Supplier)) && s.versionFits(c)
	})
}

// versionFits reports whether the version that the user asks for meets what the kernel demands of a component: if it
// does not, no offer can. A range may have versions that are not known, so it fits.
func (s *search) versionFits(c Component) bool {
	v, err := version.Parse(s.req.With[c].Range.String())
	if err != nil {
		return true
	}
	return !slices.ContainsFunc(demandsOn(s.req, c), func(d demand) bool {
		return d.where != "" && !d.holds(Offer{Component: c, Version: v})
	})
}

// collision returns the demands on one component that its offers do not meet: the first demand that no offer meets,
// else the first two demands that no offer meets together, else the reason against the first offer.
func (s *search) collision(c Component) Collision {
	list := s.candidates[c]
	col := Collision{Component: c, Available: onOffer(list)}
	demands := demandsOn(s.req, c)
	meets := func(ds ...demand) bool {
		return slices.ContainsFunc(list, func(o candidate) bool {
			return meetsAll(o, ds)
		})
	}
	for _, d := range demands {
		if !meets(d) {
			col.First = Reason{Text: d.text, Where: d.where}
			if d.user {
				col.First.Text += ", which no supplier has"
				col.Available = onOffer(nearestFirst(list, s.req.With[c]))
				col.Asked = true
			}
			return col
		}
	}
	for i, d := range demands {
		for _, other := range demands[i+1:] {
			if !meets(d, other) {
				col.First, col.Second = Reason{Text: d.text, Where: d.where}, Reason{Text: other.text, Where: other.where}
				return col
			}
		}
	}
	// Each demand is met, but not all by one offer, or those that meet all were excluded for another reason.
	col.First = s.askedOf(c)
	for _, o := range nearestFirst(list, s.req.With[c]) {
		if r := s.refuse(o); r != nil && meetsAll(o, demands) {
			col.Second = Reason{Text: fmt.Sprintf("%s (%s) cannot be used: %s", o.Version, o.Suite, r.Text), Where: r.Where}
			col.Available = onOffer(nearestFirst(list, s.req.With[c]))
			return col
		}
	}
	for _, o := range list {
		if r := s.refuse(o); r != nil {
			col.Second = Reason{Text: fmt.Sprintf("%s (%s) does not meet: %s", o.Version, o.Suite, r.Text), Where: r.Where}
			return col
		}
	}
	return col
}

func meetsAll(o candidate, demands []demand) bool {
	return !slices.ContainsFunc(demands, func(d demand) bool { return !d.holds(o.Offer) })
}

// pairCollisions returns the collision of components that are each available but do not fit together. It makes one
// greedy pass over the components and stops at the first of which no offer fits those before it.
func (s *search) pairCollisions() []Collision {
	chosen := map[Component]candidate{}
	for _, c := range s.components {
		var first *Reason
		found := false
		for _, o := range s.candidates[c] {
			if s.refuse(o) != nil {
				continue
			}
			r := s.clash(o, chosen)
			if r == nil {
				chosen[c], found = o, true
				break
			}
			if first == nil {
				first = r
			}
		}
		if !found && first != nil {
			return []Collision{{
				Component: c, First: s.askedOf(c), Second: s.clashText(c, *first, chosen), Available: onOffer(s.candidates[c]),
				with: slices.Collect(maps.Keys(chosen)),
			}}
		}
	}
	return nil
}

// askedOf returns the strongest demand on a component: the user's, else the kernel's.
func (s *search) askedOf(c Component) Reason {
	var best Reason
	for _, d := range demandsOn(s.req, c) {
		if d.user || (d.where != "" && best.Text == "") {
			best = Reason{Text: d.text, Where: d.where}
		}
	}
	if best.Text == "" {
		best.Text = "the kernel requires one"
	}
	return best
}

// clashText returns a clash, extended for a bindgen that does not fit the chosen clang by the demand on that clang.
func (s *search) clashText(c Component, clash Reason, chosen map[Component]candidate) Reason {
	if c != Bindgen || chosen[LLVM].Version.IsZero() {
		return clash
	}
	if r := s.noBindgenFor(chosen[LLVM], everything); r != nil {
		asked := s.askedOf(LLVM)
		return Reason{Text: r.Text + "; " + asked.Text, Where: r.Where}
	}
	return clash
}

// remedies resolves the request again without each option of the user, with the other compiler, and with --allow-stale
// where something was skipped. It returns the changes that resolve.
func (s *search) remedies() []string {
	var list []string
	try := func(change string, altered Request) {
		cc, err := altered.Compiler()
		altered.CC = cc
		if err != nil || altered.unused() != nil {
			return
		}
		again := &search{req: altered, rules: s.rules, broken: s.broken, helpless: s.helpless}
		again.load()
		if _, ok, _ := again.solve(); ok {
			list = append(list, change)
		}
	}
	for _, c := range Selectable {
		if r, ok := s.req.With[c]; ok {
			altered := s.req
			altered.With = maps.Clone(s.req.With)
			delete(altered.With, c)
			try("without "+r.Flag(c), altered)
		}
	}
	if s.req.MatchLLVM {
		altered := s.req
		altered.MatchLLVM = false
		try("without --match-llvm", altered)
	}
	if b := s.req.Backend; b != "" {
		altered := s.req
		altered.Backend = ""
		try("without --backend "+string(b), altered)
	}
	other := map[Compiler]Compiler{Clang: GNU, GNU: Clang}[s.req.CC]
	altered := s.req
	altered.CC = other
	try("with --cc "+string(other), altered)
	if !s.req.AllowStale && len(s.gathered.unread) > 0 {
		altered := s.req
		altered.AllowStale = true
		try(RemedyStale, altered)
	}
	return list
}

// nearestFirst returns the offers ordered by the distance of their versions to the requested one, counted in places of
// the sorted list of all versions. A wish for a range or a channel keeps the order of preference.
func nearestFirst(list []candidate, wish Wish) []candidate {
	want, err := version.Parse(wish.Range.String())
	if err != nil {
		return list
	}
	versions := []version.Version{want}
	for _, o := range list {
		versions = append(versions, o.Version)
	}
	slices.SortFunc(versions, version.Version.Compare)
	versions = slices.CompactFunc(versions, func(a, b version.Version) bool { return a.Compare(b) == 0 })
	place := func(v version.Version) int {
		at, _ := slices.BinarySearchFunc(versions, v, version.Version.Compare)
		return at
	}
	distance := func(o candidate) int { return max(place(o.Version)-place(want), place(want)-place(o.Version)) }
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(distance(a), distance(b)), b.Version.Compare(a.Version))
	})
	return sorted
}

// fewOffers is the maximum number of versions that a message lists.
const fewOffers = 8

// onOffer returns the versions of a list with their suites, in its order, the first fewOffers and the number of the
// rest.
func onOffer(list []candidate) []string {
	var out []string
	for _, o := range list {
		text := fmt.Sprintf("%s (%s)", o.Version, o.Suite)
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	if more := len(out) - fewOffers; more > 1 {
		out = append(out[:fewOffers], fmt.Sprintf("%d more", more))
	}
	return out
}
