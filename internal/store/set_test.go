package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestSets(t *testing.T) {
	s := open(t, asNobody(t))
	links := map[string]string{"rustc": "/o/rust/usr/bin/rustc", "aarch64-linux-gnu-g++": "/o/gcc/usr/bin/x"}
	dir, err := s.WriteSet(t.Context(), "0123456789ab", links, []byte("{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if dir, err = s.WriteSet(t.Context(), "0123456789ab", links, []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(dir); err != nil || !os.SameFile(before, after) {
		t.Errorf("the same set was written again (%v)", err)
	}
	for name, want := range links {
		if got, err := os.Readlink(filepath.Join(dir, "bin", name)); err != nil || got != want {
			t.Errorf("%s links to %q (%v), expected %q", name, got, err, want)
		}
	}
	delete(links, "rustc")
	if _, err := s.WriteSet(t.Context(), "0123456789ab", links, []byte("{}\n")); err != nil {
		t.Fatal(err)
	}
	if entries, err := os.ReadDir(filepath.Join(dir, "bin")); err != nil || len(entries) != 1 {
		t.Errorf("the replaced set has %v (%v), expected one link", entries, err)
	}
	wantEmptyTmp(t, s)
	if found, ok := s.Set("0123456789ab"); !ok || found != dir {
		t.Errorf("Set returned %q, %v", found, ok)
	}
	for _, bad := range []string{"", "..", "a/b", ".x"} {
		if _, err := s.WriteSet(t.Context(), bad, nil, nil); err == nil {
			t.Errorf("wrote a set named %q", bad)
		}
		if _, err := s.WriteSet(t.Context(), "x", map[string]string{bad: "/x"}, nil); err == nil {
			t.Errorf("wrote a link named %q", bad)
		}
	}
	if _, err := s.WriteSet(t.Context(), "x", map[string]string{"x": "bin/x"}, nil); err == nil {
		t.Error("wrote a link to a relative path")
	}
}
