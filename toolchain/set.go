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

// The C compilers. The zero value leaves the choice to Resolve: clang, where the target has it.
const (
	Clang  Compiler = "clang"
	GNU    Compiler = "gcc"
	Either Compiler = ""
)

// ParseCompiler reads "clang" (or "llvm") and "gcc".
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

// Reason is one sentence on why something was chosen or passed over, and the place that says so, if one does.
type Reason struct {
	Text  string `toml:"text" json:"text"`
	Where string `toml:"where,omitempty" json:"where,omitempty"` // "scripts/min-tool-version.sh:28"
}

func (r Reason) String() string {
	if r.Where == "" {
		return r.Text
	}
	return r.Text + " (" + r.Where + ")"
}

// Rejection is a nearer choice that was passed over: one that would have been taken but for the Reason.
type Rejection struct {
	Component Component       `json:"component"`
	Version   version.Version `json:"version"`
	Suite     string          `json:"suite"`
	Reason    Reason          `json:"reason"`
}

// Pick is an Offer that was chosen, why, and how it is made.
type Pick struct {
	Offer   Offer
	Reasons []Reason
	Recipe  Recipe
}

// Set is the Offers chosen for (kernel, target, host). Picks are sorted by component.
type Set struct {
	Kernel   version.Version
	Source   string // what the demands were read from
	Target   string
	Host     Host
	CC       Compiler
	Backend  targets.Backend // what rustc makes code with; "": LLVM
	Key      trust.Digest    // of the request: kernels with the same demands share it
	Asked    Asked           // what the request was
	Picks    []Pick
	Rejected []Rejection
	Warnings []string
}

// Asked is what a set was chosen for, beside target, host and compiler: a lock writes it down, to tell what moved.
type Asked struct {
	Demands   []kernel.Demand // none: not known, the set is of a lock of format 1
	Hazards   []kernel.Hazard
	With      map[Component]Wish
	MatchLLVM bool
	Suppliers []string // in order of preference
}

// asked is what a request comes to, written down.
func (req Request) asked() Asked {
	a := Asked{Demands: req.Requirements.Demands, Hazards: req.Requirements.Hazards, With: req.With, MatchLLVM: req.MatchLLVM}
	for _, s := range req.Suppliers {
		a.Suppliers = append(a.Suppliers, s.Name())
	}
	return a
}

// Pick gives the choice for a component; ok is false when the set has none.
func (s Set) Pick(c Component) (Pick, bool) {
	for _, p := range s.Picks {
		if p.Offer.Component == c {
			return p, true
		}
	}
	return Pick{}, false
}

// Artifacts lists what the picks are made of, each once, sorted by path.
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

// UntrustedError says that a set has a tool that nobody vouches for, so that it cannot be written down for others.
type UntrustedError struct {
	Component Component
	Supplier  string
}

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("%s is of supplier %s: it was on this machine before, nobody vouches for it, and a lock could not bring it to another", e.Component, e.Supplier)
}

// Lockable says why a set cannot be locked, if it cannot: a *UntrustedError.
func (s Set) Lockable() error {
	for _, p := range s.Picks {
		if p.Recipe.Layout == LayoutHost {
			return &UntrustedError{p.Offer.Component, p.Offer.Supplier}
		}
	}
	return nil
}

// toolOf maps a component to the name that the kernel's own scripts have for it.
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
