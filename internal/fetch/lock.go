package fetch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// lockPoll is how often a taken lock is tried again. flock cannot be waited for and be interrupted by a context.
const lockPoll = 50 * time.Millisecond

// lock keeps others, in this process and in others, from the same partial file: two writers of one would mix their
// bytes, and one could go on writing into a file that the other has already checked and renamed.
// The lock file goes away with the lock, so that an interruption leaves the partial file and nothing else.
func lock(ctx context.Context, path, why string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			return nil, fmt.Errorf("locking: %w", err)
		}
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		// The holder before us removes the file before it lets go. Who then gets the lock of the removed file holds
		// nothing, because the next one makes a new file: look whether ours is still the one that is there.
		if err == nil && isStill(file, path) {
			host, _ := os.Hostname()
			fmt.Fprintf(file, "pid %d on %s: %s\n", os.Getpid(), host, why)
			return func() {
				os.Remove(path)
				file.Close()
			}, nil
		}
		file.Close()
		if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("waiting for %s: %w", path, context.Cause(ctx))
		case <-time.After(lockPoll):
		}
	}
}

func isStill(file *os.File, path string) bool {
	ours, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(ours, there)
}
