package store

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Object is an installed component. Nothing in Dir may be modified.
type Object struct {
	ID     ID
	Dir    string // absolute
	Record Record
	InBase bool // it is in a base store, which is not written
}

// NotInstalledError reports that neither the home nor a base store has the object.
type NotInstalledError struct{ ID ID }

func (e *NotInstalledError) Error() string { return fmt.Sprintf("%s is not installed", e.ID) }

// MovedError reports that an object is not in the directory in which it was published. The interpreter that its
// programs name is in the old directory, or missing. Publish replaces the object.
type MovedError struct {
	Object  Object // where it is now
	Was, Is string // absolute directories
}

// Error names both directories: moving the store back also fixes it.
func (e *MovedError) Error() string {
	return fmt.Sprintf("%s was installed in %s and is now in %s: its programs cannot run there", e.Object.ID, e.Was, e.Is)
}

// CorruptError reports an invalid record. The object counts as not installed: Publish replaces it.
type CorruptError struct {
	ID   ID
	File string
	Err  error
}

// Error names the record and why it is invalid.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s is damaged: %s: %v", e.ID, e.File, e.Err)
}

// Unwrap returns why the record is invalid.
func (e *CorruptError) Unwrap() error { return e.Err }

// Lookup finds an installed object by reading one file, in the home first and then in the base stores. The error is a
// *NotInstalledError, or the *MovedError or *CorruptError of the first store that has the directory.
func (s *Store) Lookup(id ID) (Object, error) {
	var first error
	for i, home := range s.homes() {
		o, err := readObject(filepath.Join(home, "objects", id.String()), id)
		o.InBase = i > 0
		if err == nil {
			return o, nil
		}
		var missing *NotInstalledError
		if first == nil && !errors.As(err, &missing) {
			first = err
		}
	}
	if first != nil {
		return Object{}, first
	}
	return Object{}, &NotInstalledError{ID: id}
}

// maxRecord limits the size of a record in bytes. The record of the largest component has a few hundred artifacts.
const maxRecord = 8 << 20

func readObject(dir string, id ID) (Object, error) {
	if id.IsZero() {
		return Object{}, &NotInstalledError{ID: id}
	}
	name := filepath.Join(dir, RecordName)
	// Do not follow a link: the record must be a file in this tree.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return Object{}, &NotInstalledError{ID: id}
	}
	if err != nil {
		return Object{}, &CorruptError{ID: id, File: name, Err: err}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxRecord+1))
	if err == nil && len(data) > maxRecord {
		err = fmt.Errorf("it is larger than %d bytes", maxRecord)
	}
	if err != nil {
		return Object{}, &CorruptError{ID: id, File: name, Err: err}
	}
	r, err := decodeRecord(data)
	if err == nil && r.ID != id {
		err = fmt.Errorf("it is the record of %s", r.ID)
	}
	if err != nil {
		return Object{}, &CorruptError{ID: id, File: name, Err: err}
	}
	o := Object{ID: id, Dir: dir, Record: r}
	if r.Dir != dir && !sameDir(r.Dir, dir) {
		return o, &MovedError{Object: o, Was: r.Dir, Is: dir}
	}
	return o, nil
}

// sameDir reports whether two paths lead to the same directory: a home that is reached through a link has not moved.
func sameDir(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Objects lists the installed objects, sorted by ID without duplicates, and the errors for other directories among
// them: a *MovedError, a *CorruptError, or a *NotInstalledError for a directory without a record.
func (s *Store) Objects() ([]Object, []error) {
	var objects []Object
	var problems []error
	seen := map[ID]bool{}
	for i, home := range s.homes() {
		entries, err := os.ReadDir(filepath.Join(home, "objects"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			problems = append(problems, fmt.Errorf("listing the store %s: %w", home, err))
		}
		for _, entry := range entries {
			id, err := ParseID(entry.Name())
			if err != nil || seen[id] {
				continue // not the name of an object, or hidden by the same object in an earlier store
			}
			o, err := readObject(filepath.Join(home, "objects", entry.Name()), id)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			seen[id], o.InBase = true, i > 0
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b Object) int { return cmp.Compare(a.ID.String(), b.ID.String()) })
	return objects, problems
}
