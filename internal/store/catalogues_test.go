package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/store"
)

// A second update waits for the first, reports that it waits, and ends with its context.
func TestBeginUpdate(t *testing.T) {
	c := store.Catalogues{Home: filepath.Join(t.TempDir(), "catalogues")}
	end, err := c.BeginUpdate(t.Context(), "debian", "lock", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped by hand")
	noted := ""
	_, err = c.BeginUpdate(ctx, "debian", "lock", func(format string, args ...any) {
		noted = fmt.Sprintf(format, args...)
		cancel(stop)
	})
	if !errors.Is(err, stop) || !strings.HasPrefix(noted, "updating debian's catalogues: waiting for process ") {
		t.Errorf("it ended with %v, with the note %q", err, noted)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	if end, err = c.BeginUpdate(t.Context(), "debian", "lock", nil); err != nil {
		t.Fatal(err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
}

func TestCatalogues(t *testing.T) {
	home, base, far := t.TempDir(), t.TempDir(), t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(base, "debian/trixie/amd64/meta.json"), "base")
	write(filepath.Join(far, "debian/trixie/amd64/meta.json"), "far")
	write(filepath.Join(far, "rust-lang/stable/channel.toml"), "far")
	c := store.Catalogues{Home: filepath.Join(home, "catalogues"), Base: []string{base, far}}
	for supplier, want := range map[string]string{"debian": base, "rust-lang": far, "kernel-org": c.Home} {
		if got := c.Dir(supplier); got != filepath.Join(want, supplier) {
			t.Errorf("Dir(%s) is %s, expected it below %s", supplier, got, want)
		}
	}
	if _, err := os.Stat(c.Home); err == nil {
		t.Error("Dir created the home")
	}
	for range 2 { // a first and a second update
		dir, err := c.Begin("debian")
		if err != nil || dir != filepath.Join(c.Home, "debian") || c.Dir("debian") != dir {
			t.Fatalf("Begin returned %s, %v, and Dir is %s", dir, err, c.Dir("debian"))
		}
	}
	meta := filepath.Join(c.Home, "debian/trixie/amd64/meta.json")
	if text, err := os.ReadFile(meta); err != nil || string(text) != "base" {
		t.Errorf("the catalogue is %q, %v; expected a copy of the base store's", text, err)
	}
	write(meta, "new")
	if text, _ := os.ReadFile(filepath.Join(base, "debian/trixie/amd64/meta.json")); string(text) != "base" {
		t.Errorf("an update changed the base store: %q", text)
	}
	if dir, err := c.Begin("kernel-org"); err != nil || dir != filepath.Join(c.Home, "kernel-org") {
		t.Errorf("a supplier that no base store has: %s, %v", dir, err)
	}
	entries, err := os.ReadDir(c.Home)
	if err != nil || len(entries) != 2 {
		t.Errorf("left over: %v, %v", entries, err)
	}
}
