package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Holder is who has a lock, as written into its file. It is for people: that the lock is held, flock(2) alone says.
type Holder struct {
	PID    int       `json:"pid"`
	Host   string    `json:"host"`
	Reason string    `json:"reason"`
	Since  time.Time `json:"since"`
}

func (h Holder) String() string {
	if h.PID == 0 {
		return "another process"
	}
	return fmt.Sprintf("process %d on %s (%s)", h.PID, h.Host, h.Reason)
}

// LockUnsupportedError says that the store's file system has no locks (some network file systems), so that two
// processes could not be kept apart there.
type LockUnsupportedError struct {
	File string
	Err  error
}

func (e *LockUnsupportedError) Error() string {
	return fmt.Sprintf("%s cannot be locked, its file system has no flock: %v", e.File, e.Err)
}

func (e *LockUnsupportedError) Unwrap() error { return e.Err }

// The pause between two tries grows from the first to the second: a hand-over is quick and a long wait costs nothing.
const (
	shortPause = 2 * time.Millisecond
	longPause  = 100 * time.Millisecond
)

// Lock waits until no other process, and nobody else in this one, holds the lock of that name, and gives the function
// that ends it. While it waits it calls waiting with the holder, once and again whenever that changes; nil is allowed.
// It ends with ctx. A lock ends with its process. The file stays: were it removed, one process could lock the removed
// file and another a new one of the same name.
func (s *Store) Lock(ctx context.Context, name, reason string, waiting func(Holder)) (unlock func() error, err error) {
	if err := checkName("lock", name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.locksDir(), 0o777); err != nil {
		return nil, s.writing("making the directory of locks", err)
	}
	file, err := os.OpenFile(filepath.Join(s.locksDir(), name+".lock"), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, s.writing("opening a lock", err)
	}
	if err := acquire(ctx, file, waiting); err != nil {
		file.Close()
		return nil, err
	}
	if err := writeHolder(file, reason); err != nil {
		file.Close()
		return nil, s.writing("writing who holds the lock", err)
	}
	return sync.OnceValue(func() error { return release(file) }), nil
}

func acquire(ctx context.Context, file *os.File, waiting func(Holder)) error {
	var told *Holder
	for tries, pause := 0, shortPause; ; tries++ {
		held, err := tryLock(file)
		if err != nil || held {
			return err
		}
		// The holder writes itself down just after it got the lock: unless it is quick, leave it a few tries.
		if h, ok := readHolder(file); (ok || tries == 5) && waiting != nil && (told == nil || *told != h) {
			told = &h
			waiting(h)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", file.Name(), context.Cause(ctx))
		case <-time.After(pause):
			pause = min(2*pause, longPause)
		}
	}
}

// tryLock reports whether the file could be locked now.
func tryLock(file *os.File) (bool, error) {
	for {
		err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, unix.EWOULDBLOCK):
			return false, nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.ENOLCK):
			return false, &LockUnsupportedError{File: file.Name(), Err: err}
		}
		return false, fmt.Errorf("locking %s: %w", file.Name(), err)
	}
}

// release unlocks before it closes: a child that was just forked has the file open too, until it starts its program.
func release(file *os.File) error {
	err := file.Truncate(0)
	if unlocked := unix.Flock(int(file.Fd()), unix.LOCK_UN); err == nil {
		err = unlocked
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("ending the lock %s: %w", file.Name(), err)
	}
	return nil
}

func writeHolder(file *os.File, reason string) error {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown host"
	}
	text, err := json.Marshal(Holder{PID: os.Getpid(), Host: host, Reason: reason, Since: time.Now().UTC().Truncate(time.Second)})
	if err != nil {
		return err
	}
	// First empty: a reader sees nothing, or one whole holder, never parts of two.
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err = file.WriteAt(append(text, '\n'), 0)
	return err
}

func readHolder(file *os.File) (h Holder, ok bool) {
	data, err := io.ReadAll(io.NewSectionReader(file, 0, 1<<16))
	if err != nil || json.Unmarshal(data, &h) != nil || h.PID == 0 {
		return Holder{}, false
	}
	return h, true
}
