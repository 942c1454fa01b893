// Package lock keeps processes apart by lock files. A lock is an exclusive flock(2) on a file; its Holder, written into
// that file, tells a person who has the lock and for what, and nothing is decided by it.
//
// Invariant: at most one process, and one goroutine in it, holds the lock of a path. A lock ends with its process, so a
// killed one never leaves a lock behind, at most an unlocked file.
//
// Only regular files are locked, opened for writing: NFS emulates flock by fcntl, which cannot lock a descriptor that
// is read-only, and so no directory.
package lock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"
)

// Options say how a lock is taken. The zero value is valid.
type Options struct {
	Reason  string       // what the lock is held for, as others read it: "installing rust-1.85.1-0123456789ab"
	Waiting func(Holder) // called when Lock waits for long, with the holder, and again when that changes; may be nil
	// Existing locks only a file that exists: one that is missing is an fs.ErrNotExist.
	Existing bool
	// Remove deletes the file when the lock ends, for files that nobody else would ever delete: of a download, or in a
	// user's own directory. All others stay.
	Remove bool
}

// UnsupportedError says that a file system has no locks (some network file systems), so that two processes could not be
// kept apart there.
type UnsupportedError struct {
	File string
	Err  error
}

// Error names the file, whose file system is what has to change.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s cannot be locked, its file system does not support flock: %v", e.File, e.Err)
}

// Unwrap returns the error of flock.
func (e *UnsupportedError) Unwrap() error { return e.Err }

// WaitError says that ctx ended while another held the lock.
type WaitError struct {
	File   string
	Holder Holder // the zero value when it is not known
	Err    error  // the cause of the end of ctx
}

// Error names the holder, so that a user who interrupts a long wait knows its reason.
func (e *WaitError) Error() string {
	return fmt.Sprintf("waiting for %s, held by %s: %v", e.File, e.Holder, e.Err)
}

// Unwrap returns the cause of the end of ctx, as context.Cause does.
func (e *WaitError) Unwrap() error { return e.Err }

// The pause between two tries grows from the first to the second: a hand-over is quick and a long wait costs little. A
// blocking flock would need no pause, and no context could end it.
const (
	shortPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
)

// tellAfter is how long a wait lasts before anybody is told: most are over sooner, and are not worth a line. By then
// the holder, who writes its name just after it got the lock, is known.
const tellAfter = 200 * time.Millisecond

// Lock waits until nobody else holds the lock of path, and returns the function that ends it. The directory of path
// must exist; the file is made. The end of ctx ends the wait with a *WaitError; a ctx that has ended gets no lock.
func Lock(ctx context.Context, path string, opts Options) (unlock func() error, err error) {
	var last Holder
	told := false
	began := time.Now()
	for pause := shortPause; ; pause = min(2*pause, longPause) {
		if ctx.Err() != nil {
			return nil, &WaitError{File: path, Holder: last, Err: context.Cause(ctx)}
		}
		unlock, held, err := Try(path, opts)
		if err != nil || held {
			return unlock, err
		}
		if time.Since(began) >= tellAfter {
			if h := readHolder(path); !told || h != last {
				told, last = true, h
				if opts.Waiting != nil {
					opts.Waiting(h)
				}
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Try is Lock without waiting: held is false when another holds the lock.
func Try(path string, opts Options) (unlock func() error, held bool, err error) {
	f, held, err := try(path, opts)
	if err != nil || !held {
		return nil, false, err
	}
	// The holder that was here before us may have removed the file after we opened it, and the next one makes a new
	// file: then we hold the lock of a file that has no name, which is nothing.
	if !named(f) {
		_ = f.Close()
		return nil, false, nil
	}
	writeHolder(path, opts.Reason)
	return sync.OnceValue(func() error { return release(f, opts.Remove) }), true, nil
}

// try opens and locks the file. gofrs/flock opens it anew at each try, so that a file that was removed meanwhile is
// made again.
func try(path string, opts Options) (f *flock.Flock, held bool, err error) {
	flags := os.O_RDWR | os.O_CREATE
	if opts.Existing {
		flags = os.O_RDWR
	}
	f = flock.New(path, flock.SetFlag(flags), flock.SetPermissions(0o666)) // the umask says who shares it
	held, err = f.TryLock()
	if errors.Is(err, fs.ErrPermission) {
		// Another user made it, and holds it or was killed. Local file systems lock a file for whoever may read it.
		readable := flock.New(path, flock.SetFlag(os.O_RDONLY))
		if held, readErr := readable.TryLock(); readErr == nil {
			return readable, held, nil
		}
	}
	switch {
	case err == nil:
		return f, held, nil
	case errors.Is(err, unix.EINTR):
		return f, false, nil
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, unix.ENOLCK):
		return f, false, &UnsupportedError{File: path, Err: err}
	}
	return f, false, fmt.Errorf("locking %s: %w", path, err)
}

// named reports whether the locked file is the one that its path leads to.
func named(f *flock.Flock) bool {
	locked, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(f.Path())
	return err == nil && os.SameFile(locked, found)
}

// release ends a lock. The file is removed, or emptied, while the lock is still held: afterwards it may be another's.
func release(f *flock.Flock, remove bool) error {
	var err error
	if named(f) {
		if remove {
			err = os.Remove(f.Path())
		} else {
			clearHolder(f.Path())
		}
	}
	// Unlock does not only close: a child that was just forked has the file open too, until it starts its program.
	if err = errors.Join(err, f.Unlock()); err != nil {
		return fmt.Errorf("ending the lock %s: %w", f.Path(), err)
	}
	return nil
}
