package store

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/trust"
)

// Root is what somebody wants a set kept for. It ends with the file or directory at Path.
type Root struct {
	Kind   string `json:"kind"` // "tree" or "lock"
	Path   string `json:"path"` // absolute
	For    string `json:"for"`  // what the set is for there: "arm64 on x86_64 with clang"
	Set    string `json:"set"`  // the id of the set
	Kernel string `json:"kernel"`
}

// name returns the file of a root. A root for the same use at the same place replaces the earlier one.
func (r Root) name() string {
	return trust.DigestOf([]byte(r.Kind+"\x00"+r.Path+"\x00"+r.For)).Short() + ".json"
}

// Exists reports whether what the root stands for still exists. It is false only if that is certain.
func (r Root) Exists() bool {
	_, err := os.Stat(r.Path)
	return !errors.Is(err, fs.ErrNotExist)
}

func (s *Store) rootsDir() string { return filepath.Join(s.home, "roots") }

// AddRoot records a root, unless it is recorded already.
func (s *Store) AddRoot(r Root) error {
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("recording a root: %w", err)
	}
	data = append(data, '\n')
	name := filepath.Join(s.rootsDir(), r.name())
	if have, err := os.ReadFile(name); err == nil && bytes.Equal(have, data) {
		return nil
	}
	if err := os.MkdirAll(s.rootsDir(), 0o777); err != nil {
		return s.writing("recording a root", err)
	}
	return s.writing("recording a root", disk.ReplaceFile(name, data))
}

// Roots returns the roots in the home, sorted by kind and path, and the errors of files that are not roots.
func (s *Store) Roots() (list []Root, problems []error) {
	names, _ := filepath.Glob(filepath.Join(s.rootsDir(), "*.json"))
	for _, name := range names {
		var r Root
		data, err := disk.ReadRegular(name, 1<<20)
		if err == nil {
			err = json.Unmarshal(data, &r)
		}
		if err == nil && (r.Kind == "" || !filepath.IsAbs(r.Path) || checkName("set", r.Set) != nil) {
			err = errors.New("expected a kind, an absolute path and a set")
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("root %s: %w", name, err))
			continue
		}
		list = append(list, r)
	}
	slices.SortFunc(list, func(a, b Root) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Path, b.Path), cmp.Compare(a.For, b.For))
	})
	return list, problems
}

// RemoveRoot removes the record of a root, not what it stands for.
func (s *Store) RemoveRoot(r Root) error {
	err := os.Remove(filepath.Join(s.rootsDir(), r.name()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return s.writing("removing a root", err)
}
