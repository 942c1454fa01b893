//go:build e2e

package elf

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestRealRelocation relocates this machine's shell to two places, with the patchelf of the object in
// KRUSTUP_TEST_PATCHELF, which runs with the libraries of its own object.
func TestRealRelocation(t *testing.T) {
	_, machine, _ := shellTree(t)
	patchelf, err := LoaderArgv(os.Getenv("KRUSTUP_TEST_PATCHELF"), machine, "usr/bin/patchelf")
	if err != nil {
		t.Fatalf("KRUSTUP_TEST_PATCHELF does not name an object of patchelf, as `make e2e` sets it: %v", err)
	}
	places := []string{filepath.Join(t.TempDir(), "first"), filepath.Join(t.TempDir(), strings.Repeat("a-longer-place-", 10))}
	for _, final := range places {
		from, _, _ := shellTree(t)
		if _, err := Relocate(t.Context(), Options{Root: from, Final: final, Machine: machine, Patchelf: patchelf}); err != nil {
			t.Fatal(err)
		}
		if problems, err := Check(from, final, machine); err != nil || len(problems) != 0 {
			t.Errorf("Check returned %v, %v", problems, err)
		}
		if err := os.Rename(from, final); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(filepath.Join(final, "usr/bin/sh"), "-c", "while read -r line; do echo \"$line\"; done </proc/self/maps")
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for line := range strings.Lines(string(out)) {
			if at := strings.Index(line, "/"); at >= 0 && !strings.HasPrefix(line[at:], final+"/") && strings.Contains(line, ".so") {
				t.Errorf("it uses a library from outside the tree: %s", line)
			}
		}
	}
}
