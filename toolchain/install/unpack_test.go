package install

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/toolchain"
)

func TestMakeLinks(t *testing.T) {
	dir := t.TempDir()
	links := map[string]string{"usr/bin/cc": "cc-14", "usr/x86_64-linux-gnu/bin/ld": "../../bin/x86_64-linux-gnu-ld"}
	for range 2 { // a package may have made one of them already
		if err := makeLinks(dir, links); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range links {
		if got, err := os.Readlink(filepath.Join(dir, name)); err != nil || got != want {
			t.Errorf("%s leads to %q (%v), expected %q", name, got, err, want)
		}
	}
}

func TestMakeLinksOutOfTheTree(t *testing.T) {
	for name, target := range map[string]string{"usr/bin/cc": "../../../bin/cc", "../cc": "cc", "cc": "/bin/cc", "/cc": "x"} {
		err := makeLinks(t.TempDir(), map[string]string{name: target})
		if _, ok := errors.AsType[*archive.HostileError](err); !ok {
			t.Errorf("%s -> %s: got %v, expected a *HostileError", name, target, err)
		}
	}
}

func TestMergedUsr(t *testing.T) {
	for name, want := range map[string]string{
		"lib/x86_64-linux-gnu/libc.so.6": "usr/lib/x86_64-linux-gnu/libc.so.6", "lib64/ld.so": "usr/lib64/ld.so", "bin/sh": "usr/bin/sh",
		"usr/lib/x": "usr/lib/x", "library/x": "library/x", "lib": "usr/lib",
	} {
		if got := mergedUsr(name); got != want {
			t.Errorf("mergedUsr(%s) = %s, expected %s", name, got, want)
		}
	}
}

func TestHasAll(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "rustc"), "#!/bin/sh\n")
	recipe := toolchain.Recipe{Tools: map[string]string{"rustc": "rustc"}}
	if err := hasAll(dir, recipe); err == nil {
		t.Error("accepted a tool that is not executable")
	}
	if err := os.Chmod(filepath.Join(dir, "rustc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := hasAll(dir, recipe); err != nil {
		t.Error(err)
	}
	recipe.Paths = map[string]string{toolchain.PathRustLibSrc: "library"}
	if incomplete, ok := errors.AsType[*IncompleteError](hasAll(dir, recipe)); !ok || incomplete.Path != "library/core/src/lib.rs" {
		t.Error("accepted a missing path")
	}
}
