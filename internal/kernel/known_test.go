package kernel

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/version"
)

func TestKnownRow(t *testing.T) {
	tests := []struct{ asked, source string }{
		{"7.2.13", "kernels.toml (tree 7.2.13)"},
		{"7.2.12", "kernels.toml (tree 7.2.6)"},
		{"7.2.99", "kernels.toml (tree 7.2.13)"},
		{"7.2", "kernels.toml (tree 7.2.13)"},
		{"7.3", "kernels.toml (tree 7.3.4)"},
		{"7.3-rc7", "kernels.toml (tree 7.3-rc7)"},
		{"7.3.1", "kernels.toml (tree 7.3-rc7)"},
		{"6.12", "kernels.toml (tree 6.12.107)"},
		{"6.12.0", "kernels.toml (tree 6.12)"},
		{"6.12.50", "kernels.toml (tree 6.12)"},
		{"6.6.9", "kernels.toml (tree 6.6)"},
		{"6.6.22", "kernels.toml (tree 6.6.17)"},
		{"6.16.5", "kernels.toml (no tree: what 6.15 and 6.17 have in common, and the merge requests)"},
		{"5.10.200", "kernels.toml (no Rust before 6.1)"},
	}
	for _, test := range tests {
		r, err := Known(version.MustParse(test.asked), Arch{"x86", "x86_64"})
		if err != nil || r.Source != test.source || r.Kernel.String() != test.asked {
			t.Errorf("%s: source %q of kernel %s, error %v, want %q", test.asked, r.Source, r.Kernel, err, test.source)
		}
	}
}

func TestKnownNot(t *testing.T) {
	tests := []struct{ asked, nearest string }{
		{"7.4", "7.3.4"},
		{"7.3-rc1", "7.2.13 7.3-rc7"},
		{"6.18.1", "6.17 6.18.2"},
		{"8.0", "7.3.4"},
	}
	for _, test := range tests {
		_, err := Known(version.MustParse(test.asked), Arch{"x86", "x86_64"})
		var unknown *UnknownKernelError
		if !errors.As(err, &unknown) || strings.Join(unknown.Nearest, " ") != test.nearest || unknown.Asked != test.asked {
			t.Errorf("%s: error %v, want a *UnknownKernelError with the nearest releases %s", test.asked, err, test.nearest)
		}
	}
}

func TestKnownFacts(t *testing.T) {
	tests := []struct {
		asked        string
		arch         Arch
		rustc, where string
		pinned       bool
		sure         string // IDs of the sure hazards for rustc
	}{
		{"6.1", Arch{"x86", "x86_64"}, "1.62.0", "scripts/min-tool-version.sh:33", true, "x86-pointer-width custom-target-unstable-options"},
		{"6.10", Arch{"arm64", "arm64"}, "1.78.0", "scripts/min-tool-version.sh:35", true, "receiver-trait"},
		{"6.11", Arch{"arm64", "arm64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, "receiver-trait"},
		{"6.12.107", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, ""},
		{"6.16", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh", false, "x86-pointer-width x86-no-jump-tables custom-target-unstable-options"},
		{"6.17", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:35", false, "x86-no-jump-tables custom-target-unstable-options"},
		{"6.19", Arch{"um", "um"}, "1.78.0", "scripts/min-tool-version.sh:33", false, "custom-target-unstable-options"},
		{"7.0", Arch{"x86", "x86_64"}, "1.78.0", "scripts/min-tool-version.sh:33", false, ""},
		{"7.3", Arch{"powerpc", "powerpc"}, "1.95.0", "scripts/min-tool-version.sh:33", false, ""},
		{"7.3", Arch{"s390", "s390"}, "1.96.0", "scripts/min-tool-version.sh:33", false, "s390-packed-stack"},
	}
	for _, test := range tests {
		r, err := Known(version.MustParse(test.asked), test.arch)
		if err != nil {
			t.Fatal(err)
		}
		d, ok := r.Demand(Rustc)
		if !ok || d.Version.String() != test.rustc || d.Pinned != test.pinned || d.Where.String() != test.where {
			t.Errorf("%s %s: rustc %+v, want %s pinned %v at %s", test.asked, test.arch.Arch, d, test.rustc, test.pinned, test.where)
		}
		var sure []string
		for _, h := range r.Hazards {
			if h.Sure && h.Tool == Rustc {
				sure = append(sure, h.ID)
			}
		}
		if got := strings.Join(sure, " "); got != test.sure {
			t.Errorf("%s %s: sure hazards %q, want %q", test.asked, test.arch.Arch, got, test.sure)
		}
	}
}

// TestDebianStableBuilds checks that no hazard excludes tools that real builds succeeded with: 6.12.107 with rustc
// 1.85.1 and bindgen 0.71.1.
func TestDebianStableBuilds(t *testing.T) {
	for _, arch := range []Arch{{"x86", "x86_64"}, {"arm64", "arm64"}, {"riscv", "riscv"}, {"loongarch", "loongarch"}, {"um", "um"}} {
		r, err := Known(version.MustParse("6.12.107"), arch)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range r.Hazards {
			for tool, v := range map[Tool]string{Rustc: "1.85.1", Bindgen: "0.71.1"} {
				if h.Tool == tool && h.Bad.Contains(version.MustParse(v)) {
					t.Errorf("%s: hazard %s excludes %s %s", arch.Arch, h.ID, tool, v)
				}
			}
		}
	}
}

// TestKnownMatchesTree compares a row with what is read from a tree with the same texts.
func TestKnownMatchesTree(t *testing.T) {
	tree := unpackTree(t, "7.3")
	for _, arch := range []Arch{{"x86", "x86_64"}, {"s390", "s390"}, {"powerpc", "powerpc"}, {"riscv", "riscv"}} {
		read, err := Read(tree, arch)
		if err != nil {
			t.Fatal(err)
		}
		known, err := Known(version.MustParse("7.3.4"), arch)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(facts(known), facts(read)); diff != "" {
			t.Errorf("%s (-known +read):\n%s", arch.Arch, diff)
		}
	}
}

// facts returns the facts that do not depend on line numbers, sorted.
func facts(r Requirements) []string {
	var list []string
	for _, d := range r.Demands {
		list = append(list, string(d.Tool)+" "+d.Version.String())
	}
	for _, h := range r.HaveRust {
		list = append(list, h.Where.File+" "+h.Condition)
	}
	for _, h := range r.Hazards {
		list = append(list, h.ID)
	}
	return slices.Sorted(slices.Values(list))
}
