package toolchain

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/manifests"
)

// Resolve chooses the set for a request: for each component the first supplier's lowest suite that satisfies every
// demand, and the newest version in it, such that the choices fit together. It reads catalogues and nothing else.
//
// A request that no set satisfies gives a *NoSetError or *NoRustError. Where a supplier without a catalogue might change
// the choice, the error is its *NoCatalogueError.
func Resolve(req Request, rules manifests.Rules) (Set, error) { return resolveWith(req, rules, nil) }

// resolveWith is Resolve with some components held.
func resolveWith(req Request, rules manifests.Rules, held map[Component]held) (Set, error) {
	cc, err := req.Compiler()
	if err != nil {
		return Set{}, err
	}
	req.CC = cc
	if err := req.unused(); err != nil {
		return Set{}, err
	}
	s := &search{req: req, rules: rules, held: held, broken: map[string]error{}}
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

// search holds one resolution under way.
type search struct {
	req        Request
	rules      manifests.Rules
	held       map[Component]held
	components []Component // in the order of choosing
	candidates map[Component][]candidate
	gathered   gathered
	broken     map[string]error // offers that their supplier could not complete, by supplier and key
}

// wanted lists the components of a set, in the order in which they are chosen: what binds the others comes first.
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

// extras are what no kernel build needs. They come from wherever they are to be had, and so never move the other tools
// into a later suite.
var extras = []Component{Cargo, GCCRS, QEMU}

// UnusedError says that a version was asked for of something that the set does not have.
type UnusedError struct {
	Component Component
	CC        Compiler
	Target    string
}

func (e *UnusedError) Error() string {
	return fmt.Sprintf("--with %s: a set for %s with %s has no %s", e.Component, e.Target, e.CC, e.Component)
}

// unused refuses a demand on a component that the set does not have: to drop it would answer another question.
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
		s.candidates[c] = s.held[c].before(candidates(s.gathered.offers, c))
	}
}

