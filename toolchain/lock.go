package toolchain

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// LockSchema is the version of the lock's format that this program writes (docs/lock.md). It reads those before it too.
const LockSchema = 2

// LockName is the lock's file name, beside the kernel's Makefile or wherever a project keeps it.
const LockName = "krustup.lock"

// Lock is a list of sets written down, so that another machine gets the same bytes. It holds no times and no names of
// machines, and is sorted, so that the same choices give the same file.
type Lock struct {
	Schema int         `toml:"schema"`
	Sets   []lockedSet `toml:"set"`
}

// LockError says that a lock cannot be used as it is.
type LockError struct {
	Path   string
	Reason string
}

func (e *LockError) Error() string { return e.Path + ": " + e.Reason }

// ReadLock reads a lock. A missing file is an fs.ErrNotExist; a newer format, an unknown key or an object id that does
// not follow from what the lock names is a *LockError, with line and column where there is one.
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
	if err := toml.Unmarshal(data, &head); err == nil && (head.Schema < 1 || head.Schema > LockSchema) {
		return Lock{}, &LockError{path, fmt.Sprintf("format %d, and this krustup reads formats 1 to %d: a newer krustup wrote it, or it is no lock", head.Schema, LockSchema)}
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

// LockKey is what a lock has one set for.
type LockKey struct {
	Target  string
	Host    Host
	CC      Compiler
	Backend targets.Backend // "": LLVM
}

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

// LockKey is what a lock files the set under.
func (s Set) LockKey() LockKey { return LockKey{s.Target, s.Host, s.CC, s.Backend} }

// Keys lists what a lock has sets for, sorted.
func (l Lock) Keys() []LockKey {
	var keys []LockKey
	for _, s := range l.Sets {
		keys = append(keys, s.key())
	}
	return keys
}

// Get gives a set as it was locked; ok is false when there is none.
func (l Lock) Get(key LockKey) (s Set, ok bool) {
	for _, locked := range l.Sets {
		if locked.key() != key {
			continue
		}
		set, err := locked.set()
		return set, err == nil // ReadLock and Put let no other through
	}
	return Set{}, false
}

// Before gives the set that a lock has for a request's target, host, compiler and backend, whether it serves or not.
func (l Lock) Before(req Request) (s Set, ok bool) {
	cc, err := req.Compiler()
	if err != nil {
		return Set{}, false
	}
	req.CC = cc
	return l.Get(req.lockKey())
}

// Put adds a set, or replaces the one for the same target, host, compiler and backend, and leaves the others as they are.
func (l *Lock) Put(s Set) {
	locked := lockSet(s)
	l.Schema = LockSchema
	l.Sets = append(slices.DeleteFunc(l.Sets, func(o lockedSet) bool { return o.key() == locked.key() }), locked)
	slices.SortFunc(l.Sets, func(a, b lockedSet) int { return a.key().compare(b.key()) })
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

// UpdateLock reads a lock, or begins one, changes it and writes it where that made a difference, with other krustups
// kept out meanwhile: two that add a target each both find theirs in it. waiting, unless nil, is told who keeps it
// waiting. Nothing is written once ctx has ended. change is called twice where it makes a difference.
//
// What it locks is a hidden file beside the lock, which is removed afterwards. A file in the store would leave the
// user's directory alone, but two users have two stores, and would not keep each other out. Beside the lock there is
// one place for all, under whatever name they know the directory; whoever may replace the lock may make a file there.
// The directory itself cannot be locked on NFS.
func UpdateLock(ctx context.Context, path string, waiting func(lock.Holder), change func(*Lock)) (changed bool, err error) {
	// Without the locks first: where nothing changes, a directory that may only be read is good enough.
	if data, err := changedLock(path, change); err != nil || data == nil {
		return false, err
	}
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
	unlock, err := lock.Lock(ctx, beside, lock.Options{Reason: "writing " + path, Waiting: waiting, Remove: true})
	if err != nil {
		return false, err
	}
	defer unlock()
	data, err := changedLock(path, change)
	if err != nil || data == nil {
		return false, err
	}
	if ctx.Err() != nil {
		return false, fmt.Errorf("writing %s: %w", path, context.Cause(ctx))
	}
	return true, store.ReplaceFile(path, data)
}

// changedLock returns what the file should hold after a change, nil when it holds just that.
func changedLock(path string, change func(*Lock)) ([]byte, error) {
	l, err := ReadLock(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	change(&l)
	data, err := l.Encode()
	if err != nil {
		return nil, err
	}
	if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) {
		return nil, nil
	}
	return data, nil
}

// ParseLock reads a lock that is in memory, as ReadLock does. name is for messages.
func ParseLock(name string, data []byte) (Lock, error) { return decodeLock(name, data) }
