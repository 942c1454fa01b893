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

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
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
	Target   string       `toml:"target"`
	Host     Host         `toml:"host"`
	CC       Compiler     `toml:"cc"`
	Kernel   string       `toml:"kernel"`
	Source   string       `toml:"read-from"`
	Request  trust.Digest `toml:"request"`
	Warnings []string     `toml:"warnings,omitempty"`
	Picks    []lockedPick `toml:"pick"`
}

type lockedPick struct {
	Component Component `toml:"component"`
	Version   string    `toml:"version"`
	Label     string    `toml:"label"`
	Supplier  string    `toml:"supplier"`
	Suite     string    `toml:"suite"`
	Stale     bool      `toml:"stale,omitempty"`
	Triple    string    `toml:"triple,omitempty"`
	LLVM      string    `toml:"llvm,omitempty"`
	Libclang  string    `toml:"libclang,omitempty"`
	Object    string    `toml:"object"`
	Reasons   []string  `toml:"reasons"`
	Recipe    Recipe    `toml:"recipe"`
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
			if id := ObjectID(p).String(); id != locked.Picks[i].Object {
				return Lock{}, &LockError{path, fmt.Sprintf("%s for %s: the recipe gives object %s, and the lock says %s: it was edited", p.Offer.Component, locked.Target, id, locked.Picks[i].Object)}
			}
		}
	}
	return lock, nil
}

// Find gives the set for a target, host and compiler; Either takes clang's before gcc's.
func (l Lock) Find(target string, host Host, cc Compiler) (Set, bool) {
	for _, locked := range l.Sets {
		if locked.Target == target && locked.Host == host && (cc == Either || cc == locked.CC) {
			set, err := locked.set()
			return set, err == nil
		}
	}
	return Set{}, false
}

// Put adds a set, or replaces the one for the same target, host and compiler, and leaves the others as they are.
func (l *Lock) Put(s Set) {
	locked := lockedSet{
		Target: s.Target, Host: s.Host, CC: s.CC, Kernel: s.Kernel.String(), Source: s.Source, Request: s.Key, Warnings: s.Warnings,
	}
	for _, p := range s.Picks {
		o := p.Offer
		lp := lockedPick{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Suite: o.Suite,
			Stale: o.Stale, Triple: o.Triple, LLVM: o.LLVM.String(), Libclang: o.Libclang.String(),
			Object: ObjectID(p).String(), Recipe: p.Recipe,
		}
		for _, r := range p.Reasons {
			lp.Reasons = append(lp.Reasons, r.String())
		}
		locked.Picks = append(locked.Picks, lp)
	}
	same := func(o lockedSet) bool { return o.Target == s.Target && o.Host == s.Host && o.CC == s.CC }
	l.Schema = LockSchema
	l.Sets = append(slices.DeleteFunc(l.Sets, same), locked)
	slices.SortFunc(l.Sets, func(a, b lockedSet) int {
		return cmp.Or(cmp.Compare(a.Target, b.Target), cmp.Compare(a.Host.String(), b.Host.String()), cmp.Compare(a.CC, b.CC))
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

// Write replaces the file by one rename, so that a reader sees the old lock or the new one.
func (l Lock) Write(path string) error {
	data, err := l.Encode()
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing lock: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(data)
	err = errors.Join(err, temp.Chmod(0o644), temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing lock %s: %w", path, err)
	}
	return nil
}

// set turns what a lock says back into a Set that Install takes.
func (ls lockedSet) set() (Set, error) {
	release, err := version.Parse(ls.Kernel)
	if err != nil {
		return Set{}, fmt.Errorf("set for %s: kernel: %w", ls.Target, err)
	}
	s := Set{Kernel: release, Source: ls.Source, Target: ls.Target, Host: ls.Host, CC: ls.CC, Key: ls.Request, Warnings: ls.Warnings}
	for _, lp := range ls.Picks {
		if lp.Component != Patchelf && !slices.Contains(Selectable, lp.Component) {
			return Set{}, fmt.Errorf("component %q for %s: expected one of %s", lp.Component, ls.Target, joinComponents(append(slices.Clone(Selectable), Patchelf)))
		}
		o := Offer{
			Component: lp.Component, Label: lp.Label, Supplier: lp.Supplier, Suite: lp.Suite,
			Host: ls.Host, Triple: lp.Triple, Stale: lp.Stale,
		}
		for _, field := range []struct {
			to   *version.Version
			text string
		}{{&o.Version, lp.Version}, {&o.LLVM, lp.LLVM}, {&o.Libclang, lp.Libclang}} {
			if err := field.to.UnmarshalText([]byte(field.text)); err != nil {
				return Set{}, fmt.Errorf("%s for %s: %w", lp.Component, ls.Target, err)
			}
		}
		if o.Version.IsZero() || len(lp.Recipe.Artifacts) == 0 {
			return Set{}, fmt.Errorf("%s for %s: a version and at least one artifact are wanted", lp.Component, ls.Target)
		}
		for _, a := range lp.Recipe.Artifacts {
			if a.Digest.IsZero() || a.Size <= 0 || a.Path == "" || !filepath.IsLocal(a.Path) {
				return Set{}, fmt.Errorf("%s for %s: artifact %q needs a relative path, a size and a SHA-256", lp.Component, ls.Target, a.Path)
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

// LoadLock is ReadLock, with an empty lock for a file that is not there.
func LoadLock(path string) (Lock, error) {
	lock, err := ReadLock(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Lock{Schema: LockSchema}, nil
	}
	return lock, err
}

// MatchesRequest refuses a locked set that was made for other demands than the kernel now has: installing it would be
// silent about a kernel that moved on.
func MatchesRequest(path string, set Set, req Request) error {
	for _, p := range set.Picks {
		for _, d := range demandsOn(req, p.Offer.Component) {
			if d.where != "" && !d.holds(p.Offer) {
				return &LockError{path, fmt.Sprintf("%s %s is locked, but %s (%s)", p.Offer.Component, p.Offer.Version, d.text, d.where)}
			}
		}
	}
	return nil
}
