package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/lock"
)

// usedEvery is how old the time of the last use of a set may be, so that a build rarely writes it.
const usedEvery = time.Hour

// usedFile returns the file whose time of modification is the time of the last use of a set, and whose lock running
// builds share.
func usedFile(home, id string) string { return filepath.Join(home, "used", id) }

// Use records that a set is used now, and holds it for the rest of this process and of the programs that it starts:
// Unused and RemoveSet leave the set alone until they have all ended. The error matches fs.ErrNotExist if the set was
// removed meanwhile. A store that this user cannot write is used without a record, and is only held if it has the file
// for it.
func (s *Store) Use(ctx context.Context, id string) error {
	dir, ok := s.Set(id)
	if !ok {
		return fs.ErrNotExist
	}
	name := usedFile(filepath.Dir(filepath.Dir(dir)), id)
	opts := lock.Options{Inherit: true, Existing: filepath.Dir(filepath.Dir(dir)) != s.home}
	if !opts.Existing {
		_ = os.MkdirAll(filepath.Dir(name), 0o777) // the next call reports a home that cannot be written
	}
	_, err := lock.Shared(ctx, name, opts)
	unsupported := new(lock.UnsupportedError)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission), errors.Is(err, unix.EROFS), errors.As(err, &unsupported):
	case err != nil:
		return err
	case !opts.Existing:
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > usedEvery {
			touch(name)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, EnvironmentName)); err != nil {
		return fs.ErrNotExist
	}
	return nil
}

// touch sets the time of modification to now, which any user who may write the file may do. A failure only makes the
// set look unused.
func touch(name string) { _ = unix.Utimes(name, nil) }

// Used returns when a set in the home was last used, else when it was installed.
func (s *Store) Used(id string) time.Time {
	for _, name := range []string{usedFile(s.home, id), filepath.Join(s.SetDir(id), EnvironmentName)} {
		if info, err := os.Stat(name); err == nil {
			return info.ModTime()
		}
	}
	return time.Time{}
}

// Running reports whether a process is using a set in the home.
func (s *Store) Running(id string) (bool, error) {
	unlock, held, err := s.holdSet(id, false)
	if err != nil || !held {
		return err == nil, err
	}
	return false, unlock()
}

// holdSet excludes every use of a set. held is false if a process is using it.
func (s *Store) holdSet(id string, remove bool) (unlock func() error, held bool, err error) {
	unlock, held, err = lock.Try(usedFile(s.home, id), lock.Options{Anonymous: true, Existing: true, Remove: remove})
	if errors.Is(err, fs.ErrNotExist) {
		return func() error { return nil }, true, nil // never used
	}
	return unlock, held, err
}

// keepName is the lock that installations share, and that a process has to itself while it removes what they may be
// about to use. Lock does not accept it.
const keepName = ".keep.lock"

// Reserve keeps everything in the home from being removed until release is called. It creates the home if create is
// set; a home that does not exist or cannot be written is not kept, because nothing is removed from it either.
func (s *Store) Reserve(ctx context.Context, create bool, waiting func(lock.Holder)) (release func() error, err error) {
	none := func() error { return nil }
	if create {
		if err := os.MkdirAll(s.locksDir(), 0o777); err != nil {
			return nil, s.writing("creating the directory of locks", err)
		}
	}
	release, err = lock.Shared(ctx, filepath.Join(s.locksDir(), keepName), lock.Options{Waiting: waiting})
	if errors.Is(err, fs.ErrNotExist) || !create && (errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.EROFS)) {
		return none, nil
	}
	if err != nil {
		return nil, s.writing("locking the store", err)
	}
	return release, nil
}

// Collect waits until no process has reserved the store, and keeps others from that until release is called.
func (s *Store) Collect(ctx context.Context, reason string, waiting func(lock.Holder)) (release func() error, err error) {
	return s.lock(ctx, ".keep", lock.Options{Reason: reason, Waiting: waiting})
}
