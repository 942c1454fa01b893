//go:build e2e

package targets_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

// oldestRustc is the release from which the triples of the manifests were read.
var oldestRustc = version.MustParse("1.95.0")

// rustcTriples returns the target list and the version of the rustc in KRUSTUP_TEST_RUSTC.
func rustcTriples(t *testing.T) (known []string, asked version.Version) {
	t.Helper()
	rustc := os.Getenv("KRUSTUP_TEST_RUSTC")
	out, err := exec.Command(rustc, "--version").Output()
	fields := strings.Fields(string(out))
	if err != nil || len(fields) < 2 {
		t.Fatalf("KRUSTUP_TEST_RUSTC is %q, expected a rustc, as `make e2e` sets it: it prints %q, %v", rustc, out, err)
	}
	asked, err = version.Parse(fields[1])
	if err != nil || asked.Less(oldestRustc) {
		t.Fatalf("%s is %s, expected rustc %s or later, which knows the manifests' triples", rustc, fields[1], oldestRustc)
	}
	list, err := exec.Command(rustc, "--print", "target-list").Output()
	if err != nil {
		t.Fatalf("%s --print target-list: %v", rustc, err)
	}
	return strings.Fields(string(list)), asked
}

func TestRealRustcKnowsTheTriples(t *testing.T) {
	known, asked := rustcTriples(t)
	all, err := manifests.Targets()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		for _, triple := range x.Rustc {
			if !slices.Contains(known, triple) {
				t.Errorf("%s: rustc does not know %s, which the kernel passes", x.Name, triple)
			}
		}
		llvm := x.Backends[slices.IndexFunc(x.Backends, func(b manifests.Backend) bool { return b.Name == "llvm" })]
		for _, triple := range llvm.Triples {
			want := triple.Since.IsZero() || !asked.Less(triple.Since)
			if slices.Contains(known, triple.Name) != want {
				t.Errorf("%s: rustc %s knows %s: %v, expected %v", x.Name, asked, triple.Name, !want, want)
			}
		}
		if llvm.Status != "none" {
			continue
		}
		for _, name := range append([]string{x.Name}, x.Aliases...) {
			if i := slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, name+"-") }); i >= 0 {
				t.Errorf("%s: rustc knows %s, but the manifest says that LLVM does not support the target", x.Name, known[i])
			}
		}
	}
}

// testTrees returns the kernel trees in KRUSTUP_TEST_TREES, which are separated by colons.
func testTrees(t *testing.T) []string {
	t.Helper()
	trees := filepath.SplitList(os.Getenv("KRUSTUP_TEST_TREES"))
	if len(trees) == 0 {
		t.Fatal("KRUSTUP_TEST_TREES is empty, expected kernel trees, as `make e2e` sets it")
	}
	return trees
}

func TestRealTreesAgree(t *testing.T) {
	for _, tree := range testTrees(t) {
		for _, x := range targets.All() {
			r, err := kernel.Read(tree, kernel.Arch{SrcArch: x.SrcArch, Arch: x.Arch})
			if err != nil {
				t.Fatal(err)
			}
			agree(t, x, r)
		}
		dirs, err := filepath.Glob(filepath.Join(tree, "arch", "*", "Kconfig"))
		if err != nil {
			t.Fatal(err)
		}
		var arches []string
		for _, d := range dirs {
			arches = append(arches, filepath.Base(filepath.Dir(d)))
		}
		if diff := cmp.Diff(arches, manifestArches()); diff != "" {
			t.Errorf("%s: directories of arch/ (-tree +manifests):\n%s", tree, diff)
		}
	}
}

// The files that evidence names exist in a tree of that series. The lines exist, and are not empty, in a tree of
// exactly that release.
func TestRealEvidenceIsInTheTree(t *testing.T) {
	looked := 0
	for _, tree := range testTrees(t) {
		r, err := kernel.Read(tree, kernel.Arch{SrcArch: "x86", Arch: "x86_64"})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range targets.All() {
			all := slices.Clone(x.Evidence)
			for _, s := range x.Backends {
				all = append(all, s.Evidence...)
			}
			for _, e := range all {
				if !strings.HasPrefix(e.Release, fmt.Sprintf("Linux %d.%d.", r.Kernel.Major(), r.Kernel.Minor())) {
					continue
				}
				looked++
				line := lineOf(t, tree, e.File)
				if e.Release == "Linux "+r.Kernel.String() && strings.TrimSpace(line) == "" {
					t.Errorf("%s: %s is missing or empty", x.Name, e)
				}
			}
		}
	}
	if looked == 0 {
		t.Error("no evidence names a kernel in KRUSTUP_TEST_TREES")
	}
}

// lineOf returns the line "FILE:LINE" of a tree, or "" if the file does not have it.
func lineOf(t *testing.T, tree, file string) string {
	t.Helper()
	name, number, _ := strings.Cut(file, ":")
	data, err := os.ReadFile(filepath.Join(tree, filepath.FromSlash(name)))
	if err != nil {
		t.Error(err)
		return "?"
	}
	n, err := strconv.Atoi(number)
	lines := strings.Split(string(data), "\n")
	if err != nil || n < 1 || n > len(lines) {
		return ""
	}
	return lines[n-1]
}

// The newest tree defines the symbols of the configuration that selects a variant.
func TestRealConfigIsInTheTree(t *testing.T) {
	var newest kernel.Requirements
	var tree string
	for _, candidate := range testTrees(t) {
		r, err := kernel.Read(candidate, kernel.Arch{SrcArch: "x86", Arch: "x86_64"})
		if err != nil {
			t.Fatal(err)
		}
		if tree == "" || newest.Kernel.Less(r.Kernel) {
			newest, tree = r, candidate
		}
	}
	defined := kconfigSymbols(t, tree)
	symbol := regexp.MustCompile(`CONFIG_([A-Za-z0-9_]+)`)
	for _, x := range targets.All() {
		has := func(name string) bool {
			return slices.ContainsFunc([]string{"", x.SrcArch}, func(arch string) bool { return defined[arch][name] }) ||
				x.SrcArch == "um" && defined["x86"][name] // arch/um reads arch/x86/um/Kconfig
		}
		for _, line := range x.Config {
			if name := symbol.FindStringSubmatch(line)[1]; !has(name) {
				t.Errorf("%s: config: %q: Linux %s has no %s", x.Name, line, newest.Kernel, name)
			}
		}
		for name, on := range x.Symbols {
			if on && !has(name) { // a symbol that is off may be undefined: arm has no 64BIT
				t.Errorf("%s: symbols: Linux %s has no %s", x.Name, newest.Kernel, name)
			}
		}
	}
}

// kconfigSymbols returns the symbols that a tree defines, by SRCARCH; those for all architectures are under "".
func kconfigSymbols(t *testing.T, tree string) map[string]map[string]bool {
	t.Helper()
	entry := regexp.MustCompile(`(?m)^\s*(?:menu)?config\s+([A-Za-z0-9_]+)\s*$`)
	found := map[string]map[string]bool{}
	for _, top := range []string{"arch", "init", "kernel", "lib", "virt"} {
		err := filepath.WalkDir(filepath.Join(tree, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasPrefix(d.Name(), "Kconfig") {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			arch := ""
			if rest, ok := strings.CutPrefix(filepath.ToSlash(path), filepath.ToSlash(tree)+"/arch/"); ok {
				arch, _, _ = strings.Cut(rest, "/")
			}
			if found[arch] == nil {
				found[arch] = map[string]bool{}
			}
			for _, m := range entry.FindAllSubmatch(data, -1) {
				found[arch][string(m[1])] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return found
}
