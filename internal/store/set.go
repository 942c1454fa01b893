package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
)

// EnvironmentName is the file of a set that lists its environment variables. WriteSet treats it as opaque bytes.
const EnvironmentName = "environment.json"

// WriteSet creates the set sets/<id>: environment.json, and bin/ with one symbolic link for each name, to an absolute
// path. It returns the set's directory. If the home or a base store already has the same set, that one is returned and
// nothing is written, so a read-only home is sufficient. A different set is replaced, unless ctx has ended by then.
func (s *Store) WriteSet(ctx context.Context, id string, links map[string]string, environment []byte) (dir string, err error) {
	if err := checkName("set", id); err != nil {
		return "", err
	}
	for name, target := range links {
		if err := checkName("tool", name); err != nil {
			return "", err
		}
		if !filepath.IsAbs(target) {
			return "", fmt.Errorf("set %s: tool %s is at %q, expected an absolute path", id, name, target)
		}
	}
	if found, ok := s.Set(id); ok && sameSet(found, links, environment) {
		return found, nil
	}
	dir = s.SetDir(id)
	tmp, err := s.newScratch()
	if err != nil {
		return "", err
	}
	tree := filepath.Join(tmp.dir, "tree")
	err = fillSet(tree, links, environment)
	if err == nil {
		err = os.MkdirAll(s.setsDir(), 0o777)
	}
	if err == nil {
		err = s.exclusive(ctx, "writing set "+id, func() error {
			if sameSet(dir, links, environment) { // another process was faster
				return nil
			}
			if err := s.keepPrevious(id, tree); err != nil {
				return err
			}
			if err := moveAside(dir, tmp.dir); err != nil {
				return err
			}
			return disk.Rename(tree, dir)
		})
	}
	if err = errors.Join(err, tmp.remove()); err != nil {
		return "", s.writing("writing set "+id, err)
	}
	return dir, nil
}

// previousDir has the environments that a set had before, for as long as a process may use their objects.
const previousDir = "previous"

// keepPrevious copies the environments of a set that is about to be replaced into its new tree, if a process uses it.
func (s *Store) keepPrevious(id, tree string) error {
	running, err := s.Running(id)
	if err != nil || !running {
		return err
	}
	to := filepath.Join(tree, previousDir)
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	for i, name := range append(s.PreviousEnvironments(id), filepath.Join(s.SetDir(id), EnvironmentName)) {
		data, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = writeNew(filepath.Join(to, fmt.Sprintf("%03d.json", i)), data)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PreviousEnvironments returns the files with the environments that a set in the home had before and that a process may
// still use.
func (s *Store) PreviousEnvironments(id string) []string {
	names, _ := filepath.Glob(filepath.Join(s.SetDir(id), previousDir, "*.json"))
	if len(names) == 0 {
		return nil
	}
	if running, err := s.Running(id); err == nil && !running {
		return nil
	}
	return names
}

// SetLockName is the file of a set that describes how it was chosen. DescribeSet treats it as opaque bytes.
const SetLockName = "set.lock"

// DescribeSet adds the description to a set that WriteSet returned. A set that has one keeps it, and one in a base store
// stays as it is.
func (s *Store) DescribeSet(dir string, description []byte) error {
	name := filepath.Join(dir, SetLockName)
	if _, err := os.Lstat(name); err == nil || filepath.Dir(dir) != s.setsDir() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(usedFile(s.home, "x")), 0o777); err != nil {
		return s.writing("describing a set", err)
	}
	// The file by which builds hold the set exists from now on, so that users who may only read it can do so too.
	f, err := os.OpenFile(usedFile(s.home, filepath.Base(dir)), os.O_CREATE|os.O_WRONLY, 0o666)
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = disk.ReplaceFile(name, description)
	}
	return s.writing("describing a set", err)
}

func fillSet(tree string, links map[string]string, environment []byte) error {
	bin := filepath.Join(tree, "bin")
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(links)) {
		if err := os.Symlink(links[name], filepath.Join(bin, name)); err != nil {
			return err
		}
	}
	return writeNew(filepath.Join(tree, EnvironmentName), environment)
}

func sameSet(dir string, links map[string]string, environment []byte) bool {
	have, err := os.ReadFile(filepath.Join(dir, EnvironmentName))
	if err != nil || !bytes.Equal(have, environment) {
		return false
	}
	entries, err := os.ReadDir(filepath.Join(dir, "bin"))
	if err != nil || len(entries) != len(links) {
		return false
	}
	for _, entry := range entries {
		target, err := os.Readlink(filepath.Join(dir, "bin", entry.Name()))
		if want, ok := links[entry.Name()]; err != nil || !ok || target != want {
			return false
		}
	}
	return true
}

// SetDir returns the directory in the home that WriteSet creates for a set.
func (s *Store) SetDir(id string) string { return filepath.Join(s.setsDir(), id) }

// Set returns the directory of a set, which is looked up in the home first and then in the base stores.
func (s *Store) Set(id string) (dir string, ok bool) {
	if checkName("set", id) != nil {
		return "", false
	}
	for _, home := range s.homes() {
		dir := filepath.Join(home, "sets", id)
		if info, err := os.Lstat(filepath.Join(dir, EnvironmentName)); err == nil && info.Mode().IsRegular() {
			return dir, true
		}
	}
	return "", false
}
