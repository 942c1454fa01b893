package toolchain

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// LockSchema is the version of the lock's format that this program writes (docs/lock.md).
const LockSchema = 1

// LockName is the lock's file name, beside the kernel's Makefile or wherever a project keeps it.
const LockName = "krustup.lock"

// Lock is a list of sets written down, so that another machine gets the same bytes. It holds no times and no names of
// machines, and is sorted, so that the same choices give the same file.
type Lock struct {
	Schema int         `toml:"schema"`
	Sets   []lockedSet `toml:"set"`
}

type lockedSet struct {
	Target   string          `toml:"target"`
	Host     Host            `toml:"host"`
	CC       Compiler        `toml:"cc"`
	Backend  targets.Backend `toml:"backend,omitempty"`
	Kernel   string          `toml:"kernel"`
	Source   string          `toml:"read-from"`
	Request  trust.Digest    `toml:"request"`
	Warnings []string        `toml:"warnings,omitempty"`
	Picks    []lockedPick    `toml:"pick"`
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
	Triple    string            `toml:"triple,omitempty"`
	LLVM      string            `toml:"llvm,omitempty"`
	Libclang  string            `toml:"libclang,omitempty"`
	Object    string            `toml:"object"`
	Reasons   []string          `toml:"reasons"`
	Recipe    Recipe            `toml:"recipe"`
}

// LockError says that a lock cannot be used as it is.
type LockError struct {
	Path   string
	Reason string
}

func (e *LockError) Error() string { return e.Path + ": " + e.Reason }

// ReadLock reads a lock. A missing file is an fs.ErrNotExist; a newer format, an unknown key or an object id that does
// not follow from what the lock names is a *LockError or an error with line and column.
func ReadLock(path string) (Lock, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Lock{}, fmt.Errorf("reading lock: %w", err)
	}
	return decodeLock(path, data)
}

func decodeLock(path string, data []byte) (Lock, error) {
	var head struct {
		Schema int `toml:"schema"`
	}
	if err := toml.Unmarshal(data, &head); err == nil && head.Schema != LockSchema {
		return Lock{}, &LockError{path, fmt.Sprintf("format %d, and this krustup reads format %d", head.Schema, LockSchema)}
	}
	var lock Lock
	if err := manifests.DecodeStrict(path, data, &lock); err != nil {
		return Lock{}, &LockError{path, "not a lock: " + err.Error()}
	}
	for _, locked := range lock.Sets {
		set, err := locked.set()
		if err != nil {
			return Lock{}, &LockError{path, err.Error()}
		}
		for i, p := range set.Picks {
			id, err := objectID(p)
			if err != nil {
				return Lock{}, &LockError{path, err.Error()}
			}
			if id.String() != locked.Picks[i].Object {
				return Lock{}, &LockError{path, fmt.Sprintf("%s for %s: the recipe gives object %s, and the lock says %s: it was edited", p.Offer.Component, locked.Target, id, locked.Picks[i].Object)}
			}
		}
	}
	return lock, nil
}

// Put adds a set, or replaces the one for the same target, host, compiler and backend, and leaves the others as they are.
func (l *Lock) Put(s Set) {
	locked := lockedSet{
		Target: s.Target, Host: s.Host, CC: s.CC, Backend: s.Backend, Kernel: s.Kernel.String(), Source: s.Source, Request: s.Key, Warnings: s.Warnings,
	}
	for _, p := range s.Picks {
		o := p.Offer
		lp := lockedPick{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Suite: o.Suite,
			Channel: o.Channel, Backends: o.Backends, Stale: o.Stale, Unsigned: o.Unsigned, Triple: o.Triple, LLVM: o.LLVM.String(), Libclang: o.Libclang.String(),
			Object: ObjectID(p).String(), Recipe: p.Recipe,
		}
		for _, r := range p.Reasons {
			lp.Reasons = append(lp.Reasons, r.String())
		}
		locked.Picks = append(locked.Picks, lp)
	}
	same := func(o lockedSet) bool {
		return o.Target == s.Target && o.Host == s.Host && o.CC == s.CC && o.Backend == s.Backend
	}
	l.Schema = LockSchema
	l.Sets = append(slices.DeleteFunc(l.Sets, same), locked)
	slices.SortFunc(l.Sets, func(a, b lockedSet) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Host.String(), b.Host.String()), cmp.Compare(a.CC, b.CC), cmp.Compare(a.Backend, b.Backend))
	})
}

// Encode gives the lock's bytes: the same sets always give the same.
func (l Lock) Encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Written by `krustup lock`; docs/lock.md says what it means. `krustup install --locked` installs it.\n")
	if err := toml.NewEncoder(&b).SetIndentTables(false).Encode(l); err != nil {
		return nil, fmt.Errorf("encoding lock: %w", err)
	}
	return b.Bytes(), nil
}

