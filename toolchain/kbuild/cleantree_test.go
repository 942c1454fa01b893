package kbuild

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/targets"
)

// outputMakefile is the test in outputmakefile of the kernel's Makefile. Linux 6.12, 7.2 and 7.3 have the same; `make
// e2e` asks their own.
const outputMakefile = `outputmakefile:
	@if [ -f $(srctree)/.config -o \
		 -d $(srctree)/include/config -o \
		 -d $(srctree)/arch/$(SRCARCH)/include/generated ]; then \
		echo >&2 "***"; \
		false; \
	fi
`

// TestCleanTree compares cleanTree with make on trees that have some of the traces, and what only looks like them.
func TestCleanTree(t *testing.T) {
	compareClean(t, outputMakefile)
}

// compareClean compares cleanTree with a rule of a Makefile, on trees that no kernel made.
func compareClean(t *testing.T, rule string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	rules := filepath.Join(t.TempDir(), "Makefile")
	writeFile(t, rules, rule)
	dirty := map[string]int{}
	for range 200 {
		tree := t.TempDir()
		for _, name := range []string{".config", "include/config", "arch/x86/include/generated", "arch/arm64/include/generated", "arch/um/include/generated"} {
			leave(t, filepath.Join(tree, name), rng.IntN(12))
		}
		for _, name := range []string{"x86_64", "arm64", "um"} {
			target, err := targets.Find(name)
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.Command("make", "-s", "-f", rules, "outputmakefile", "srctree="+tree, "SRCARCH="+target.SrcArch, "KBUILD_EXTMOD=", "Q=@")
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
				t.Fatal(err)
			}
			found, refused := errors.AsType[*DirtyTreeError](cleanTree(tree, target))
			if refused != (err != nil) {
				shown, _ := exec.Command("find", tree, "-ls").Output()
				t.Fatalf("%s: cleanTree refuses %v, make %v (%s):\n%s", name, refused, err, out, shown)
			}
			if refused {
				dirty[found.Trace]++
			}
		}
	}
	if len(dirty) != 5 {
		t.Errorf("traces found: %v, expected each of five", dirty)
	}
}

// leave creates nothing, or something of the name: a file, a directory, a symbolic link to one of them or to nothing.
func leave(t *testing.T, name string, kind int) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	var err error
	switch kind {
	case 0:
		writeFile(t, name, "")
	case 1:
		err = os.Mkdir(name, 0o755)
	case 2:
		err = os.Symlink("/etc/passwd", name)
	case 3:
		err = os.Symlink(t.TempDir(), name)
	case 4:
		err = os.Symlink("nowhere", name)
	}
	if err != nil {
		t.Fatal(err)
	}
}
