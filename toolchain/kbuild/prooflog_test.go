package kbuild

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const kbuildLog = `make: Entering directory '/src/linux'
make[1]: Entering directory '/build'
  HOSTRUSTC scripts/generate_rust_target
  RUSTC L rust/core.o
  BINDGEN rust/bindings/bindings_generated.rs
  EXPORTS rust/exports_core_generated.h
  RUSTC P rust/libmacros.so
  CC      init/main.o
  RUSTC [M] samples/rust/rust_minimal.o
  RUSTC     samples/rust/rust_print_main.o
  RUSTC L ../outside.o
  RUSTC L rust/kernel.o
error[E0425]: cannot find value ` + "`x`" + ` in this scope
   --> /src/linux/rust/kernel/lib.rs:12:5
    |
12  |     x
    |     ^ not found in this scope

error: aborting due to 1 previous error

make[3]: *** [/src/linux/rust/Makefile:523: rust/kernel.o] Error 1
make[2]: *** [/src/linux/Makefile:1285: prepare] Error 2
make[1]: *** [/src/linux/Makefile:248: __sub-make] Error 2`

func TestProofLog(t *testing.T) {
	output := t.TempDir()
	for _, name := range []string{
		"scripts/generate_rust_target", "rust/core.o", "rust/bindings/bindings_generated.rs", "rust/libmacros.so", "init/main.o",
		"samples/rust/rust_minimal.o",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(output, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(output, name), "made")
	}
	log := filepath.Join(output, "log")
	writeFile(t, log, "earlier\nerror: of another step\n"+kbuildLog+"\n")
	lines := stepLog(log, int64(len("earlier\nerror: of another step\n")))
	if strings.Join(lines, "\n") != kbuildLog {
		t.Errorf("the step's lines are %q", lines)
	}
	// A file that was begun but is missing was not made, and files outside of the build directory are ignored.
	want := []string{"scripts/generate_rust_target", "rust/core.o", "rust/bindings/bindings_generated.rs", "rust/libmacros.so", "samples/rust/rust_minimal.o"}
	if got := rustProducts(lines, output); !slices.Equal(got, want) {
		t.Errorf("made: %q, expected %q", got, want)
	}
	if got := unmade(lines); got != "rust/kernel.o" {
		t.Errorf("unmade: %q, expected rust/kernel.o", got)
	}
	p := Proof{Error: firstError(log, lines)}
	if want := "error[E0425]: cannot find value `x` in this scope --> /src/linux/rust/kernel/lib.rs:12:5"; p.Error != want {
		t.Errorf("first error %q, expected %q", p.Error, want)
	}
	if at, ok := p.Place(); !ok || at != (SourcePlace{"/src/linux/rust/kernel/lib.rs", 12, 5}) {
		t.Errorf("place %v %v", at, ok)
	}
	if said := aroundError(lines); said[linesBefore] != "error[E0425]: cannot find value `x` in this scope" || said[len(said)-1] != lines[len(lines)-1] {
		t.Errorf("around the error: %q", said)
	}
}

func TestLogWithoutError(t *testing.T) {
	lines := slices.Repeat([]string{"  CC x.o"}, 100)
	if got := aroundError(lines); len(got) < linesAfter || len(got) > linesAfter+linesBefore {
		t.Errorf("%d lines, expected about the last %d", len(got), linesAfter)
	}
	if got := firstError("/the/log", lines); got != "see /the/log" {
		t.Errorf("%q", got)
	}
	if got := stepLog("/no/such/log", 0); len(got) != 0 || len(aroundError(got)) != 0 || unmade(got) != "" {
		t.Errorf("a missing log returns %q", got)
	}
}

func TestPlaceOfAnError(t *testing.T) {
	for text, want := range map[string]SourcePlace{
		"kernel/fork.c:123:7: error: unknown type name":          {"kernel/fork.c", 123, 7},
		"/src/a.h:9: fatal error: no such file":                  {"/src/a.h", 9, 0},
		"error[E0425]: x --> rust/kernel/bug.rs:3":               {"rust/kernel/bug.rs", 3, 0},
		"*** Rust compiler 'rustc' could not be found.":          {},
		"CONFIG_RUST was dropped: !MODVERSIONS (init/Kconfig:9)": {},
		"a.c:99999999999999999999: error: x":                     {},
	} {
		at, ok := Proof{Error: text}.Place()
		if ok != (want != SourcePlace{}) || ok && at != want {
			t.Errorf("%q: %v %v, expected %v", text, at, ok, want)
		}
	}
}