// solve searches level by level, so that a set reaches into a later suite only when no earlier one will do, and
// completes what it found. An offer that cannot be completed is struck out and the search begins again.
func (s *search) solve() (set Set, ok bool, err error) {
	for {
		chosen, ok := s.lowest()
		last := len(s.req.Suppliers)
		if ok {
			last = furthest(chosen)
		}
		if err := s.gathered.failure(last); err != nil {
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

// furthest gives the number of the last supplier that something was chosen from.
func furthest(chosen map[Component]candidate) int {
	last := 0
	for _, o := range chosen {
		last = max(last, o.level.supplier)
	}
	return last
}

func (s *search) lowest() (map[Component]candidate, bool) {
	for _, l := range s.levels() {
		chosen := map[Component]candidate{}
		if s.choose(s.components, l, chosen) {
			return chosen, true
		}
	}
	return nil, false
}

// levels are the limits of the search, in order: one supplier with ever more of its suites, then one more supplier, again
// from the suites that are releases on. So what another supplier adds does not let in the moving suites of the first.
func (s *search) levels() []level {
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

// choose fills chosen for the components that are left, going back where a later one finds nothing that fits.
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
	// pahole serves only kernels with BTF: a set without it still builds Rust.
	_, named := s.req.With[Pahole]
	return c == Pahole && !named && s.choose(left[1:], limit, chosen)
}

// refuse says why an offer cannot be taken whatever the others are.
func (s *search) refuse(o candidate) *Reason {
	if err := s.broken[o.Supplier+" "+o.Key]; err != nil {
		return &Reason{Text: err.Error()}
	}
	for _, d := range demandsOn(s.req, o.Component) {
		if !d.holds(o.Offer) {
			return &Reason{Text: d.text, Where: d.where}
		}
	}
	if o.Component == Bindgen && !o.Libclang.IsZero() {
		return s.badPair(o.Offer, o.Libclang, true)
	}
	return nil
}

// clash says why an offer does not go with what was chosen before it.
func (s *search) clash(o candidate, chosen map[Component]candidate) *Reason {
	rust, llvm := chosen[Rust], chosen[LLVM]
	switch o.Component {
	case Cargo:
		if o.Version.Compare(rust.Version) != 0 {
			return &Reason{Text: fmt.Sprintf("it is not of rustc %s", rust.Version)}
		}
	case LLVM:
		switch {
		case !s.req.MatchLLVM:
		case rust.LLVM.IsZero():
			return &Reason{Text: fmt.Sprintf("--match-llvm: which LLVM rustc %s has inside is not known", rust.Version)}
		case rust.LLVM.Major() != o.Version.Major():
			return &Reason{Text: fmt.Sprintf("--match-llvm: rustc %s has LLVM %s inside", rust.Version, rust.LLVM)}
		}
	case Bindgen:
		if o.Libclang.IsZero() && llvm.Libclang.IsZero() {
			return &Reason{Text: "it comes without a libclang, and no clang of the set has one"}
		}
		if o.Libclang.IsZero() {
			return s.badPair(o.Offer, llvm.Libclang, true)
		}
		if s.req.CC != Clang {
			return nil
		}
		// The kernel warns when they differ, and bindgen then parses flags that its libclang may not know.
		if o.Libclang.Major() != llvm.Version.Major() {
			return &Reason{Text: fmt.Sprintf("its libclang %s is not of clang %s", o.Libclang, llvm.Version)}
		}
	}
	return nil
}

// complete asks the suppliers for the recipes of what was chosen. struck reports that one offer could not be completed
// and was taken out; the error is that of one that can be after an update.
func (s *search) complete(chosen map[Component]candidate) (set Set, struck bool, err error) {
	set = Set{
		Kernel: s.req.Requirements.Kernel, Source: s.req.Requirements.Source,
		Target: s.req.Target.Name, Host: s.req.Host, CC: s.req.CC, Backend: s.req.Backend,
	}
	for _, c := range s.components {
		o, ok := chosen[c]
		if !ok {
			set.Warnings = append(set.Warnings, fmt.Sprintf("no %s in the suites of this set satisfies the kernel: BTF cannot be built", c))
			continue
		}
		recipe, err := s.recipe(o)
		if missing, ok := errors.AsType[*NoCatalogueError](err); ok {
			return Set{}, false, missing
		}
		if err != nil {
			s.broken[o.Supplier+" "+o.Key] = err
			return Set{}, true, nil
		}
		set.Picks = append(set.Picks, Pick{Offer: o.Offer, Recipe: recipe, Reasons: s.reasons(o, chosen)})
		set.Rejected = append(set.Rejected, s.passedOver(o, chosen)...)
	}
	for _, h := range s.helpers(chosen) {
		if struck, err := s.addHelper(&set, h); struck || err != nil {
			return Set{}, struck, err
		}
	}
	set.Warnings = append(set.Warnings, s.warnings(chosen)...)
	slices.SortFunc(set.Picks, func(a, b Pick) int { return cmp.Compare(a.Offer.Component, b.Offer.Component) })
	return set, false, nil
}

func (s *search) recipe(o candidate) (Recipe, error) {
	if o.held != nil {
		return o.held.Recipe, nil
	}
	return s.req.Suppliers[o.level.supplier].Complete(o.Offer)
}

// helper is a component that a set needs to make others of a layout. It is part of the set so that a lock holds it too.
type helper struct {
	component Component
	layout    Layout
	fits      func(candidate) bool
	why       string
}

func (s *search) helpers(chosen map[Component]candidate) []helper {
	return []helper{
		// cargo first: it may be one of those that are relocated
		{Cargo, LayoutCargo, func(o candidate) bool { return o.Version.Compare(chosen[Rust].Version) == 0 }, "builds what nobody offers as a binary, with the rustc of its release"},
		{Patchelf, LayoutDebian, func(candidate) bool { return true }, "relocates Debian's programs, so that they run with their own libraries"},
	}
}

// addHelper adds a helper where a recipe needs it. struck and the error are those of complete.
func (s *search) addHelper(set *Set, h helper) (struck bool, _ error) {
	if _, there := set.Pick(h.component); there || !slices.ContainsFunc(set.Picks, func(p Pick) bool { return p.Recipe.Layout == h.layout }) {
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
			s.broken[o.Supplier+" "+o.Key] = err
			return true, nil
		}
		set.Picks = append(set.Picks, Pick{Offer: o.Offer, Recipe: recipe, Reasons: []Reason{{Text: h.why}}})
		return false, nil
	}
	set.Warnings = append(set.Warnings, fmt.Sprintf("no %s on offer that fits: the set can be resolved, but not installed", h.component))
	return false, nil
}
