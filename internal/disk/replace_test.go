package disk

import (
	"context"
	"errors"
	"io"
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
			t.Errorf("the content is %q (%v), expected %q", got, err, text)
		}
	}
	if err := ReplaceFile(filepath.Join(path, "below", "a", "file"), []byte("x")); err == nil {
		t.Error("wrote a file below a file")
	}
	// A file cannot replace a directory. The directory is kept, and no temporary file is left behind.
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(filepath.Join(dir, "taken"), []byte("x")); err == nil {
		t.Error("replaced a directory with a file")
	}
	wantEntries(t, dir, 2)
}

func TestReplaceStops(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kit.tar.zst")
	broken := errors.New("broken")
	if err := Replace(t.Context(), path, func(io.Writer) error { return broken }); err != broken {
		t.Errorf("returned %v, expected the writer's error unchanged", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	err := Replace(ctx, path, func(w io.Writer) error {
		cancel(stop)
		_, err := io.WriteString(w, "whole")
		return err
	})
	if !errors.Is(err, stop) {
		t.Errorf("returned %v", err)
	}
	wantEntries(t, dir, 0)
	if err := Replace(t.Context(), path, func(w io.Writer) error { return nil }); err != nil {
		t.Error(err)
	}
	wantEntries(t, dir, 1)
}

func TestPublish(t *testing.T) {
	from, to := filepath.Join(t.TempDir(), "from"), filepath.Join(t.TempDir(), "to")
	if err := os.WriteFile(from, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Publish(ctx, from, to); !errors.Is(err, context.Canceled) {
		t.Errorf("returned %v", err)
	}
	wantEntries(t, filepath.Dir(to), 0)
	if err := Publish(t.Context(), from, to); err != nil {
		t.Error(err)
	}
	wantEntries(t, filepath.Dir(from), 0)
	wantEntries(t, filepath.Dir(to), 1)
}

// Linux refuses to sync a directory of /proc with EINVAL, as some disk file systems do.
func TestSyncDirWhereItIsRefused(t *testing.T) {
	if err := syncFile("/proc/self"); err == nil {
		t.Skip("directories of /proc can be synced here")
	}
	if err := SyncDir("/proc/self"); err != nil {
		t.Error(err)
	}
	if err := SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
}

func wantEntries(t *testing.T, dir string, want int) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != want {
		t.Errorf("%s contains %v (%v), expected %d entries", dir, entries, err, want)
	}
}
