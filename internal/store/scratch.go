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

// scratch is a directory under tmp/ that belongs to this process while it holds the lock on a file in it. Once the lock
// is free, CleanStages of any process may remove the directory.
type scratch struct {
	dir    string
	unlock func() error
}

// scratchLock is the name of the lock file in a scratch directory.
const scratchLock = "lock"

const stagePrefix = "stage-"

func stagePattern() string { return fmt.Sprintf("%s%d-*", stagePrefix, os.Getpid()) }

func (s *Store) newScratch() (*scratch, error) {
	if err := os.MkdirAll(s.tmpDir(), 0o777); err != nil {
		return nil, s.writing("creating the directory of stages", err)
	}
	// A process that is cleaning can take the new directory, before it is locked, for one of a dead process. It then
	// removes the directory, and this process tries another one.
	for range 100 {
		dir, err := os.MkdirTemp(s.tmpDir(), stagePattern())
		if err != nil {
			return nil, s.writing("creating a stage", err)
		}
		unlock, held, err := lock.Try(filepath.Join(dir, scratchLock), lock.Options{Reason: "working in " + dir})
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, s.writing("creating a stage", err)
		}
		if held {
			return &scratch{dir: dir, unlock: unlock}, nil
		}
	}
	return nil, fmt.Errorf("creating a stage in %s: other processes keep removing it", s.tmpDir())
}

// Scratch creates an empty directory for work that does not become an object. remove deletes it. If the process dies
// before that, CleanStages of another process deletes it.
func (s *Store) Scratch() (dir string, remove func() error, err error) {
	sc, err := s.newScratch()
	if err != nil {
		return "", nil, err
	}
	dir = filepath.Join(sc.dir, "work")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", nil, errors.Join(s.writing("creating a temporary directory", err), sc.remove())
	}
	return dir, sc.remove, nil
}

// remove deletes the directory, its lock file last, so that CleanStages can finish the work of a process that is killed
// during it.
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
		if err := RemoveTree(filepath.Join(sc.dir, entry.Name())); err != nil {
			return fmt.Errorf("removing the stage %s: %w", sc.dir, err)
		}
	}
	if err := errors.Join(os.Remove(filepath.Join(sc.dir, scratchLock)), os.Remove(sc.dir)); err != nil {
		return fmt.Errorf("removing the stage %s: %w", sc.dir, err)
	}
	return nil
}

// RemoveTree is os.RemoveAll for trees with read-only directories, as earlier versions of krustup made them.
func RemoveTree(dir string) error {
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

// CleanStages removes the stages and scratch directories of dead processes. It does not touch those of a running
// process. It continues after an error and returns all errors, joined.
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
		// Its process died before it created the lock file or after it removed it, or is about to create it. The
		// directory is empty in each case; otherwise Remove fails and leaves it.
		_ = os.Remove(dir)
		return nil
	}
	if err != nil {
		return s.writing("cleaning stages", err)
	}
	if !held { // its process is running, or another process is cleaning it
		return nil
	}
	return (&scratch{dir: dir, unlock: unlock}).remove()
}

// moveAside renames a file or directory into a directory that is removed later. It is not an error if name is missing.
func moveAside(name, into string) error {
	info, err := os.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		// Moving a directory to another parent rewrites its "..", so it has to be writable.
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

// removeInPlace removes a directory that cannot be renamed because it is in the lower layer of an overlay, as in a
// container whose image contains the store (https://docs.kernel.org/filesystems/overlayfs.html#renaming-directories).
// It removes first the file by which the directory counts as installed, so that a process that dies halfway leaves
// nothing that looks complete.
func removeInPlace(dir string) error {
	for _, name := range []string{RecordName, EnvironmentName} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return RemoveTree(dir)
}
