package install

import (
	"slices"
	"strings"
	"testing"
)

func TestOverlayClears(t *testing.T) {
	base := []string{
		"PATH=/bin", "BINDGEN_EXTRA_CLANG_ARGS=--target=armv7a", "BINDGEN_EXTRA_CLANG_ARGS_aarch64-unknown-none=-m32",
		"BINDGEN_EXTRA_CLANG_ARGS_MINE=x", "CCC_OVERRIDE_OPTIONS=+-m32", "GCC_EXEC_PREFIX=/x/", "CPATH=/inc", "KRUSTFLAGS=-g", "RUSTFLAGS=-g", "RUSTC=/other",
	}
	e := Environment{Bin: "/set/bin", Kbuild: []Variable{{"RUSTC", "/set/rustc"}}}
	got := e.Overlay(base)
	for _, keep := range []string{"CPATH=/inc", "KRUSTFLAGS=-g", "RUSTFLAGS=-g", "RUSTC=/set/rustc", "PATH=/set/bin:/bin"} {
		if !slices.Contains(got, keep) {
			t.Errorf("Overlay lost %s: %q", keep, got)
		}
	}
	for _, entry := range got {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "BINDGEN_EXTRA") || name == "CCC_OVERRIDE_OPTIONS" || name == "GCC_EXEC_PREFIX" {
			t.Errorf("Overlay kept %s", entry)
		}
	}
	if names := e.Cleared(base); len(names) != 5 || names[0] != "BINDGEN_EXTRA_CLANG_ARGS" {
		t.Errorf("Cleared returned %q, expected five names", names)
	}
}

func TestInfluencesAreSorted(t *testing.T) {
	byName := func(a, b Influence) int { return strings.Compare(a.Name, b.Name) }
	at := slices.IndexFunc(influences, func(i Influence) bool { return !i.Cleared })
	if !slices.IsSortedFunc(influences[:at], byName) || !slices.IsSortedFunc(influences[at:], byName) {
		t.Error("influences are not sorted")
	}
}
