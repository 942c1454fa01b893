package manifests

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// Gate is an unstable thing that kernels use, and what is known about it: a language or library feature, a -Z flag, or
// anything else that a stable rustc refuses.
type Gate struct {
	Name     string            `toml:"name"`       // arbitrary_self_types, -Zfixed-x18, target.json
	Kind     string            `toml:"kind"`       // one of GateKinds
	Internal bool              `toml:"internal"`   // not meant to become stable
	Since    version.Version   `toml:"since"`      // the first rustc that knows it; zero: unknown, see Seen
	Gated    version.Version   `toml:"gated-from"` // the first rustc that refuses it on stable; zero: every rustc that knows it
	Stable   version.Version   `toml:"stable"`     // the first rustc that has it on stable
	Removed  version.Version   `toml:"removed"`    // the first rustc that no longer has it
	Seen     []version.Version `toml:"seen"`       // releases in which it is unstable
	Unseen   []version.Version `toml:"unseen"`     // releases that do not know it

	Renamed  string          `toml:"renamed"`         // its current name
	StableAs string          `toml:"stable-as"`       // the stable form that replaces it: -Cdwarf-version
	AsSince  version.Version `toml:"stable-as-since"` // the first rustc that has StableAs
	OnlyFor  string          `toml:"only-for"`        // the only architecture whose library has it
	Tool     string          `toml:"tool"`            // the tool whose flag it is; "": rustc
	Ask      string          `toml:"ask"`             // question for internal/ask; "": it follows from Name and Kind

	Tracking string   `toml:"tracking"`         // URL of its tracking issue
	Lists    []string `toml:"lists"`            // issues of Rust-for-Linux/linux that name it
	Priority string   `toml:"priority"`         // in the list; "": not known
	Derived  bool     `toml:"priority-derived"` // Priority follows from what kernels use, not from a list
	Goal     string   `toml:"goal"`             // title of the Rust project goal that covers it
	GoalURL  string   `toml:"goal-url"`
	Note     string   `toml:"note"`
	Sources  []string `toml:"sources"`
}

// GateKinds are the values of Gate.Kind.
var GateKinds = []string{"language", "library", "flag", "custom-target", "build-core", "doctest", "rustdoc"}

// GateState is the state of a gate in one release of rustc.
type GateState string

// The states. GateUnknown means that rustc does not know the gate; GateNotKnown, that krustup does not know its state.
const (
	GateUnstable GateState = "unstable"
	GateStable   GateState = "stable"
	GateRemoved  GateState = "removed"
	GateUnknown  GateState = "unknown"
	GateNotKnown GateState = "not known"
)

// At returns the state of the gate in a release of rustc, and the first release in that state; zero if unknown.
func (g Gate) At(rustc version.Version) (state GateState, since version.Version) {
	from := func(v version.Version) bool { return !v.IsZero() && !rustc.Less(v) }
	switch {
	case from(g.Removed):
		return GateRemoved, g.Removed
	case from(g.Stable):
		return GateStable, g.Stable
	case !g.Gated.IsZero() && rustc.Less(g.Gated):
		return GateStable, version.Version{}
	case !g.Since.IsZero() && rustc.Less(g.Since):
		return GateUnknown, version.Version{}
	}
	return g.between(rustc), version.Version{}
}

// between derives the state from the nearest examined releases on both sides. A release newer than all of them is taken
// to have the state of the newest: Gates.AsOf says how far the data reaches.
func (g Gate) between(rustc version.Version) GateState {
	var below, above version.Version
	var belowHas, aboveHas bool
	look := func(v version.Version, has bool) {
		if !v.IsZero() && v.Series() == rustc.Series() {
			v = rustc // a point release neither adds nor removes a gate
		}
		if !v.IsZero() && !rustc.Less(v) && (below.IsZero() || below.Less(v)) {
			below, belowHas = v, has
		}
		if !v.IsZero() && !v.Less(rustc) && (above.IsZero() || v.Less(above)) {
			above, aboveHas = v, has
		}
	}
	for _, v := range g.Seen {
		look(v, true)
	}
	for _, v := range g.Unseen {
		look(v, false)
	}
	look(g.Since, true)
	look(g.Stable, true) // it was unstable right before
	look(g.Removed, true)
	switch {
	case below.IsZero(), !above.IsZero() && belowHas != aboveHas:
		return GateNotKnown
	case belowHas:
		return GateUnstable
	}
	return GateUnknown
}

// Gates is gates.toml.
type Gates struct {
	AsOf  version.Version `toml:"as-of"` // the newest rustc that was examined
	Gates []Gate          `toml:"gate"`
}

// Find returns the gate with a name. A feature and a flag never share a name.
func (g Gates) Find(name string) (Gate, bool) {
	at := slices.IndexFunc(g.Gates, func(one Gate) bool { return one.Name == name })
	if at < 0 {
		return Gate{}, false
	}
	return g.Gates[at], true
}

const gatesFile = "gates.toml"

// LoadGates returns gates.toml, decoded and checked. It is decoded once and shared: callers must not modify it.
var LoadGates = sync.OnceValues(func() (Gates, error) {
	data, err := files.ReadFile(gatesFile)
	if err != nil {
		return Gates{}, fmt.Errorf("reading manifest %s: %w", gatesFile, err)
	}
	return parseGates("manifests/"+gatesFile, data)
})

func parseGates(name string, data []byte) (Gates, error) {
	var g Gates
	if err := DecodeStrict(name, data, &g); err != nil {
		return Gates{}, err
	}
	if g.AsOf.IsZero() {
		return Gates{}, fmt.Errorf("%s: as-of is missing", name)
	}
	seen := map[string]bool{}
	for _, one := range g.Gates {
		if err := one.check(seen); err != nil {
			return Gates{}, fmt.Errorf("%s: gate %q: %w", place(name, data, `name = "`+one.Name+`"`), one.Name, err)
		}
		seen[one.Name] = true
	}
	return g, nil
}

func (g Gate) check(seen map[string]bool) error {
	switch {
	case g.Name == "" || seen[g.Name]:
		return fmt.Errorf("expected a unique name")
	case !slices.Contains(GateKinds, g.Kind):
		return fmt.Errorf("kind %q, expected one of %s", g.Kind, strings.Join(GateKinds, ", "))
	case g.Kind == "flag" != strings.HasPrefix(g.Name, "-Z"):
		return fmt.Errorf("kind %q, expected flag exactly when the name starts with -Z", g.Kind)
	case len(g.Sources) == 0:
		return fmt.Errorf("sources is missing, expected at least one")
	case !g.Stable.IsZero() && !g.Since.IsZero() && g.Stable.Less(g.Since):
		return fmt.Errorf("stable in %s, before since = %s", g.Stable, g.Since)
	case (g.StableAs == "") != g.AsSince.IsZero():
		return fmt.Errorf("expected stable-as and stable-as-since, or neither")
	case (g.Goal == "") != (g.GoalURL == ""):
		return fmt.Errorf("expected goal and goal-url, or neither")
	}
	for _, v := range g.Seen {
		if slices.Contains(g.Unseen, v) {
			return fmt.Errorf("%s is in both seen and unseen", v)
		}
	}
	return nil
}
