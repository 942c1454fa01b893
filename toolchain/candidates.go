package toolchain

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
)

// demand is one condition on a component alone, and who makes it.
type demand struct {
	component Component
	holds     func(Offer) bool
	text      string // "rustc >= 1.96.0 (Linux 7.2.12)"
	where     string
	user      bool // made by --with: the user may take it back
}

// demandsOn collects what the kernel, its hazards and the user ask of one component.
func demandsOn(req Request, c Component) []demand {
	var list []demand
	tool, known := toolOf(c)
	if known {
		if d, ok := req.Requirements.Demand(tool); ok {
			list = append(list, kernelDemand(req.Requirements.Kernel, c, d))
		}
		for _, h := range req.Requirements.Hazards {
			if h.Tool == tool && h.Sure {
				list = append(list, hazardDemand(c, h))
			}
		}
	}
	if least := req.Target.LLVMMin; c == LLVM && !least.IsZero() {
		list = append(list, demand{
			component: c, where: "manifests/targets/" + req.Target.SrcArch + ".toml",
			text:  fmt.Sprintf("LLVM=1 for %s needs LLVM >= %s", req.Target.Name, least),
			holds: func(o Offer) bool { return !o.Version.Less(least) },
		})
	}
	if wish, ok := req.With[c]; ok {
		list = append(list, demand{
			component: c, user: true, text: wish.Flag(c), holds: wish.Holds,
		})
	} else if c != Rust || req.Backend == "" { // rustc has other backends in nightlies alone
		list = append(list, demand{
			component: c, text: "a release, not a prerelease",
			holds: func(o Offer) bool { return o.Version.Prerelease() == "" },
		})
	}
	if label := req.Rustc; c == Rust && label.Text != "" {
		list = append(list, demand{component: c, text: fmt.Sprintf("the build that calls itself %q", label.Text), holds: label.madeBy})
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
		text:  fmt.Sprintf("Linux %s asks for %s %s %s", release, d.Tool, relation, d.Version),
		holds: func(o Offer) bool { return want.Contains(o.Version) },
	}
}

// kernelRange gives the versions that a kernel's demand admits, and the sign for it.
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

// level is how far down the order of preference an offer stands: suppliers first, suites inside them.
type level struct{ supplier, rank int }

func (l level) compare(o level) int {
	return cmp.Or(cmp.Compare(l.supplier, o.supplier), cmp.Compare(l.rank, o.rank))
}

// within reports whether a search that goes as far as a limit may take what stands here: its supplier is none after the
// limit's, and its suite, whoever's it is, none further down.
func (l level) within(limit level) bool { return l.supplier <= limit.supplier && l.rank <= limit.rank }

// everything is a limit that nothing stands beyond.
var everything = level{math.MaxInt, math.MaxInt}

// candidate is an Offer with its place in the order of preference.
type candidate struct {
	Offer
	level level
	held  *Pick // it was chosen before, and stands before all others; nil: a supplier offers it
}

// candidates sorts the offers of one component, most wanted first: the first supplier's lowest suite, and the newest
// version in it. Ties are settled by the supplier's own handle, so that the order never depends on the catalogue's.
func candidates(offers []candidate, c Component) []candidate {
	var list []candidate
	for _, o := range offers {
		if o.Component == c {
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(
			a.level.compare(b.level),
			b.Version.Compare(a.Version),
			libclangFirst(c)*b.Libclang.Compare(a.Libclang),
			cmp.Compare(b.Label, a.Label),
			cmp.Compare(a.Key, b.Key),
		)
	})
	return list
}

// libclangFirst orders a bindgen by its libclang, newest first, and a clang the other way round: one that comes without
// is smaller, and the bindgen that needs it is rare.
func libclangFirst(c Component) int {
	if c == LLVM {
		return -1
	}
	return 1
}

// gathered is what the suppliers have.
type gathered struct {
	offers []candidate
	unread []Unread
	failed []error // by supplier: why it gives no offers, or nil
}

// gather asks every supplier for offers.
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
			if absent, ok := errors.AsType[*AbsentError](u.Err); ok && !absent.Version.IsZero() {
				if wish, named := req.With[absent.Component]; !named || !wish.Range.Contains(absent.Version) {
					continue
				}
			}
			g.unread = append(g.unread, u)
		}
		for _, o := range offers {
			g.offers = append(g.offers, candidate{Offer: o, level: level{i, o.Rank}})
		}
	}
	return g
}

// failure gives the error of the first supplier before number limit that gave no offers. A choice from a later one would
// be another once that has a catalogue, and so would be no choice that two machines agree on.
func (g gathered) failure(limit int) error {
	for _, err := range g.failed[:limit] {
		if err != nil {
			return err
		}
	}
	return nil
}
