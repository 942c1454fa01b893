package mirror

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// interrupting is a Watcher that stops everything when the fetching begins.
type interrupting struct {
	install.Watcher
	stop func()
}

func (w interrupting) Plan(string, int64, int64) { w.stop() }

// What names the new files is not written after an interruption, even if nothing was left to fetch.
func TestWriteInterrupted(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	in := &install.Installer{Watch: interrupting{stop: func() { cancel(stop) }}}
	if _, err := Write(ctx, in, Slice{}, dir, false); !errors.Is(err, stop) {
		t.Errorf("Write returned %v", err)
	}
	if exists(filepath.Join(dir, toolchain.LockName)) {
		t.Error("the mirror's lock was written")
	}
	in.Watch = interrupting{stop: func() {}}
	if _, err := Write(t.Context(), in, Slice{}, dir, false); err != nil || !exists(filepath.Join(dir, toolchain.LockName)) {
		t.Errorf("the next one: %v, expected a whole mirror", err)
	}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func named(path, text string) File {
	return File{Path: path, Size: int64(len(text)), Digest: trust.DigestOf([]byte(text))}
}

func TestPrune(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"pool/a/kept.deb", "pool/a/old.deb", "pool/b/c/old.deb", "pool/theirs.deb"} {
		put(t, filepath.Join(dir, path), path)
	}
	put(t, filepath.Join(dir, "pool/changed.deb"), "something else")
	old := Index{Files: []File{
		named("pool/a/kept.deb", "pool/a/kept.deb"), named("pool/a/old.deb", "pool/a/old.deb"), named("pool/b/c/old.deb", "pool/b/c/old.deb"),
		named("pool/changed.deb", "what was written"), named("pool/gone.deb", "gone"),
	}}
	var result Result
	if err := (&dirWriter{dir: dir}).prune(old, Index{Files: old.Files[:1]}, &result); err != nil {
		t.Fatal(err)
	}
	if want := []string{"pool/a/old.deb", "pool/b/c/old.deb"}; !slices.Equal(result.Pruned, want) {
		t.Errorf("removed %v, expected %v", result.Pruned, want)
	}
	if want := []string{"pool/changed.deb"}; !slices.Equal(result.Changed, want) {
		t.Errorf("left as changed %v, expected %v", result.Changed, want)
	}
	for path, want := range map[string]bool{"pool/a/kept.deb": true, "pool/theirs.deb": true, "pool/changed.deb": true, "pool/a/old.deb": false, "pool/b": false} {
		if exists(filepath.Join(dir, path)) != want {
			t.Errorf("%s exists: %v, expected %v", path, !want, want)
		}
	}
}

// TestPruneStaysInside checks that prune does not follow a directory that was replaced by a link to a place outside.
func TestPruneStaysInside(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	put(t, filepath.Join(outside, "file"), "text")
	if err := os.Symlink(outside, filepath.Join(dir, "pool")); err != nil {
		t.Fatal(err)
	}
	var result Result
	err := (&dirWriter{dir: dir}).prune(Index{Files: []File{named("pool/file", "text")}}, Index{}, &result)
	if err == nil || !exists(filepath.Join(outside, "file")) {
		t.Errorf("error %v, file outside exists: %v; expected an error and that the file exists", err, exists(filepath.Join(outside, "file")))
	}
}
