package toolchain

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/manifests"
)

// LockSchema is the version of the lock's format that this program writes (docs/lock.md). It also reads the earlier
// ones.
const LockSchema = 2

// LockName is the lock's default file name.
const LockName = "krustup.lock"

// Lock is a list of sets as a file records it, so that another machine installs the same bytes. It is sorted and holds
// neither times nor names of machines, so that the same choices result in the same file. docs/lock.md specifies the
// format.
type Lock struct {
	Schema int         `toml:"schema"`
	Sets   []lockedSet `toml:"set"`
}

// LockError reports that a lock cannot be used: its format is unsupported, or it is damaged or edited.
type LockError struct {
	Path   string
	Reason string
}

func (e *LockError) Error() string { return e.Path + ": " + e.Reason }

// ReadLock reads a lock. The error matches fs.ErrNotExist if the file is missing. It is a *LockError, with line and
// column if known, if the format is newer, a key is unknown, or an object id does not match its recipe.
func ReadLock(path string) (Lock, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return Lock{}, fmt.Errorf("reading lock: %w", err)
	}
	return decodeLock(path, data)
}

func decodeLock(path string, data []byte) (Lock, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return Lock{}, &LockError{path, "the file is empty: remove it, or restore it"}
	}
	var head struct {
		Schema int `toml:"schema"`
	}
	if err := toml.Unmarshal(data, &head); err == nil && (head.Schema < 1 || head.Schema > LockSchema) {
		return Lock{}, &LockError{path, fmt.Sprintf("unsupported format %d: this krustup reads formats 1 to %d; the file was written by a newer krustup or is not a lock", head.Schema, LockSchema)}
	}
	var lock Lock
	if err := manifests.DecodeStrict(path, data, &lock); err != nil {
		return Lock{}, &LockError{path, "not a lock: " + err.Error()}
	}
	for at, locked := range lock.Sets {
		set, err := locked.set()
		if err != nil {
			return Lock{}, &LockError{path, err.Error()}
		}
		// A merge that keeps both sides leaves two.
		if slices.ContainsFunc(lock.Sets[:at], func(other lockedSet) bool { return other.key() == locked.key() }) {
			return Lock{}, &LockError{path, fmt.Sprintf("two sets for %s: keep the one that is meant", locked.key())}
		}
		for i, p := range set.Picks {
			id, err := objectID(p)
			if err != nil {
				return Lock{}, &LockError{path, err.Error()}
			}
			if id.String() != locked.Picks[i].Object {
				return Lock{}, &LockError{path, fmt.Sprintf("%s for %s: the recipe results in object %s, but the lock says %s: the lock was edited", p.Offer.Component, locked.Target, id, locked.Picks[i].Object)}
			}
		}
	}
	return lock, nil
}

// Keys returns the keys of all sets, sorted.
func (l Lock) Keys() []LockKey {
	var keys []LockKey
	for _, s := range l.Sets {
		keys = append(keys, s.key())
	}
	return keys
}

// Get returns the set with a key; ok is false if the lock has none.
func (l Lock) Get(key LockKey) (s Set, ok bool) {
	for _, locked := range l.Sets {
		if locked.key() != key {
			continue
		}
		set, err := locked.set()
		return set, err == nil // never an error: ReadLock and Put admit only valid sets
	}
	return Set{}, false
}

// Before returns the set for a request's target, host, compiler and backend, even if it does not satisfy the request.
func (l Lock) Before(req Request) (s Set, ok bool) {
	cc, err := req.Compiler()
	if err != nil {
		return Set{}, false
	}
	req.CC = cc
	return l.Get(req.lockKey())
}

// Put adds a set, or replaces the set with the same key. The other sets do not change.
func (l *Lock) Put(s Set) {
	locked := lockSet(s)
	l.Schema = LockSchema
	l.Sets = append(slices.DeleteFunc(l.Sets, func(o lockedSet) bool { return o.key() == locked.key() }), locked)
	slices.SortFunc(l.Sets, func(a, b lockedSet) int { return a.key().compare(b.key()) })
}

// Encode returns the lock as TOML. The same sets always result in the same bytes.
func (l Lock) Encode() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# Written by `krustup lock`; docs/lock.md says what it means. `krustup install --locked` installs it.\n")
	if err := toml.NewEncoder(&b).SetIndentTables(false).Encode(l); err != nil {
		return nil, fmt.Errorf("encoding lock: %w", err)
	}
	return b.Bytes(), nil
}

// UpdateLock reads a lock, or starts with an empty one, changes it, and writes it if it differs. Other processes are
// excluded meanwhile, so that two processes that each add a target do not lose one. waiting, unless nil, is called with
// the process that UpdateLock waits for. Nothing is written once ctx has ended. change is called twice if the lock
// differs.
//
// The file that is locked is a hidden file next to the lock, which is removed afterwards. A file in the store would
// keep the user's directory clean, but two users have two stores and would not exclude each other. The file next to the
// lock is the same for all users and for all paths that lead there, and whoever can replace the lock can create it. The
// directory itself cannot be locked on NFS.
func UpdateLock(ctx context.Context, path string, waiting func(lock.Holder), change func(*Lock)) (changed bool, err error) {
	// First without locking: if nothing changes, a read-only directory is sufficient.
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
	return true, disk.ReplaceFile(path, data)
}

// changedLock returns the content of the file after a change, nil when it is the same.
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

// ParseLock parses the bytes of a lock, with the errors of ReadLock. name stands for the file in messages.
func ParseLock(name string, data []byte) (Lock, error) { return decodeLock(name, data) }
