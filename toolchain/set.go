package toolchain

import (
	"fmt"
	"sort"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
)

// Compiler is the C compiler that a set builds the kernel with.
type Compiler string

// The C compilers. Either, the zero value, leaves the choice to Resolve: clang, if the kernel supports it for the
// target.
const (
	Clang  Compiler = "clang"
	GNU    Compiler = "gcc"
	Either Compiler = ""
)

// ParseCompiler parses "clang" or "llvm", "gcc", and "" for Either.
func ParseCompiler(text string) (Compiler, error) {
	switch text {
	case "":
		return Either, nil
	case "clang", "llvm":
		return Clang, nil
	case "gcc":
		return GNU, nil
	}
	return Either, fmt.Errorf("unknown compiler %q: expected clang or gcc", text)
}

// Reason is one sentence on why something was chosen or passed over, and the place that states it, if there is one.
type Reason struct {
	Text  string `toml:"text" json:"text"`
	Where string `toml:"where,omitempty" json:"where,omitempty"` // "scripts/min-tool-version.sh:28"
}

// String appends the place in parentheses: "Linux 6.12 requires rustc >= 1.78.0 (scripts/min-tool-version.sh:36)".
func (r Reason) String() string {
	if r.Where == "" {
		return r.Text
	}
	return r.Text + " (" + r.Where + ")"
}

// Rejection is an offer that is preferred to the chosen one but was passed over for the Reason.
type Rejection struct {
	Component Component       `json:"component"`
	Version   version.Version `json:"version"`
	Suite     string          `json:"suite"`
	Reason    Reason          `json:"reason"`
}

// Pick is a chosen Offer, the reasons for it, and its recipe.
type Pick struct {
	Offer   Offer
	Reasons []Reason
	Recipe  Recipe
}

// Set is the Offers chosen for (kernel, target, host). Picks are sorted by component.
type Set struct {
	Kernel   version.Version
	Source   string // what the demands were read from: a tree, or a row of manifests/kernels.toml
	Target   string
	Host     Host
	CC       Compiler
	Backend  targets.Backend // the backend of rustc; "": LLVM
	Key      trust.Digest    // Request.Key: kernels with the same demands share it
	Asked    Asked           // the demands of the request
	Picks    []Pick
	Rejected []Rejection
	Warnings []string
}

// Asked holds the demands that a set was chosen for, apart from target, host and compiler. A lock records them, so that
// a later check can list what changed.
type Asked struct {
	Demands   []kernel.Demand // empty: unknown, the set is from a lock of format 1
	Hazards   []kernel.Hazard
	With      map[Component]Wish
	MatchLLVM bool
	Prefer    Preference
	Suppliers []string // in order of preference
}

// asked returns the demands of a request as a lock records them.
func (req Request) asked() Asked {
	a := Asked{Demands: req.Requirements.Demands, With: req.With, MatchLLVM: req.MatchLLVM, Prefer: req.Prefer}
	for _, h := range req.Requirements.Hazards {
		if h.Decides() {
			a.Hazards = append(a.Hazards, h)
		}
	}
	for _, s := range req.Suppliers {
		a.Suppliers = append(a.Suppliers, s.Name())
	}
	return a
}

// Pick returns the choice for a component; the second result is false if the set has none.
func (s Set) Pick(c Component) (Pick, bool) {
	for _, p := range s.Picks {
		if p.Offer.Component == c {
			return p, true
		}
	}
	return Pick{}, false
}

// Artifacts returns the artifacts of all picks, each once, sorted by path.
func (s Set) Artifacts() []Artifact {
	seen := map[trust.Digest]bool{}
	var all []Artifact
	for _, p := range s.Picks {
		for _, a := range p.Recipe.Artifacts {
			if !seen[a.Digest] {
				seen[a.Digest] = true
				all = append(all, a)
			}
		}
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Path < all[j].Path })
	return all
}

// UntrustedError reports that a set cannot be locked because it has a tool of the host, which is not verified.
type UntrustedError struct {
	Component Component
	Supplier  string
}

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("%s from supplier %s cannot be locked: it was already on this machine, it is not verified, and another machine could not fetch it", e.Component, e.Supplier)
}

// Lockable returns an *UntrustedError if the set cannot be locked.
func (s Set) Lockable() error {
	for _, p := range s.Picks {
		if p.Recipe.Layout == LayoutHost {
			return &UntrustedError{p.Offer.Component, p.Offer.Supplier}
		}
	}
	return nil
}

// toolOf returns the name of a component in the kernel's own scripts.
func toolOf(c Component) (kernel.Tool, bool) {
	switch c {
	case Rust:
		return kernel.Rustc, true
	case Bindgen:
		return kernel.Bindgen, true
	case LLVM:
		return kernel.LLVM, true
	case GCC:
		return kernel.GCC, true
	case Pahole:
		return kernel.Pahole, true
	}
	return "", false
}
