package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// InUseError reports that a process is using a set.
type InUseError struct{ Set string }

func (e *InUseError) Error() string {
	return fmt.Sprintf("set %s is in use by a running build", e.Set)
}

// SetIDs returns the ids of the sets in the home and, with a true value, of those that only a base store has.
func (s *Store) SetIDs() (ids map[string]bool, err error) {
	ids = map[string]bool{}
	for i, home := range s.homes() {
		entries, err := os.ReadDir(filepath.Join(home, "sets"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("listing the sets of %s: %w", home, err)
		}
		for _, entry := range entries {
			if _, known := ids[entry.Name()]; known || checkName("set", entry.Name()) != nil {
				continue
			}
			if _, err := os.Lstat(filepath.Join(home, "sets", entry.Name(), EnvironmentName)); err == nil {
				ids[entry.Name()] = i > 0
			}
		}
	}
	return ids, nil
}

// RemoveSet removes a set from the home, without its objects. It returns an *InUseError if a process is using the set.
// The caller holds Collect. The set is gone at once; a process that dies after that leaves a directory that CleanStages
// removes.
func (s *Store) RemoveSet(ctx context.Context, id string) error {
	unlock, held, err := s.holdSet(id, true)
	if err != nil {
		return s.writing("removing set "+id, err)
	}
	if !held {
		return &InUseError{id}
	}
	return errors.Join(s.discard(ctx, s.SetDir(id)), unlock())
}

// RemoveObject removes an object from the home. The caller holds Collect and knows that no set has the object.
func (s *Store) RemoveObject(ctx context.Context, id ID) error {
	return s.discard(ctx, filepath.Join(s.objectsDir(), id.String()))
}

// discard moves a directory aside in one step and then removes it.
func (s *Store) discard(ctx context.Context, dir string) error {
	tmp, err := s.newScratch()
	if err != nil {
		return err
	}
	err = s.exclusive(ctx, "removing "+filepath.Base(dir), func() error { return moveAside(dir, tmp.dir) })
	return s.writing("removing "+filepath.Base(dir), errors.Join(err, tmp.remove()))
}

// File is a file of the store beside objects and sets.
type File struct {
	Path  string
	Bytes int64 // on the disk
	Time  time.Time
}

// Files returns the files below a directory of the home: "archives", "partial" or "logs".
func (s *Store) Files(dir string) (list []File, err error) {
	err = filepath.WalkDir(filepath.Join(s.home, dir), func(name string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() || strings.HasSuffix(name, ".lock") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size := info.Size()
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			size = st.Blocks * 512
		}
		list = append(list, File{name, size, info.ModTime()})
		return nil
	})
	return list, err
}

// DiskUsage returns the bytes that trees take on the disk, each block once, however many names its file has. A tree that
// does not exist takes none.
func DiskUsage(dirs ...string) (bytes int64, err error) {
	type inode struct{ dev, ino uint64 }
	seen := map[inode]bool{}
	for _, dir := range dirs {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				if errors.Is(err, fs.ErrNotExist) {
					return nil
				}
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			st, ok := info.Sys().(*syscall.Stat_t)
			if at := (inode{uint64(st.Dev), st.Ino}); ok && !seen[at] {
				seen[at] = true
				bytes += st.Blocks * 512
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return bytes, nil
}
