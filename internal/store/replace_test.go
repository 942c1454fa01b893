package store

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "krustup.lock")
	for _, text := range []string{"old", "new and longer", "short"} {
		if err := ReplaceFile(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("reads %q (%v), expected %q", got, err, text)
		}
	}
	if err := ReplaceFile(filepath.Join(path, "below", "a", "file"), []byte("x")); err == nil {
		t.Error("a file was written below a file")
	}
	// A directory cannot be renamed over: it stays, and nothing else is left behind.
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(filepath.Join(dir, "taken"), []byte("x")); err == nil {
		t.Error("a directory was replaced by a file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d entries (%v), expected the file and the directory", len(entries), err)
	}
}
