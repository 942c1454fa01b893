package store

import (
	"context"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/lock"
)

// Holder is who holds a lock.
type Holder = lock.Holder

// Lock waits until no other process, and nobody else in this one, holds the store's lock of that name, and returns the
// function that ends it. While it waits it calls waiting with the holder, once and again whenever that changes; nil is
// allowed. The end of ctx ends the wait.
func (s *Store) Lock(ctx context.Context, name, reason string, waiting func(Holder)) (unlock func() error, err error) {
	if err := checkName("lock", name); err != nil {
		return nil, err
	}
	return s.lock(ctx, name, lock.Options{Reason: reason, Waiting: waiting})
}

func (s *Store) lock(ctx context.Context, name string, opts lock.Options) (unlock func() error, err error) {
	if err := os.MkdirAll(s.locksDir(), 0o777); err != nil {
		return nil, s.writing("making the directory of locks", err)
	}
	unlock, err = lock.Lock(ctx, filepath.Join(s.locksDir(), name+".lock"), opts)
	if err != nil {
		return nil, s.writing("locking the store", err)
	}
	return unlock, nil
}

// exclusive keeps all processes out of the moments in which a directory is looked at and then replaced. The caller's
// lock on the object does the same for those that remember to take it. It does nothing once ctx has ended.
func (s *Store) exclusive(ctx context.Context, reason string, do func() error) error {
	// The dot keeps it apart from the names that Lock accepts.
	unlock, err := s.lock(ctx, ".publish", lock.Options{Reason: reason})
	if err != nil {
		return err
	}
	defer unlock()
	if ctx.Err() != nil { // once more: from here on there is no way back
		return context.Cause(ctx)
	}
	if err := do(); err != nil {
		return err
	}
	return unlock()
}