// set turns what a lock says back into a Set that Install takes.
func (ls lockedSet) set() (Set, error) {
	release, err := version.Parse(ls.Kernel)
	if err != nil {
		return Set{}, fmt.Errorf("set for %s: kernel: %w", ls.Target, err)
	}
	if len(ls.Picks) == 0 || ls.Request.IsZero() {
		return Set{}, fmt.Errorf("set for %s: at least one pick and the digest of its request are wanted: the lock was cut", ls.Target)
	}
	s := Set{Kernel: release, Source: ls.Source, Target: ls.Target, Host: ls.Host, CC: ls.CC, Backend: ls.Backend, Key: ls.Request, Warnings: ls.Warnings}
	for _, lp := range ls.Picks {
		if lp.Component != Patchelf && !slices.Contains(Selectable, lp.Component) {
			return Set{}, fmt.Errorf("component %q for %s: expected one of %s", lp.Component, ls.Target, joinComponents(append(slices.Clone(Selectable), Patchelf)))
		}
		o := Offer{
			Component: lp.Component, Label: lp.Label, Supplier: lp.Supplier, Suite: lp.Suite,
			Host: ls.Host, Triple: lp.Triple, Channel: lp.Channel, Backends: lp.Backends, Stale: lp.Stale, Unsigned: lp.Unsigned,
		}
		for _, field := range []struct {
			to   *version.Version
			text string
		}{{&o.Version, lp.Version}, {&o.LLVM, lp.LLVM}, {&o.Libclang, lp.Libclang}} {
			if err := field.to.UnmarshalText([]byte(field.text)); err != nil {
				return Set{}, fmt.Errorf("%s for %s: %w", lp.Component, ls.Target, err)
			}
		}
		if _, twice := s.Pick(lp.Component); twice {
			return Set{}, fmt.Errorf("%s for %s: it is there twice", lp.Component, ls.Target)
		}
		if !slices.Contains(lockable, lp.Recipe.Layout) {
			return Set{}, fmt.Errorf("%s for %s: layout %q, expected one of %q", lp.Component, ls.Target, lp.Recipe.Layout, lockable)
		}
		if o.Version.IsZero() || len(lp.Recipe.Artifacts) == 0 {
			return Set{}, fmt.Errorf("%s for %s: a version and at least one artifact are wanted", lp.Component, ls.Target)
		}
		for _, a := range lp.Recipe.Artifacts {
			if err := a.check(); err != nil {
				return Set{}, fmt.Errorf("%s for %s: %w", lp.Component, ls.Target, err)
			}
		}
		p := Pick{Offer: o, Recipe: lp.Recipe}
		for _, text := range lp.Reasons {
			p.Reasons = append(p.Reasons, Reason{Text: text})
		}
		s.Picks = append(s.Picks, p)
	}
	return s, nil
}

// lockable are the layouts whose artifacts another machine can fetch.
var lockable = []Layout{LayoutDebian, LayoutRust, LayoutTar, LayoutCargo}

// check refuses an artifact that could not be fetched and verified, or that names a file outside its archive.
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

// NotLockedError says that a lock has no set for what is asked, or one that no longer serves it.
type NotLockedError struct {
	Path, Target string
	Host         Host
	Reason       string // "" when there is no set for target and host
}

func (e *NotLockedError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("%s has no set for target %s on host %s", e.Path, e.Target, e.Host)
	}
	return fmt.Sprintf("%s: the set for target %s on host %s does not serve this kernel: %s", e.Path, e.Target, e.Host, e.Reason)
}

// SetFor gives the set that a lock has for a request. It makes no choice: a set that does not meet all that the kernel,
// the rules and the user ask is a *NotLockedError, and a kernel without Rust for the target a *NoRustError. The set is
// filed under the request, so that Activate finds it.
func (l Lock) SetFor(path string, req Request, rules manifests.Rules) (Set, error) {
	cc, err := req.compiler()
	if err != nil {
		return Set{}, err
	}
	req.CC = cc
	if err := req.unused(); err != nil {
		return Set{}, err
	}
	refused := &NotLockedError{Path: path, Target: req.Target.Name, Host: req.Host}
	for _, locked := range l.Sets {
		if locked.Target != req.Target.Name || locked.Host != req.Host || locked.CC != cc || locked.Backend != req.Backend {
			continue
		}
		set, err := locked.set()
		if err != nil {
			return Set{}, &LockError{path, err.Error()}
		}
		if refused.Reason = set.fails(req, rules); refused.Reason != "" {
			return Set{}, refused
		}
		set.Key = requestKey(req)
		return set, nil
	}
	return Set{}, refused
}

// fails says which demand a set does not meet, "" when it meets them all.
func (s Set) fails(req Request, rules manifests.Rules) string {
	check := &search{req: req, rules: rules}
	chosen := map[Component]candidate{}
	for _, c := range req.wanted() {
		p, ok := s.Pick(c)
		if _, named := req.With[c]; !ok && (c != Pahole || named) {
			return fmt.Sprintf("it has no %s", c)
		}
		if !ok {
			continue
		}
		o := candidate{Offer: p.Offer}
		if r := cmp.Or(check.refuse(o), check.clash(o, chosen)); r != nil {
			return fmt.Sprintf("%s %s is locked, but %s", c, o.Version, r)
		}
		chosen[c] = o
	}
	return ""
}

// UpdateLock reads a lock, or begins one, changes it and writes it where that made a difference, with other krustups
// kept out meanwhile: two that add a target each both find theirs in it.
func UpdateLock(path string, change func(*Lock)) (changed bool, err error) {
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return false, fmt.Errorf("opening the lock's directory: %w", err)
	}
	defer dir.Close() // which unlocks it: a file of its own beside the lock would be one more to keep out of git
	if err := unix.Flock(int(dir.Fd()), unix.LOCK_EX); err != nil {
		return false, fmt.Errorf("locking %s: %w", dir.Name(), err)
	}
	lock, err := ReadLock(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	change(&lock)
	data, err := lock.Encode()
	if err != nil {
		return false, err
	}
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) {
		return false, nil
	}
	return true, store.ReplaceFile(path, data)
}
