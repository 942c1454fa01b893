package store

import (
	"context"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/lock"
)

// Lock waits until no other process or goroutine holds the store's lock of that name, and returns the function that
// releases it. During a long wait it calls waiting, unless that is nil, with the holder, and again whenever the holder
// changes. The errors are those of lock.Lock, or a *ReadOnlyError.
func (s *Store) Lock(ctx context.Context, name, reason string, waiting func(lock.Holder)) (unlock func() error, err error) {
	if err := checkName("lock", name); err != nil {
		return nil, err
	}
	return s.lock(ctx, name, lock.Options{Reason: reason, Waiting: waiting})
}

func (s *Store) lock(ctx context.Context, name string, opts lock.Options) (unlock func() error, err error) {
	if err := os.MkdirAll(s.locksDir(), 0o777); err != nil {
		return nil, s.writing("creating the directory of locks", err)
	}
	unlock, err = lock.Lock(ctx, filepath.Join(s.locksDir(), name+".lock"), opts)
	if err != nil {
		return nil, s.writing("locking the store", err)
	}
	return unlock, nil
}

// exclusive calls do while no other process or goroutine is in exclusive, so that checking a directory and replacing it
// is one step. The caller's lock on an object excludes only callers that take that lock too. exclusive does not call do
// once ctx has ended.
func (s *Store) exclusive(ctx context.Context, reason string, do func() error) error {
	// Lock does not accept a name that starts with a dot, so that this name cannot be a caller's.
	unlock, err := s.lock(ctx, ".publish", lock.Options{Reason: reason})
	if err != nil {
		return err
	}
	defer unlock()
	if ctx.Err() != nil { // checked again, because do cannot be undone
		return context.Cause(ctx)
	}
	if err := do(); err != nil {
		return err
	}
	return unlock()
}
