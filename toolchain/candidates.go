package toolchain

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// demand is a condition that one component must meet regardless of the others, and its origin.
type demand struct {
	component Component
	holds     func(Offer) bool
	text      string // "Linux 7.2.12 requires rustc >= 1.96.0"
	where     string // the file:line or manifest that states it; "": none does
	user      bool   // made by an option, which the user can remove
}

// demandsOn returns the demands of the kernel, its hazards and the user on one component.
func demandsOn(req Request, c Component) []demand {
	var list []demand
	tool, known := toolOf(c)
	if known {
		if d, ok := req.Requirements.Demand(tool); ok {
			list = append(list, kernelDemand(req.Requirements.Kernel, c, d))
		}
		for _, h := range req.Requirements.Hazards {
			if h.Tool == tool && h.Effect == manifests.Fails {
				list = append(list, hazardDemand(c, h))
			}
		}
	}
	if minimum := req.Target.LLVMMin; c == LLVM && !minimum.IsZero() {
		list = append(list, demand{
			component: c, where: "manifests/targets/" + req.Target.SrcArch + ".toml",
			text:  fmt.Sprintf("LLVM=1 for %s requires LLVM >= %s", req.Target.Name, minimum),
			holds: func(o Offer) bool { return !o.Version.Less(minimum) },
		})
	}
	if wish, ok := req.With[c]; ok {
		list = append(list, demand{
			component: c, user: true, text: wish.Flag(c), holds: wish.Holds,
		})
	} else if c != Rust || req.Backend == "" { // only nightlies of rustc have other backends
		list = append(list, demand{
			component: c, text: "prereleases are chosen only by --with",
			holds: func(o Offer) bool { return o.Version.Prerelease() == "" },
		})
	}
	if label := req.Rustc; c == Rust && label.Text != "" {
		list = append(list, demand{component: c, text: fmt.Sprintf("`rustc --version` must print %q", label.Text), holds: label.madeBy})
	}
	if b := req.Backend; c == Rust && b != "" {
		list = append(list, demand{
			component: c, user: true, text: fmt.Sprintf("--backend %s", b),
			holds: func(o Offer) bool { return slices.Contains(o.Backends, b) },
		})
	}
	return list
}

func kernelDemand(release version.Version, c Component, d kernel.Demand) demand {
	want, relation := kernelRange(d)
	return demand{
		component: c, where: d.Where.String(),
		text:  fmt.Sprintf("Linux %s requires %s %s %s", release, d.Tool, relation, d.Version),
		holds: func(o Offer) bool { return want.Contains(o.Version) },
	}
}

// kernelRange returns the versions that a kernel's demand allows, and its relation as text: "=" or ">=".
func kernelRange(d kernel.Demand) (want version.Range, relation string) {
	if d.Pinned {
		return version.Exactly(d.Version), "="
	}
	return version.AtLeast(d.Version), ">="
}

func hazardDemand(c Component, h kernel.Hazard) demand {
	return demand{
		component: c, where: h.Where.String(),
		text:  fmt.Sprintf("%s %s breaks this kernel: %s", h.Tool, h.Bad, h.What),
		holds: func(o Offer) bool { return !h.Bad.Contains(o.Version) },
	}
}

// level is the position of an offer in the order of preference: suppliers first, then the suites of a supplier. Zero is
// the most preferred.
type level struct{ supplier, rank int }

func (l level) compare(o level) int {
	return cmp.Or(cmp.Compare(l.supplier, o.supplier), cmp.Compare(l.rank, o.rank))
}

// within reports whether a search up to limit may take an offer of level l: neither its supplier nor the rank of its
// suite comes after that of the limit.
func (l level) within(limit level) bool { return l.supplier <= limit.supplier && l.rank <= limit.rank }

// everything is a limit that includes all offers.
var everything = level{math.MaxInt, math.MaxInt}

// candidate is an Offer with its position in the order of preference.
type candidate struct {
	Offer
	level level
	held  *Pick // the earlier Pick of a held candidate, which precedes all others; nil: offered by a supplier
}

// id identifies an offer among those of all suppliers.
func (c candidate) id() string { return c.Supplier + " " + c.Key }

// together identifies an offer in a set with that rustc.
func together(o, rust candidate) string { return o.id() + " with " + rust.id() }

// candidates returns the offers of one component, most preferred first. Offer.Key breaks ties, so that the result never
// depends on the order of offers.
func candidates(offers []candidate, c Component, prefer Preference) []candidate {
	var list []candidate
	for _, o := range offers {
		if o.Component == c {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(
			prefer.order(a, b),
			libclangFirst(c)*b.Libclang.Compare(a.Libclang),
			cmp.Compare(b.Label, a.Label),
			cmp.Compare(a.Key, b.Key),
		)
	})
	return list
}

// libclangFirst returns the sign by which offers of one version are ordered by their libclang: newest first for
// bindgen, and none first for clang, because a clang without libclang is smaller and few bindgens need one with it.
func libclangFirst(c Component) int {
	if c == LLVM {
		return -1
	}
	return 1
}

// gathered holds the answers of all suppliers.
type gathered struct {
	offers []candidate
	unread []Unread
	failed []error // by number of supplier: why it returned no offers, or nil
}

// gather asks every supplier for offers. A version that was never published is reported as unread only if the user
// asked for it.
func gather(req Request, components []Component) gathered {
	g := gathered{failed: make([]error, len(req.Suppliers))}
	query := Query{
		Components: components, Channel: req.channel(), Backend: req.Backend, Host: req.Host, Target: req.Target,
		AllowStale: req.AllowStale, AllowUnsigned: req.AllowUnsigned,
	}
	for i, s := range req.Suppliers {
		offers, skipped, err := s.Offers(query)
		if err != nil {
			g.failed[i] = err
			continue
		}
		for _, u := range skipped {
			if absent, ok := errors.AsType[*NeverPublishedError](u.Err); ok && !absent.Version.IsZero() {
				if wish, named := req.With[absent.Component]; !named || !wish.Range.Contains(absent.Version) {
					continue
				}
			}
			g.unread = append(g.unread, u)
		}
		for _, o := range offers {
			g.offers = append(g.offers, candidate{Offer: o, level: req.level(o, i)})
		}
	}
	return g
}

// builtRank is the part of the rank that a candidate has because it must be built here.
func (c candidate) builtRank() int { return c.level.rank / rankBuilt }

// rankBuilt is added to the rank of what must be built here. No supplier has as many suites.
const rankBuilt = 1000

// level returns the level of an offer of the supplier with a number. What must be built here comes after everything that
// any supplier of the component has published.
func (req Request) level(o Offer, supplier int) level {
	if !o.Built {
		return level{supplier, o.Rank}
	}
	for i, s := range req.Suppliers {
		if slices.Contains(s.Components(), o.Component) {
			supplier = max(supplier, i)
		}
	}
	return level{supplier, rankBuilt + o.Rank}
}

// failure returns the error of the first supplier that returned no offers and could change the choice, or nil: once
// that supplier has a catalogue, another machine would not agree on the choice.
func (g gathered) failure(could func(supplier int) bool) error {
	for i, err := range g.failed {
		if err != nil && could(i) {
			return err
		}
	}
	return nil
}

// held is an earlier pick that a search prefers to all offers.
type held struct {
	pick Pick
	only bool // the search may not choose anything else
}

// before returns the candidates of a component with the held pick first, at a level that every search includes. The
// pick has its recipe, so it can stay even if no supplier offers it any longer.
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
