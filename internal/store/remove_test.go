package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestMovedStore(t *testing.T) {
	dir := asNobody(t)
	old, now := filepath.Join(dir, "old"), filepath.Join(dir, "new")
	id := testID("a")
	mustPublish(t, open(t, old), id)
	if err := os.Symlink("old", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, filepath.Join(dir, "link")).Lookup(id); err != nil {
		t.Errorf("through a link to the home: %v", err)
	}
	if err := os.Rename(old, now); err != nil {
		t.Fatal(err)
	}
	s := open(t, now)
	_, err := s.Lookup(id)
	var moved *MovedError
	if !errors.As(err, &moved) || moved.Was != filepath.Join(old, "objects", id.String()) || moved.Is != filepath.Join(now, "objects", id.String()) {
		t.Fatalf("Lookup gave %v, expected a MovedError from %s to %s", err, old, now)
	}
	broken := errors.New("no patchelf")
	if _, err := s.Rehome(id, func(string) error { return broken }); !errors.Is(err, broken) {
		t.Errorf("Rehome gave %v", err)
	}
	if _, err := s.Lookup(id); !errors.As(err, &moved) {
		t.Errorf("after a Rehome that failed Lookup gave %v", err)
	}
	fixed := ""
	if _, err := s.Rehome(id, func(dir string) error { fixed = dir; return nil }); err != nil || fixed != moved.Is {
		t.Fatalf("Rehome of %q gave %v", fixed, err)
	}
	o, err := s.Lookup(id)
	if err != nil || o.Record.Files != 2 {
		t.Errorf("after Rehome: %v, %v", o, err)
	}
	if info, err := os.Stat(o.Dir); err != nil || info.Mode().Perm() != 0o555 {
		t.Errorf("its top has mode %v, %v", info.Mode(), err)
	}
	if _, err := s.Rehome(id, func(string) error { return broken }); err != nil {
		t.Errorf("Rehome of what has not moved: %v", err)
	}
	wantEmptyTmp(t, s)
}

func TestRemove(t *testing.T) {
	s := open(t, asNobody(t))
	id := testID("a")
	mustPublish(t, s, id)
	if err := s.Remove(id); err != nil {
		t.Fatal(err)
	}
	wantNotInstalled(t, s, id)
	wantEmptyTmp(t, s)
	var absent *NotInstalledError
	if err := s.Remove(id); !errors.As(err, &absent) {
		t.Errorf("removing it again gave %v", err)
	}
	if err := s.Remove(ID{}); !errors.As(err, &absent) {
		t.Errorf("removing no object gave %v", err)
	}
}
