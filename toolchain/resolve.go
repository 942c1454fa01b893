package toolchain

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Resolve chooses the set for a request. Unless Request.Prefer says otherwise, each component gets the newest version in
// the lowest suite of the first supplier that satisfies every demand, such that the choices fit together. Resolve reads
// only catalogues.
//
// The error is a *NoRustError if the kernel does not support Rust for the target, an *UnusedError if the user requests
// a component that the set does not have, and a *NoSetError if no set satisfies the request. If a supplier without a
// catalogue could change the choice, it is the supplier's *NoCatalogueError.
func Resolve(req Request, rules manifests.Rules) (Set, error) { return resolveWith(req, rules, nil) }

// resolveWith is Resolve with earlier picks for some components.
func resolveWith(req Request, rules manifests.Rules, held map[Component]held) (Set, error) {
	cc, err := req.Compiler()
	if err != nil {
		return Set{}, err
	}
	req.CC = cc
	if err := req.unused(); err != nil {
		return Set{}, err
	}
	s := &search{req: req, rules: rules, held: held, broken: map[string]error{}, helpless: map[string]error{}}
	s.load()
	set, ok, err := s.solve()
	if err != nil {
		return Set{}, err
	}
	if !ok {
		return Set{}, s.explain()
	}
	set.Key, set.Asked = req.Key(), req.asked()
	return set, nil
}

// wanted returns the components of the requested set, in the order in which they are chosen: those that restrict others
// come first.
func (req Request) wanted() []Component {
	list := []Component{Rust}
	switch {
	case req.CC == Clang:
		list = append(list, LLVM)
	case !req.Target.HostLibc:
		list = append(list, GCC)
	}
	list = append(list, Bindgen)
	_, asks := req.Requirements.Demand(kernel.Pahole)
	if _, named := req.With[Pahole]; asks || named {
		list = append(list, Pahole)
	}
	for _, c := range extras {
		if _, named := req.With[c]; named {
			list = append(list, c)
		}
	}
	return list
}

// extras are components that no kernel build needs. They may come from any suite, so that they never move the other
// tools into a later one.
var extras = []Component{Cargo, GCCRS, QEMU}

// UnusedError reports that --with names a component that the set does not have.
type UnusedError struct {
	Component Component
	CC        Compiler
	Target    string
}

func (e *UnusedError) Error() string {
	return fmt.Sprintf("--with %s: a set for %s with %s has no %s", e.Component, e.Target, e.CC, e.Component)
}

// unused returns an *UnusedError if the user requests a component that the set does not have. To ignore the request
// would hide a mistake.
func (req Request) unused() error {
	wanted := req.wanted()
	for _, c := range Selectable {
		if _, named := req.With[c]; named && !slices.Contains(wanted, c) {
			return &UnusedError{Component: c, CC: req.CC, Target: req.Target.Name}
		}
	}
	return nil
}

func (s *search) load() {
	s.components = s.req.wanted()
	all := append(slices.Clone(s.components), Patchelf)
	if !slices.Contains(all, Cargo) {
		all = append(all, Cargo)
	}
	s.gathered = gather(s.req, all)
	s.candidates = map[Component][]candidate{}
	for _, c := range all {
		s.candidates[c] = s.held[c].before(candidates(s.gathered.offers, c, s.req.Prefer))
	}
}

// solve searches level by level, so that a set contains tools of a later suite only if earlier suites have no set, and
// completes the result. If an offer cannot be completed, solve excludes it and searches again.
func (s *search) solve() (set Set, ok bool, err error) {
	for {
		chosen, ok := s.lowest()
		if err := s.undecided(chosen); err != nil {
			return Set{}, false, err
		}
		if !ok {
			return Set{}, false, nil
		}
		set, struck, err := s.complete(chosen)
		if err != nil || !struck {
			return set, err == nil, err
		}
	}
}

// undecided returns the error of a supplier that could change the choice, which is empty for none, or nil.
func (s *search) undecided(chosen map[Component]candidate) error {
	all := len(chosen) == 0 || s.risky(chosen) || s.req.Prefer == Newest
	last := furthest(chosen)
	return s.gathered.failure(func(supplier int) bool {
		return all || supplier < last ||
			s.req.Prefer == FewestGates && slices.Contains(s.req.Suppliers[supplier].Components(), Rust)
	})
}

// furthest returns the highest number of a supplier among the chosen offers. What is built here comes after the
// last supplier of its component.
func furthest(chosen map[Component]candidate) int {
	last := 0
	for _, o := range chosen {
		last = max(last, o.level.supplier)
		if o.Built {
			last = max(last, o.level.supplier+1)
		}
	}
	return last
}

// lowest returns the choices of the first level that has a set, without tools that may not build the kernel as far as
// that is possible: one hazard after the other is avoided if there is still a set then.
func (s *search) lowest() (map[Component]candidate, bool) {
	s.avoided = nil
	chosen, ok := s.first()
	if !ok || !s.risky(chosen) {
		return chosen, ok
	}
	for _, h := range s.req.Requirements.Hazards {
		if h.Effect != manifests.MayFail {
			continue
		}
		s.avoided = append(s.avoided, h)
		if safer, ok := s.first(); ok {
			chosen = safer
		} else {
			s.avoided = s.avoided[:len(s.avoided)-1]
		}
	}
	return chosen, true
}

