package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Remove takes an object out of the home, or what stands in its place without being one. It is gone at once for every
// Lookup; programs of it that run keep their open files. The error is a *NotInstalledError when there was nothing.
func (s *Store) Remove(id ID) error {
	dir := filepath.Join(s.objectsDir(), id.String())
	if _, err := os.Lstat(dir); id.IsZero() || errors.Is(err, fs.ErrNotExist) {
		return &NotInstalledError{ID: id}
	}
	return s.takeOut(dir)
}

// takeOut removes a directory of the store by a rename, so that nobody sees half of it, and deletes it after.
func (s *Store) takeOut(dir string) error {
	tmp, err := s.newScratch()
	if err != nil {
		return err
	}
	err = s.exclusive(func() error { return moveAside(dir, tmp.dir) })
	if err == nil {
		err = syncDir(filepath.Dir(dir))
	}
	if err = errors.Join(err, tmp.remove()); err != nil {
		return s.writing("removing "+dir, err)
	}
	return nil
}

// Rehome makes an object of the home valid where it stands now, after it or the whole store was moved: fix must make
// its programs run from the directory that it is given, and may be asked to again if it or this process fails. The
// caller must hold the object's Lock. An object that has not moved is returned as it is.
func (s *Store) Rehome(id ID, fix func(dir string) error) (Object, error) {
	dir := filepath.Join(s.objectsDir(), id.String())
	o, err := readObject(dir, id)
	var moved *MovedError
	if !errors.As(err, &moved) {
		return o, err
	}
	if err := fix(dir); err != nil {
		return Object{}, fmt.Errorf("moving %s to %s: %w", id, dir, err)
	}
	// Last, so that until all of it is done the old record says that the object has moved.
	o.Record.Dir = dir
	if err := s.replaceRecord(o); err != nil {
		return Object{}, s.writing("moving "+id.String(), err)
	}
	return o, nil
}

func (s *Store) replaceRecord(o Object) error {
	tmp, err := s.newScratch()
	if err != nil {
		return err
	}
	err = writeRecord(tmp.dir, o.Record)
	if err == nil {
		err = syncAll(o.Dir)
	}
	if err == nil {
		err = os.Chmod(o.Dir, 0o755) // to replace a name in it
	}
	if err == nil {
		err = os.Rename(filepath.Join(tmp.dir, RecordName), filepath.Join(o.Dir, RecordName))
		err = errors.Join(err, os.Chmod(o.Dir, 0o555), syncDir(o.Dir))
	}
	return errors.Join(err, tmp.remove())
}
