package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/lock"
)

// scratch is a directory under tmp/ that belongs to this process while it holds the lock file in it, and to nobody
// once the lock is free: then CleanStages of any process may remove it.
type scratch struct {
	dir    string
	unlock func() error
}

// scratchLock is the name of the lock file in it.
const scratchLock = "lock"

const stagePrefix = "stage-"

func stagePattern() string { return fmt.Sprintf("%s%d-*", stagePrefix, os.Getpid()) }

func (s *Store) newScratch() (*scratch, error) {
	if err := os.MkdirAll(s.tmpDir(), 0o777); err != nil {
		return nil, s.writing("making the directory of stages", err)
	}
	// Another process may be cleaning, and between the lines below it takes the new directory for a dead one's. What
	// it got hold of is left to it.
	for range 100 {
		dir, err := os.MkdirTemp(s.tmpDir(), stagePattern())
		if err != nil {
			return nil, s.writing("making a stage", err)
		}
		unlock, held, err := lock.Try(filepath.Join(dir, scratchLock), lock.Options{Reason: "working in " + dir})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, s.writing("making a stage", err)
		}
		if held {
			return &scratch{dir: dir, unlock: unlock}, nil
		}
	}
	return nil, fmt.Errorf("making a stage in %s: other processes keep removing it", s.tmpDir())
}

// Scratch makes an empty directory for work that does not become an object. remove deletes it; when the process dies
// before, CleanStages of another does.
func (s *Store) Scratch() (dir string, remove func() error, err error) {
	sc, err := s.newScratch()
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(sc.dir, "work")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", nil, errors.Join(s.writing("making a temporary directory", err), sc.remove())
	}
	return dir, sc.remove, nil
}

// remove deletes everything, the lock last: a process that is killed in the middle leaves what can be cleaned again.
func (sc *scratch) remove() error {
	defer sc.unlock()
	entries, err := os.ReadDir(sc.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("removing the stage %s: %w", sc.dir, err)
	}
	for _, entry := range entries {
		if entry.Name() == scratchLock {
			continue
		}
		if err := removeTree(filepath.Join(sc.dir, entry.Name())); err != nil {
			return fmt.Errorf("removing the stage %s: %w", sc.dir, err)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(sc.dir, scratchLock)), os.Remove(sc.dir)); err != nil {
		return fmt.Errorf("removing the stage %s: %w", sc.dir, err)
	}
	return nil
}

// removeTree is os.RemoveAll for trees with read-only directories.
func removeTree(dir string) error {
	err := os.RemoveAll(dir)
	if !errors.Is(err, fs.ErrPermission) {
		return err
	}
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			return os.Chmod(name, 0o700)
		}
		return err
	})
	if err != nil {
		return err
	}
	return os.RemoveAll(dir)
}

// CleanStages removes what processes that died left in tmp/, and touches nothing of a living one. It gives all errors.
func (s *Store) CleanStages(ctx context.Context) error {
	var problems []error
	for _, parent := range []string{s.tmpDir(), s.objectsDir()} {
		entries, err := os.ReadDir(parent)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("cleaning stages: %w", err))
		}
		for _, entry := range entries {
			if ctx.Err() != nil {
				return errors.Join(append(problems, context.Cause(ctx))...)
			}
			if strings.HasPrefix(entry.Name(), stagePrefix) {
				problems = append(problems, s.clean(filepath.Join(parent, entry.Name())))
			}
		}
	}
	return errors.Join(problems...)
}

func (s *Store) clean(dir string) error {
	unlock, held, err := lock.Try(filepath.Join(dir, scratchLock), lock.Options{Reason: "cleaning " + dir, Existing: true})
	if errors.Is(err, fs.ErrNotExist) {
		// Its process died before the lock or after it, or is just making it: empty in each case, or not removed.
		_ = os.Remove(dir)
		return nil
	}
	if err != nil {
		return s.writing("cleaning stages", err)
	}
	if !held { // its process lives, or another one cleans it
		return nil
	}
	return (&scratch{dir: dir, unlock: unlock}).remove()
}

// moveAside takes what has a name out of the way, into a directory that is removed later.
func moveAside(name, into string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		// A directory that gets another parent has its ".." rewritten, for which it must be writable.
		if err := os.Chmod(name, 0o755); err != nil {
			return err
		}
	}
	aside, err := os.MkdirTemp(into, "old-*")
	if err != nil {
		return err
	}
	err = os.Rename(name, filepath.Join(aside, filepath.Base(name)))
	if errors.Is(err, unix.EXDEV) {
		return removeInPlace(name)
	}
	return err
}

// removeInPlace takes away a directory that cannot be renamed: one of a lower layer of an overlay, as in a container whose
// image has the store (https://docs.kernel.org/filesystems/overlayfs.html#renaming-directories). What makes it count as
// installed goes first, so that a process that dies in the middle leaves nothing that looks whole.
func removeInPlace(dir string) error {
	for _, name := range []string{RecordName, EnvironmentName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return removeTree(dir)
}
