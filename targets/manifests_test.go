package targets_test

import (
	"io/fs"
	"maps"
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

// srcArches are the directories of arch/ in Linux 7.3.
var srcArches = strings.Fields("alpha arc arm arm64 csky hexagon loongarch m68k microblaze mips nios2 openrisc parisc " +
	"powerpc riscv s390 sh sparc um x86 xtensa")

func TestEveryArchHasATarget(t *testing.T) {
	if diff := cmp.Diff(srcArches, manifestArches()); diff != "" {
		t.Errorf("directories of arch/ (-Linux 7.3 +manifests):\n%s", diff)
	}
}

func manifestArches() []string {
	seen := map[string]bool{}
	for _, x := range targets.All() {
		seen[x.SrcArch] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// No two targets share a name, and Find returns the target of each name.
func TestNamesAreUnique(t *testing.T) {
	owner := map[string]string{}
	for _, x := range targets.All() {
		for _, name := range append([]string{x.Name}, x.Aliases...) {
			if other, taken := owner[name]; taken {
				t.Errorf("%s is a name of %s and of %s", name, other, x.Name)
			}
			owner[name] = x.Name
			if found, err := targets.Find(name); err != nil || found.Name != x.Name {
				t.Errorf("Find(%q) = %q, %v; expected %s", name, found.Name, err, x.Name)
			}
		}
	}
}

// Evidence must be precise enough to verify a fact.
func TestEvidenceIsPrecise(t *testing.T) {
	url := regexp.MustCompile(`^https://[a-z0-9.-]+/\S+$`)
	file := regexp.MustCompile(`^(Linux|Rust|GCC) \d+\.\S+: [A-Za-z0-9_./+-]+(:\d+)?$`)
	probe := regexp.MustCompile(`\(?\b20\d\d-\d\d-\d\d\b`)
	kinds := map[string]int{}
	look := func(who string, all []targets.Evidence) {
		if len(all) == 0 {
			t.Errorf("%s: no evidence", who)
		}
		for _, e := range all {
			text := e.String()
			switch {
			case e.URL != "" && url.MatchString(text):
				kinds["url"]++
			case e.Release != "" && file.MatchString(text) && (e.File[len(e.File)-1] <= '9' || !strings.HasPrefix(text, "Linux")):
				kinds["file"]++
			case e.Probe != "" && probe.MatchString(text):
				kinds["probe"]++
			default:
				t.Errorf("%s: %q: expected a URL, a file of a release, or a probe with its date", who, text)
			}
		}
	}
	for _, x := range targets.All() {
		look(x.Name, x.Evidence)
		for _, s := range x.Backends {
			look(x.Name+" "+string(s.Backend), s.Evidence)
		}
	}
	if kinds["url"] == 0 || kinds["file"] == 0 || kinds["probe"] == 0 {
		t.Errorf("kinds of evidence: %v, expected some of each", kinds)
	}
}

// oldestRustc is the release that the triples of the manifests were read from.
var oldestRustc = version.MustParse("1.95.0")

// rustcTriples returns the targets and the version of the rustc on PATH.
func rustcTriples(t *testing.T) (known []string, asked version.Version) {
	t.Helper()
	rustc, err := exec.LookPath("rustc")
	if err != nil {
		t.Skip("no rustc on PATH")
	}
	said, err := exec.Command(rustc, "--version").Output()
	fields := strings.Fields(string(said))
	if err != nil || len(fields) < 2 {
		t.Skipf("%s --version: %q, %v", rustc, said, err)
	}
	asked, err = version.Parse(fields[1])
	if err != nil || asked.Less(oldestRustc) {
		t.Skipf("%s is %s: the manifests' triples require rustc %s or later", rustc, fields[1], oldestRustc)
	}
	list, err := exec.Command(rustc, "--print", "target-list").Output()
	if err != nil {
		t.Fatalf("%s --print target-list: %v", rustc, err)
	}
	return strings.Fields(string(list)), asked
}

func TestRustcKnowsTheTriples(t *testing.T) {
	known, asked := rustcTriples(t)
	all, err := manifests.Targets()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		for _, triple := range x.Rustc {
			if !slices.Contains(known, triple) {
				t.Errorf("%s: rustc does not know the triple %s that the kernel passes", x.Name, triple)
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
				t.Errorf("%s: rustc knows %s, but the manifest has status none for llvm", x.Name, known[i])
			}
		}
	}
}

// claims reports whether the manifest says that a kernel's `select HAVE_RUST` holds for the target.
func claims(x targets.Target, k version.Version, hasSelect bool) bool {
	if x.SelectedAnyway {
		return hasSelect
	}
	// Compare series: 6.1-rc7 supports what 6.1 supports.
	return !x.Since.IsZero() && (k.Major() > x.Since.Major() || k.Major() == x.Since.Major() && k.Minor() >= x.Since.Minor())
}

// agree compares one target with what a kernel requires for it, with Clang as the C compiler.
func agree(t *testing.T, x targets.Target, r kernel.Requirements) {
	t.Helper()
	symbols := maps.Clone(x.Symbols)
	symbols["CC_IS_CLANG"] = true
	got, by, unmet := r.Supports(symbols)
	if want := claims(x, r.Kernel, len(r.HaveRust) > 0); got != want {
		t.Errorf("Linux %s, %s: select HAVE_RUST holds: %v, the manifest says %v (if %q at %s, unmet %q)",
			r.Kernel, x.Name, got, want, by.Condition, by.Where, unmet)
	}
}

func TestKnownKernelsAgree(t *testing.T) {
	rows, err := manifests.Kernels()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, x := range targets.All() {
			r, err := kernel.Known(row.Release, kernel.Arch{SrcArch: x.SrcArch, Arch: x.Arch})
			if err != nil {
				t.Fatal(err)
			}
			agree(t, x, r)
		}
	}
}

// testTrees returns the kernel trees that KRUSTUP_TEST_TREES lists, separated by colons.
func testTrees(t *testing.T) []string {
	t.Helper()
	trees := filepath.SplitList(os.Getenv("KRUSTUP_TEST_TREES"))
	if len(trees) == 0 {
		t.Skip("KRUSTUP_TEST_TREES lists no kernel trees")
	}
	return trees
}

func TestTreesAgree(t *testing.T) {
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

// The lines that evidence names exist and are not empty in a tree of that release.
func TestEvidenceIsInTheTree(t *testing.T) {
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
				if e.Release != "Linux "+r.Kernel.String() {
					continue
				}
				looked++
				if line := lineOf(t, tree, e.File); strings.TrimSpace(line) == "" {
					t.Errorf("%s: %s is missing or empty", x.Name, e)
				}
			}
		}
	}
	if looked == 0 {
		t.Skip("no evidence names a release in KRUSTUP_TEST_TREES")
	}
}

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
func TestConfigIsInTheTree(t *testing.T) {
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

// kconfigSymbols returns the symbols that a tree defines for each SRCARCH, and under "" those for all of them.
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
