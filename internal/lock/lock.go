// Package lock excludes concurrent processes with lock files. A lock is a flock(2) on a file: an exclusive one (Lock,
// Try), or one that is shared with others (Shared). The Holder in that file informs people which process has an
// exclusive lock and why; no decision depends on it.
//
// Invariant: while a process, and a goroutine in it, holds the lock of a path exclusively, no other process or
// goroutine holds it at all. A lock ends with its process, so a killed process leaves at most an unlocked file behind.
//
// Only regular files are locked, for an exclusive lock opened for writing: NFS emulates flock with fcntl, which cannot
// lock a read-only descriptor exclusively, and therefore no directory.
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

// Options are the options of Lock and Try. The zero value is valid.
type Options struct {
	Reason  string       // what the lock is for, shown to others: "installing rust-1.85.1-0123456789ab"
	Waiting func(Holder) // called with the holder when Lock waits for long, and whenever the holder changes; may be nil
	// Existing makes a missing file an fs.ErrNotExist, instead of creating it.
	Existing bool
	// Remove deletes the file when the lock is released. It is for files that nothing else would ever delete: those of
	// downloads, and those in a user's own directory.
	Remove bool
	// Anonymous does not write the holder, so that the file's time of modification stays.
	Anonymous bool
	// Inherit passes a shared lock to the programs that this process executes or starts.
	Inherit bool
}

// UnsupportedError reports that a file system does not support locks, as some network file systems do not. Two
// processes could not exclude each other there.
type UnsupportedError struct {
	File string
	Err  error
}

// Error names the file, whose file system is what has to change.
func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s cannot be locked: its file system does not support flock: %v", e.File, e.Err)
}

// Unwrap returns the error of flock.
func (e *UnsupportedError) Unwrap() error { return e.Err }

// WaitError reports that ctx ended before Lock got the lock.
type WaitError struct {
	File   string
	Holder Holder // the zero value if unknown
	Err    error  // the cause of the end of ctx
}

// Error names the holder, so that a user who interrupts a long wait knows its reason.
func (e *WaitError) Error() string {
	return fmt.Sprintf("waiting for %s, held by %s: %v", e.File, e.Holder, e.Err)
}

// Unwrap returns the cause of the end of ctx, as context.Cause does.
func (e *WaitError) Unwrap() error { return e.Err }

// The pause between two tries grows from shortPause to longPause, so that a hand-over is quick and a long wait costs
// little. A blocking flock would need no pause, but a context could not end it.
const (
	shortPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
)

// reportAfter is how long Lock waits before it calls Options.Waiting: most waits end sooner and need no report. By then
// the holder is known, because it writes its name right after it got the lock.
const reportAfter = 200 * time.Millisecond

// waiter reports whom a call waits for.
type waiter struct {
	path     string
	opts     Options
	began    time.Time
	reported bool
	last     Holder
}

// report calls Options.Waiting once for each holder, after a while. A holder empties the file before it releases the
// lock, so an empty file is not another one.
func (w *waiter) report() {
	if time.Since(w.began) < reportAfter {
		return
	}
	h := readHolder(w.path)
	if w.reported && (h == w.last || h == Holder{}) {
		return
	}
	w.reported, w.last = true, h
	if w.opts.Waiting != nil {
		w.opts.Waiting(h)
	}
}

// Lock waits until no other process or goroutine holds the lock of path, and returns the function that releases it. The
// directory of path must exist; the file is created. Lock returns a *WaitError when ctx ends, or has ended already, and
// an *UnsupportedError where the file system has no locks.
func Lock(ctx context.Context, path string, opts Options) (unlock func() error, err error) {
	waiting := waiter{path: path, opts: opts, began: time.Now()}
	for pause := shortPause; ; pause = min(2*pause, longPause) {
		if ctx.Err() != nil {
			return nil, &WaitError{File: path, Holder: waiting.last, Err: context.Cause(ctx)}
		}
		unlock, held, err := Try(path, opts)
		if err != nil || held {
			return unlock, err
		}
		waiting.report()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// Try is Lock without waiting: held is false when another process or goroutine holds the lock.
func Try(path string, opts Options) (unlock func() error, held bool, err error) {
	f, held, err := try(path, opts)
	if err != nil || !held {
		return nil, false, err
	}
	// The previous holder may have removed the file after we opened it. The next process then creates a new file, and a
	// lock on the removed one would not exclude it.
	if !named(f) {
		_ = f.Close()
		return nil, false, nil
	}
	if !opts.Anonymous {
		writeHolder(path, opts.Reason)
	}
	return sync.OnceValue(func() error { return release(f, opts) }), true, nil
}

// try opens and locks the file. Each call opens the file, so that one that was removed meanwhile is created again.
func try(path string, opts Options) (f *flock.Flock, held bool, err error) {
	flags := os.O_RDWR | os.O_CREATE
	if opts.Existing {
		flags = os.O_RDWR
	}
	f = flock.New(path, flock.SetFlag(flags), flock.SetPermissions(0o666)) // the umask determines who can share it
	held, err = f.TryLock()
	if errors.Is(err, fs.ErrPermission) {
		// Another user created the file, and holds it or was killed. Local file systems lock a file that is open for
		// reading only.
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

// named reports whether the path of the locked file still leads to it.
func named(f *flock.Flock) bool {
	locked, err := f.Stat()
	if err != nil {
		return false
	}
	found, err := os.Stat(f.Path())
	return err == nil && os.SameFile(locked, found)
}

// release releases a lock. It removes or empties the file first, because another process may hold the lock afterwards.
func release(f *flock.Flock, opts Options) error {
	var err error
	if named(f) {
		switch {
		case opts.Remove:
			err = os.Remove(f.Path())
		case !opts.Anonymous:
			clearHolder(f.Path())
		}
	}
	// Closing the file is not enough, so Unlock unlocks it first: a child that was just forked has the file open too,
	// until it executes its program.
	if err = errors.Join(err, f.Unlock()); err != nil {
		return fmt.Errorf("releasing the lock %s: %w", f.Path(), err)
	}
	return nil
}
