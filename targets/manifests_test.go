package targets_test

import (
	"maps"
	"regexp"
	"slices"
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

// Where gccrs can generate code, what it lacks is cited from its own project.
func TestGccrsIsCited(t *testing.T) {
	for _, x := range targets.All() {
		s, ok := x.Support(targets.GCCRS)
		if !ok || s.Status == targets.None {
			continue
		}
		for _, page := range []string{"https://github.com/Rust-GCC/gccrs/pull/4659", "https://github.com/Rust-GCC/gccrs/issues/4839"} {
			if !slices.Contains(s.Evidence, targets.Evidence{URL: page}) {
				t.Errorf("%s: gccrs does not cite %s", x.Name, page)
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
			r, err := kernel.Known(kernel.Release{Version: row.Release}, kernel.Arch{SrcArch: x.SrcArch, Arch: x.Arch})
			if err != nil {
				t.Fatal(err)
			}
			agree(t, x, r)
		}
	}
}