// risky reports whether the choices contain a tool that may not build the kernel. A supplier that is not readable yet
// could then have a better one.
func (s *search) risky(chosen map[Component]candidate) bool {
	return slices.ContainsFunc(s.req.Requirements.Hazards, func(h kernel.Hazard) bool {
		_, hit := hitBy(h, chosen)
		return h.Effect == manifests.MayFail && hit
	})
}

// hitBy returns the chosen version of a hazard's tool, and whether it is one of the bad ones.
func hitBy(h kernel.Hazard, chosen map[Component]candidate) (v version.Version, bad bool) {
	for c, o := range chosen {
		if tool, ok := toolOf(c); ok && tool == h.Tool {
			return o.Version, h.Bad.Contains(o.Version)
		}
	}
	return version.Version{}, false
}

// first returns the preferred choices.
func (s *search) first() (map[Component]candidate, bool) {
	if s.req.Prefer == FewestGates {
		return s.fewestFirst()
	}
	return s.firstLevel()
}

// firstLevel returns the choices of the first level that has a set.
func (s *search) firstLevel() (map[Component]candidate, bool) {
	for _, l := range s.levels() {
		chosen := map[Component]candidate{}
		if s.choose(s.components, l, chosen) {
			return chosen, true
		}
	}
	return nil, false
}

// levels returns the limits of the search, in order: the first supplier with one more of its suites each time, then one
// supplier more, again from the lowest suites on. So a set that needs a further supplier still prefers the releases of
// the earlier ones to their moving suites. Newest does not care where a version is from.
func (s *search) levels() []level {
	if s.req.Prefer == Newest {
		return []level{everything}
	}
	var ranks []int
	for _, list := range s.candidates {
		for _, c := range list {
			ranks = append(ranks, c.level.rank)
		}
	}
	slices.Sort(ranks)
	var all []level
	for supplier := range s.req.Suppliers {
		for _, rank := range slices.Compact(slices.Clone(ranks)) {
			all = append(all, level{supplier, rank})
		}
	}
	return all
}

// choose fills chosen for the components in left and reports whether it found an offer for each. It backtracks if a
// later component has no offer that fits.
func (s *search) choose(left []Component, limit level, chosen map[Component]candidate) bool {
	if len(left) == 0 {
		return true
	}
	c := left[0]
	for _, o := range s.candidates[c] {
		if !o.level.within(limit) && !slices.Contains(extras, c) || s.refuse(o) != nil || s.clash(o, chosen) != nil {
			continue
		}
		chosen[c] = o
		if s.choose(left[1:], limit, chosen) {
			return true
		}
		delete(chosen, c)
	}
	// Only kernels with BTF need pahole: a set without it still builds Rust.
	_, named := s.req.With[Pahole]
	return c == Pahole && !named && s.choose(left[1:], limit, chosen)
}

// refuse returns why an offer cannot be chosen, whatever the choices for other components are, or nil if it can.
func (s *search) refuse(o candidate) *Reason {
	if err := s.broken[o.id()]; err != nil {
		return &Reason{Text: err.Error()}
	}
	for _, d := range demandsOn(s.req, o.Component) {
		if !d.holds(o.Offer) {
			return &Reason{Text: d.text, Where: d.where}
		}
	}
	for _, h := range s.avoided {
		if tool, ok := toolOf(o.Component); ok && tool == h.Tool && h.Bad.Contains(o.Version) && o.held == nil {
			return &Reason{Text: fmt.Sprintf("%s %s may not build this kernel: %s", h.Tool, h.Bad, h.What), Where: h.Where.String()}
		}
	}
	if o.Component == Bindgen && !o.Libclang.IsZero() {
		return s.badPair(o.Offer, o.Libclang, true)
	}
	return s.needsMore(o)
}

// clash returns why an offer does not fit the offers chosen before it, or nil if it does.
func (s *search) clash(o candidate, chosen map[Component]candidate) *Reason {
	rust, llvm := chosen[Rust], chosen[LLVM]
	if o.Component == Rust {
		rust = o
	}
	if err := s.helpless[together(o, rust)]; err != nil {
		return &Reason{Text: err.Error()}
	}
	switch o.Component {
	case Cargo:
		if o.Version.Compare(rust.Version) != 0 {
			return &Reason{Text: fmt.Sprintf("it is not from the release of rustc %s", rust.Version)}
		}
	case LLVM:
		switch {
		case !s.req.MatchLLVM:
		case rust.LLVM.IsZero():
			return &Reason{Text: fmt.Sprintf("--match-llvm: the version of LLVM in rustc %s is unknown", rust.Version)}
		case rust.LLVM.Major() != o.Version.Major():
			return &Reason{Text: fmt.Sprintf("--match-llvm: rustc %s contains LLVM %s", rust.Version, rust.LLVM)}
		}
	case Bindgen:
		if o.Libclang.IsZero() && llvm.Libclang.IsZero() {
			return noLibclang(o.Version, llvm.Version)
		}
		if o.Libclang.IsZero() {
			return s.badPair(o.Offer, llvm.Libclang, true)
		}
		if s.req.CC != Clang {
			return nil
		}
		// The kernel warns if they differ, and bindgen then passes clang's flags to a libclang that may not know them.
		if o.Libclang.Major() != llvm.Version.Major() {
			return &Reason{Text: fmt.Sprintf("its libclang %s does not match clang %s", o.Libclang, llvm.Version)}
		}
	}
	return nil
}

