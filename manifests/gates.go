package manifests

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// Gate is something unstable that kernels use: a feature of the language or the library, a -Z flag, or another thing that
// a stable rustc refuses; and what is known of it.
type Gate struct {
	Name     string            `toml:"name"`       // arbitrary_self_types, -Zfixed-x18, target.json
	Kind     string            `toml:"kind"`       // some of GateKinds
	Internal bool              `toml:"internal"`   // not meant to become stable
	Since    version.Version   `toml:"since"`      // the first rustc that knows it; zero: see Seen
	Gated    version.Version   `toml:"gated-from"` // the first rustc that refuses it on stable; zero: all that know it
	Stable   version.Version   `toml:"stable"`     // the first rustc that has it on stable
	Removed  version.Version   `toml:"removed"`    // the first rustc that has it no more
	Seen     []version.Version `toml:"seen"`       // releases that have it, unstably
	Unseen   []version.Version `toml:"unseen"`     // releases that do not know it

	Renamed  string          `toml:"renamed"`         // what it is called now
	StableAs string          `toml:"stable-as"`       // the stable form that takes its place: -Cdwarf-version
	AsSince  version.Version `toml:"stable-as-since"` // of that
	OnlyFor  string          `toml:"only-for"`        // the architecture whose library alone has it
	Tool     string          `toml:"tool"`            // whose flag it is; "": rustc's
	Ask      string          `toml:"ask"`             // the question of internal/ask, where its name and kind do not make it

	Tracking string   `toml:"tracking"`         // address of the issue
	Lists    []string `toml:"lists"`            // issues of Rust-for-Linux/linux that name it
	Priority string   `toml:"priority"`         // of the list, "" where none was seen
	Derived  bool     `toml:"priority-derived"` // by what kernels use, and not by a list
	Goal     string   `toml:"goal"`             // of the Rust project
	GoalURL  string   `toml:"goal-url"`
	Note     string   `toml:"note"`
	Sources  []string `toml:"sources"`
}

// GateKinds are the kinds of gates.
var GateKinds = []string{"language", "library", "flag", "custom-target", "build-core", "doctest", "rustdoc"}

// GateState is what a rustc says of a gate.
type GateState string

// The states. Not known is that krustup does not know; unknown, that rustc does not.
const (
	GateUnstable GateState = "unstable"
	GateStable   GateState = "stable"
	GateRemoved  GateState = "removed"
	GateUnknown  GateState = "unknown"
	GateNotKnown GateState = "not known"
)

// At says what a release of rustc says of the gate, and since which release it does; zero where that is not known.
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

// between tells by the releases that were looked at, the nearest on both sides. What is newer than all of them is taken to
// be as the newest: Gates.AsOf says how far that goes.
func (g Gate) between(rustc version.Version) GateState {
	var below, above version.Version
	var belowHas, aboveHas bool
	look := func(v version.Version, has bool) {
		if !v.IsZero() && v.Series() == rustc.Series() {
			v = rustc // a point release neither brings nor takes any
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
	AsOf  version.Version `toml:"as-of"` // the newest rustc that was looked at
	Gates []Gate          `toml:"gate"`
}

// Find gives the gate of a name; a feature and a flag are never called the same.
func (g Gates) Find(name string) (Gate, bool) {
	at := slices.IndexFunc(g.Gates, func(one Gate) bool { return one.Name == name })
	if at < 0 {
		return Gate{}, false
	}
	return g.Gates[at], true
}

const gatesFile = "gates.toml"

// LoadGates gives gates.toml. It is read once; nobody may write into it.
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
		return fmt.Errorf("expected a name, and each once")
	case !slices.Contains(GateKinds, g.Kind):
		return fmt.Errorf("kind %q, expected one of %s", g.Kind, strings.Join(GateKinds, ", "))
	case g.Kind == "flag" != strings.HasPrefix(g.Name, "-Z"):
		return fmt.Errorf("kind %q, expected flag for what begins with -Z and for nothing else", g.Kind)
	case len(g.Sources) == 0:
		return fmt.Errorf("expected sources")
	case !g.Stable.IsZero() && !g.Since.IsZero() && g.Stable.Less(g.Since):
		return fmt.Errorf("stable in %s, before it came in %s", g.Stable, g.Since)
	case (g.StableAs == "") != g.AsSince.IsZero():
		return fmt.Errorf("expected stable-as and stable-as-since, or neither")
	case (g.Goal == "") != (g.GoalURL == ""):
		return fmt.Errorf("expected goal and goal-url, or neither")
	}
	for _, v := range g.Seen {
		if slices.Contains(g.Unseen, v) {
			return fmt.Errorf("%s is seen and unseen", v)
		}
	}
	return nil
}
