package lock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Shared waits until no process holds the lock of path exclusively, as Lock and Try do, and holds it together with any
// number of other Shared holders. A file that this user may only read is sufficient; with Options.Existing, a missing
// one is fs.ErrNotExist. Nothing is written to the file, so its time of modification is free for another purpose.
//
// With Options.Inherit, the lock passes to the programs that this process executes or starts, and ends with the last of
// them: the function that is returned then only ends this process's own part.
func Shared(ctx context.Context, path string, opts Options) (unlock func() error, err error) {
	waiting := waiter{path: path, opts: opts, began: time.Now()}
	for pause := shortPause; ; pause = min(2*pause, longPause) {
		if ctx.Err() != nil {
			return nil, &WaitError{File: path, Holder: waiting.last, Err: context.Cause(ctx)}
		}
		fd, held, err := tryShared(path, opts)
		if err != nil {
			return nil, err
		}
		if held {
			return sync.OnceValue(func() error {
				if !opts.Inherit { // a child that was just forked has the file open too, until it executes its program
					_ = unix.Flock(fd, unix.LOCK_UN)
				}
				return unix.Close(fd)
			}), nil
		}
		waiting.report()
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// tryShared opens and locks the file. It uses a plain descriptor: a value of os.File would be closed by the garbage
// collector, and with it the lock of a process that keeps no reference.
func tryShared(path string, opts Options) (fd int, held bool, err error) {
	flags := unix.O_RDWR | unix.O_CREAT
	if opts.Existing {
		flags = unix.O_RDWR
	}
	if !opts.Inherit {
		flags |= unix.O_CLOEXEC
	}
	fd, err = unix.Open(path, flags, 0o666) // the umask determines who can share it
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EROFS) || errors.Is(err, unix.EPERM) {
		fd, err = unix.Open(path, flags&^(unix.O_RDWR|unix.O_CREAT), 0)
	}
	if err != nil {
		return -1, false, &os.PathError{Op: "locking", Path: path, Err: err}
	}
	err = unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB)
	if err == nil {
		var locked, found unix.Stat_t
		// Whoever held it exclusively may have removed the file meanwhile.
		if unix.Fstat(fd, &locked) == nil && unix.Stat(path, &found) == nil && locked.Dev == found.Dev && locked.Ino == found.Ino {
			return fd, true, nil
		}
	}
	_ = unix.Close(fd)
	switch {
	case err == nil, errors.Is(err, unix.EINTR), errors.Is(err, unix.EWOULDBLOCK):
		return -1, false, nil
	case errors.Is(err, errors.ErrUnsupported), errors.Is(err, unix.ENOLCK):
		return -1, false, &UnsupportedError{File: path, Err: err}
	}
	return -1, false, fmt.Errorf("locking %s: %w", path, err)
}