// complete gets the recipes of the chosen offers from their suppliers. struck reports that an offer could not be
// completed and was excluded. The error is a *NoCatalogueError if the offer can be completed after an update.
func (s *search) complete(chosen map[Component]candidate) (set Set, struck bool, err error) {
	set = Set{
		Kernel: s.req.Requirements.Kernel, Source: s.req.Requirements.Source,
		Target: s.req.Target.Name, Host: s.req.Host, CC: s.req.CC, Backend: s.req.Backend,
	}
	for _, c := range s.components {
		o, ok := chosen[c]
		if !ok {
			text := fmt.Sprintf("no %s in the suites of this set satisfies the kernel: BTF cannot be built", c)
			for _, u := range s.gathered.unread {
				if u.Component == c {
					text += "; " + u.Err.Error()
				}
			}
			set.Warnings = append(set.Warnings, text)
			continue
		}
		recipe, err := s.recipe(o)
		if missing, ok := errors.AsType[*NoCatalogueError](err); ok {
			return Set{}, false, missing
		}
		if err != nil {
			s.broken[o.id()] = err
			return Set{}, true, nil
		}
		set.Picks = append(set.Picks, Pick{Offer: o.Offer, Recipe: recipe, Reasons: s.reasons(o, chosen)})
		set.Rejected = append(set.Rejected, s.passedOver(o, chosen)...)
	}
	for _, h := range s.helpers(chosen) {
		if struck, err := s.addHelper(&set, h, chosen); struck || err != nil {
			return Set{}, struck, err
		}
	}
	set.Warnings = append(set.Warnings, s.warnings(chosen)...)
	slices.SortFunc(set.Picks, func(a, b Pick) int { return cmp.Compare(a.Offer.Component, b.Offer.Component) })
	return set, false, nil
}

// recipe returns the recipe of an offer, without its supplier if it is held.
func (s *search) recipe(o candidate) (Recipe, error) {
	if o.held != nil {
		return o.held.Recipe, nil
	}
	at := slices.IndexFunc(s.req.Suppliers, func(from Supplier) bool { return from.Name() == o.Supplier })
	return s.req.Suppliers[at].Complete(o.Offer)
}

// helper is a component that installs others of one layout. It is part of the set, so that a lock records it too.
type helper struct {
	component Component
	layout    Layout
	fits      func(candidate) bool
	which     string // the fitting ones: " 1.85.1"; "": any
	why       string
}

func (s *search) helpers(chosen map[Component]candidate) []helper {
	return []helper{
		// Cargo comes first: it may have LayoutDebian and so need patchelf.
		{Cargo, LayoutCargo, func(o candidate) bool { return o.Version.Compare(chosen[Rust].Version) == 0 }, " " + chosen[Rust].Version.String(), "builds tools that no supplier has as binaries, with the rustc of the same release"},
		{Patchelf, LayoutDebian, func(candidate) bool { return true }, "", "relocates Debian's programs to run with their own libraries"},
	}
}

// addHelper adds a helper to the set if a recipe needs it. If none is available, the offers with such recipes cannot be
// installed together with the set's rustc and are excluded. struck and the error are as for complete.
func (s *search) addHelper(set *Set, h helper, chosen map[Component]candidate) (struck bool, _ error) {
	needs := func(p Pick) bool { return p.Recipe.Layout == h.layout }
	if _, has := set.Pick(h.component); has || !slices.ContainsFunc(set.Picks, needs) {
		return false, nil
	}
	for _, o := range s.candidates[h.component] {
		if s.refuse(o) != nil || !h.fits(o) {
			continue
		}
		recipe, err := s.recipe(o)
		if missing, ok := errors.AsType[*NoCatalogueError](err); ok {
			return false, missing
		}
		if err != nil {
			s.broken[o.id()] = err
			return true, nil
		}
		set.Picks = append(set.Picks, Pick{Offer: o.Offer, Recipe: recipe, Reasons: []Reason{{Text: h.why}}})
		return false, nil
	}
	for _, p := range set.Picks {
		if needs(p) {
			s.helpless[together(chosen[p.Offer.Component], chosen[Rust])] = fmt.Errorf("installing it needs %s%s, which no supplier has", h.component, h.which)
		}
	}
	return true, nil
}
