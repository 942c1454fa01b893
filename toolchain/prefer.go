package toolchain

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// Preference decides among several sets that build a kernel.
type Preference string

// The preferences. Stable, the zero value, is the newest version in the lowest suite of the first supplier that has a
// set. Newest is the newest version that any supplier has, component by component. FewestGates is the rustc with which
// the kernel needs the fewest unstable features and flags; everything else is chosen as for Stable.
const (
	Stable      Preference = ""
	Newest      Preference = "newest"
	FewestGates Preference = "fewest-gates"
)

// Preferences are the names that ParsePreference accepts.
var Preferences = []string{"stable", string(Newest), string(FewestGates)}

// ParsePreference parses one of Preferences; "" is Stable.
func ParsePreference(text string) (Preference, error) {
	switch {
	case text == "" || text == "stable":
		return Stable, nil
	case slices.Contains(Preferences, text):
		return Preference(text), nil
	}
	return Stable, fmt.Errorf("unknown preference %q: expected %s", text, strings.Join(Preferences, ", "))
}

// Unstable tells what a kernel needs that is not stable in a rustc. Only FewestGates needs it.
type Unstable struct {
	Uses  any                                  // what Names depends on, apart from the version; encoded as JSON for Request.Key
	Names func(rustc version.Version) []string // features, flags and others, each once
}

// digest identifies what Names depends on.
func (u *Unstable) digest() string {
	if u == nil {
		return ""
	}
	data, err := json.Marshal(u.Uses)
	if err != nil {
		panic("toolchain: what a kernel uses: " + err.Error())
	}
	return trust.SumDigest(sha256.Sum256(data)).String()
}

// unlimited is a search.fewest that excludes no rustc.
const unlimited = math.MaxInt

// needs returns what the kernel needs that is not stable in a rustc.
func (s *search) needs(rustc version.Version) []string {
	if s.req.Unstable == nil {
		return nil
	}
	return s.req.Unstable.Names(rustc)
}

// fewestFirst is first for FewestGates: it admits the releases of rustc with which the kernel needs more only if those
// with which it needs less are part of no set. It keeps what Stable would choose, for the reasons.
func (s *search) fewestFirst() (map[Component]candidate, bool) {
	s.fewest = unlimited
	stable, ok := s.firstLevel()
	if !ok {
		return nil, false
	}
	s.stable = stable[Rust].Version
	var counts []int
	for _, o := range s.candidates[Rust] {
		counts = append(counts, len(s.needs(o.Version)))
	}
	slices.Sort(counts)
	for _, count := range slices.Compact(counts) {
		s.fewest = count
		if chosen, ok := s.firstLevel(); ok {
			return chosen, true
		}
	}
	return stable, true
}

// needsMore returns the reason against a rustc with which the kernel needs more than with others, or nil.
func (s *search) needsMore(o candidate) *Reason {
	if s.req.Prefer != FewestGates || o.Component != Rust || o.held != nil {
		return nil
	}
	if count := len(s.needs(o.Version)); count > s.fewest {
		return &Reason{Text: fmt.Sprintf("--prefer fewest-gates: with it the kernel needs %d unstable features and flags, and with another release %d", count, s.fewest)}
	}
	return nil
}

// preferred returns the reason that the preference of the request gives for a choice, or "".
func (s *search) preferred(o candidate) string {
	if s.req.Prefer != FewestGates || o.Component != Rust || o.held != nil {
		return ""
	}
	needed := s.needs(o.Version)
	text := fmt.Sprintf("--prefer fewest-gates: the kernel needs %d unstable features and flags", len(needed))
	if s.stable.Compare(o.Version) == 0 {
		return text + ", and no release of rustc that fits needs fewer"
	}
	before := s.needs(s.stable)
	text += fmt.Sprintf(", and %d with rustc %s, which --prefer stable chooses", len(before), s.stable)
	for _, difference := range []struct {
		what  string
		names []string
	}{{"no longer needed", missing(before, needed)}, {"also needed", missing(needed, before)}} {
		if len(difference.names) > 0 {
			text += "; " + difference.what + ": " + strings.Join(difference.names, ", ")
		}
	}
	return text
}

// missing returns the names of a list that are not in another.
func missing(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(name string) bool { return slices.Contains(other, name) })
}

// order returns how candidates of one component are ordered by preference: a negative number if a comes first. The newest
// is one that is published, if there is one: what must be built here comes last.
func (p Preference) order(a, b candidate) int {
	nearest, newest := a.level.compare(b.level), b.Version.Compare(a.Version)
	if p == Newest {
		return cmp.Or(a.builtRank()-b.builtRank(), newest, nearest)
	}
	return cmp.Or(nearest, newest)
}
