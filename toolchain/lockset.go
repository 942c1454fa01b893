package toolchain

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// lockedSet is a Set as a lock records it.
type lockedSet struct {
	Target    string               `toml:"target"`
	Host      Host                 `toml:"host"`
	CC        Compiler             `toml:"cc"`
	Backend   targets.Backend      `toml:"backend,omitempty"`
	Kernel    string               `toml:"kernel"`
	Source    string               `toml:"read-from"`
	Request   trust.Digest         `toml:"request"`
	MatchLLVM bool                 `toml:"match-llvm,omitempty"` // this and the keys down to hazard: since format 2
	Prefer    Preference           `toml:"prefer,omitempty"`
	Suppliers []string             `toml:"suppliers,omitempty"`
	With      map[Component]string `toml:"with,omitempty"`
	Demands   []lockedDemand       `toml:"demand,omitempty"`
	Hazards   []lockedHazard       `toml:"hazard,omitempty"`
	Warnings  []string             `toml:"warnings,omitempty"`
	Picks     []lockedPick         `toml:"pick"`
}

type lockedDemand struct {
	Tool    kernel.Tool `toml:"tool"`
	Version string      `toml:"version"`
	Pinned  bool        `toml:"pinned,omitempty"`
	Where   string      `toml:"where"`
}

type lockedHazard struct {
	ID    string      `toml:"id"`
	Tool  kernel.Tool `toml:"tool"`
	Bad   string      `toml:"bad"`
	Sure  bool        `toml:"sure,omitempty"`
	Where string      `toml:"where"`
}

type lockedPick struct {
	Component Component         `toml:"component"`
	Version   string            `toml:"version"`
	Label     string            `toml:"label"`
	Supplier  string            `toml:"supplier"`
	Suite     string            `toml:"suite"`
	Channel   string            `toml:"channel,omitempty"`
	Backends  []targets.Backend `toml:"backends,omitempty"`
	Stale     bool              `toml:"stale,omitempty"`
	Unsigned  bool              `toml:"unsigned,omitempty"`
	Once      string            `toml:"once,omitempty"`
	Triple    string            `toml:"triple,omitempty"`
	LLVM      string            `toml:"llvm,omitempty"`
	Libclang  string            `toml:"libclang,omitempty"`
	Object    string            `toml:"object"`
	Reasons   []string          `toml:"reasons"`
	Recipe    Recipe            `toml:"recipe"`
}

func (ls lockedSet) key() LockKey { return LockKey{ls.Target, ls.Host, ls.CC, ls.Backend} }

// lockSet converts a set to the form of a lock.
func lockSet(s Set) lockedSet {
	locked := lockedSet{
		Target: s.Target, Host: s.Host, CC: s.CC, Backend: s.Backend, Kernel: s.Kernel.String(), Source: s.Source, Request: s.Key,
		MatchLLVM: s.Asked.MatchLLVM, Prefer: s.Asked.Prefer, Suppliers: s.Asked.Suppliers, Warnings: s.Warnings,
	}
	for c, wish := range s.Asked.With {
		if locked.With == nil {
			locked.With = map[Component]string{}
		}
		locked.With[c] = wish.String()
	}
	for _, d := range s.Asked.Demands {
		locked.Demands = append(locked.Demands, lockedDemand{d.Tool, d.Version.String(), d.Pinned, d.Where.String()})
	}
	for _, h := range s.Asked.Hazards {
		locked.Hazards = append(locked.Hazards, lockedHazard{h.ID, h.Tool, h.Bad.String(), h.Effect == manifests.Fails, h.Where.String()})
	}
	for _, p := range s.Picks {
		o := p.Offer
		lp := lockedPick{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Suite: o.Suite,
			Channel: o.Channel, Backends: o.Backends, Stale: o.Stale, Unsigned: o.Unsigned, Once: o.Once, Triple: o.Triple, LLVM: o.LLVM.String(),
			Libclang: o.Libclang.String(), Object: ObjectID(p).String(), Recipe: p.Recipe,
		}
		for _, r := range p.Reasons {
			lp.Reasons = append(lp.Reasons, r.String())
		}
		locked.Picks = append(locked.Picks, lp)
	}
	return locked
}

// set converts a locked set back into a Set, and validates it.
func (ls lockedSet) set() (Set, error) {
	release, err := version.Parse(ls.Kernel)
	if err != nil {
		return Set{}, fmt.Errorf("set for %s: kernel: %w", ls.Target, err)
	}
	if len(ls.Picks) == 0 || ls.Request.IsZero() {
		return Set{}, fmt.Errorf("set for %s: expected at least one pick and the digest of its request: the lock is truncated", ls.Target)
	}
	s := Set{Kernel: release, Source: ls.Source, Target: ls.Target, Host: ls.Host, CC: ls.CC, Backend: ls.Backend, Key: ls.Request, Warnings: ls.Warnings}
	if s.Asked, err = ls.asked(); err != nil {
		return Set{}, fmt.Errorf("set for %s: %w", ls.Target, err)
	}
	for _, lp := range ls.Picks {
		p, err := lp.pick(ls.Host)
		if err != nil {
			return Set{}, fmt.Errorf("%s for %s: %w", lp.Component, ls.Target, err)
		}
		if _, twice := s.Pick(lp.Component); twice {
			return Set{}, fmt.Errorf("%s for %s: found two picks, expected one", lp.Component, ls.Target)
		}
		s.Picks = append(s.Picks, p)
	}
	return s, nil
}

