package store

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

// The listing names each difference, and counts a file with two names once.
func TestCheck(t *testing.T) {
	s := open(t, newDir(t))
	st, err := s.Stage(testID("a"))
	if err != nil {
		t.Fatal(err)
	}
	strange := "a b\\#é\n*=[x]"
	err = errors.Join(fill(st.Dir), os.Link(filepath.Join(st.Dir, "usr/lib/deep/data"), filepath.Join(st.Dir, "usr/lib/again")),
		os.WriteFile(filepath.Join(st.Dir, strange), nil, 0o644))
	if err != nil {
		t.Fatal(err)
	}
	o, err := st.Publish(t.Context(), testRecord())
	if err != nil {
		t.Fatal(err)
	}
	if o.Record.Files != 4 || o.Record.Bytes != 1021 {
		t.Errorf("%d files of %d bytes, expected 4 of 1021", o.Record.Files, o.Record.Bytes)
	}
	if changes, err := s.Check(t.Context(), o); err != nil || len(changes) > 0 {
		t.Errorf("unchanged: %v, %v", changes, err)
	}
	if mtree, err := exec.LookPath("mtree"); err == nil {
		cmd := exec.Command(mtree, "-f", filepath.Join(o.Dir, TreeName), "-p", o.Dir)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("mtree disagrees: %v: %s", err, out)
		}
	}
	err = errors.Join(os.Remove(filepath.Join(o.Dir, "usr/lib/link")), os.Symlink("deep", filepath.Join(o.Dir, "usr/lib/link")),
		os.Remove(filepath.Join(o.Dir, strange)), os.Chmod(filepath.Join(o.Dir, "usr/bin/rustc"), 0o755), os.Mkdir(filepath.Join(o.Dir, "new"), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := s.Check(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, c := range changes {
		got = append(got, c.What+" "+c.Path)
	}
	want := []string{"missing " + strange, "added new", "mode usr/bin/rustc", "changed usr/lib/link"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, expected %q", got, want)
	}
	list, err := listTree(t.Context(), o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := decodeTree(encodeTree(list)); err != nil || !reflect.DeepEqual(again, list) {
		t.Errorf("decoded %v, %v, expected %v", again, err, list)
	}
}

// An ordinary user can remove a store without changing modes first.
func TestPlainRemove(t *testing.T) {
	home := asNobody(t)
	mustPublish(t, open(t, home), testID("a"))
	if err := os.RemoveAll(filepath.Join(home, "objects")); err != nil {
		t.Error(err)
	}
}

// A set is not removed while a process that this one started uses it.
func TestUse(t *testing.T) {
	s := open(t, newDir(t))
	if _, err := s.WriteSet(t.Context(), "0123456789ab", nil, []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.Use(t.Context(), "0123456789ab"); err != nil {
		t.Fatal(err)
	}
	if running, err := s.Running("0123456789ab"); err != nil || !running {
		t.Errorf("running %v, %v, expected true", running, err)
	}
	if err := s.RemoveSet(t.Context(), "0123456789ab"); !errors.As(err, new(*InUseError)) {
		t.Errorf("removing it returned %v, expected an *InUseError", err)
	}
}