// asked returns what the set was chosen for. Format 1 records only a digest of it.
func (ls lockedSet) asked() (Asked, error) {
	prefer, err := ParsePreference(string(ls.Prefer))
	if err != nil {
		return Asked{}, err
	}
	a := Asked{MatchLLVM: ls.MatchLLVM, Prefer: prefer, Suppliers: ls.Suppliers}
	for c, text := range ls.With {
		if text != "" {
			text = "=" + text
		}
		component, wish, err := ParseWith(string(c) + text)
		if err != nil {
			return Asked{}, fmt.Errorf("with: %w", err)
		}
		if component != c {
			return Asked{}, fmt.Errorf("with: component %q: expected one of %s", c, joinComponents(Selectable))
		}
		if a.With == nil {
			a.With = map[Component]Wish{}
		}
		a.With[component] = wish
	}
	for _, d := range ls.Demands {
		v, err := version.Parse(d.Version)
		if err != nil {
			return Asked{}, fmt.Errorf("demand on %s: %w", d.Tool, err)
		}
		a.Demands = append(a.Demands, kernel.Demand{Tool: d.Tool, Version: v, Pinned: d.Pinned, Where: kernel.ParseWhere(d.Where)})
	}
	for _, h := range ls.Hazards {
		bad, err := version.ParseRange(h.Bad)
		if err != nil {
			return Asked{}, fmt.Errorf("hazard %s: %w", h.ID, err)
		}
		effect := manifests.MayFail
		if h.Sure {
			effect = manifests.Fails
		}
		a.Hazards = append(a.Hazards, kernel.Hazard{ID: h.ID, Tool: h.Tool, Bad: bad, Effect: effect, Where: kernel.ParseWhere(h.Where)})
	}
	return a, nil
}

// pick converts one locked pick back into a Pick, and validates it.
func (lp lockedPick) pick(host Host) (Pick, error) {
	if c, err := ParseComponent(string(lp.Component)); err != nil || c != lp.Component {
		return Pick{}, fmt.Errorf("component %q: expected one of %s", lp.Component, joinComponents(append(slices.Clone(Selectable), Patchelf)))
	}
	o := Offer{
		Component: lp.Component, Label: lp.Label, Supplier: lp.Supplier, Suite: lp.Suite,
		Host: host, Triple: lp.Triple, Channel: lp.Channel, Backends: lp.Backends, Stale: lp.Stale, Unsigned: lp.Unsigned, Once: lp.Once,
	}
	for _, field := range []struct {
		to   *version.Version
		text string
	}{{&o.Version, lp.Version}, {&o.LLVM, lp.LLVM}, {&o.Libclang, lp.Libclang}} {
		if err := field.to.UnmarshalText([]byte(field.text)); err != nil {
			return Pick{}, err
		}
	}
	if !slices.Contains(lockable, lp.Recipe.Layout) {
		return Pick{}, fmt.Errorf("layout %q, expected one of %q", lp.Recipe.Layout, lockable)
	}
	if o.Version.IsZero() || len(lp.Recipe.Artifacts) == 0 {
		return Pick{}, fmt.Errorf("expected a version and at least one artifact")
	}
	for _, a := range lp.Recipe.Artifacts {
		if err := a.check(); err != nil {
			return Pick{}, err
		}
	}
	p := Pick{Offer: o, Recipe: lp.Recipe}
	for _, text := range lp.Reasons {
		p.Reasons = append(p.Reasons, Reason{Text: text})
	}
	return p, nil
}

// lockable holds the layouts whose artifacts another machine can fetch.
var lockable = []Layout{LayoutDebian, LayoutRust, LayoutTar, LayoutCargo}

// check returns an error for an artifact that could not be fetched and verified, or with a path outside its archive.
func (a Artifact) check() error {
	paths := []string{a.Path}
	if a.Signature != "" {
		paths = append(paths, a.Signature)
	}
	if a.Instead != nil {
		paths = append(paths, a.Instead.Path)
	}
	for _, p := range paths {
		if p == "" || !filepath.IsLocal(p) {
			return fmt.Errorf("artifact %q: expected a path inside the supplier's archive", p)
		}
	}
	if a.Digest.IsZero() || a.Size < 0 || a.Instead != nil && a.Instead.Digest.IsZero() {
		return fmt.Errorf("artifact %q: expected a SHA-256, and a size that is not negative", a.Path)
	}
	return nil
}

// LockKey identifies a set in a lock.
type LockKey struct {
	Target  string
	Host    Host
	CC      Compiler
	Backend targets.Backend // "": LLVM
}

// String returns the key as messages print it: "arm64 on x86_64 with clang, backend gcc".
func (k LockKey) String() string {
	text := fmt.Sprintf("%s on %s with %s", k.Target, k.Host, k.CC)
	if k.Backend != "" {
		text += ", backend " + string(k.Backend)
	}
	return text
}

func (k LockKey) compare(o LockKey) int {
	return cmp.Or(cmp.Compare(k.Target, o.Target), cmp.Compare(k.Host.String(), o.Host.String()), cmp.Compare(k.CC, o.CC), cmp.Compare(k.Backend, o.Backend))
}

// LockKey returns the key of the set in a lock.
func (s Set) LockKey() LockKey { return LockKey{s.Target, s.Host, s.CC, s.Backend} }

// lockKey returns the key in a lock for the set of a request, whose CC must not be Either.
func (req Request) lockKey() LockKey {
	return LockKey{req.Target.Name, req.Host, req.CC, req.Backend}
}
