package targets_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
)

func TestFind(t *testing.T) {
	cases := map[string]string{
		"x86_64": "x86_64", "amd64": "x86_64", "arm64": "arm64", "aarch64": "arm64", "arm": "armv7", "armhf": "armv7",
		"riscv": "riscv64", "loongarch": "loongarch64", "s390": "s390x", "powerpc64le": "ppc64le", "ppc64el": "ppc64le",
		"powerpc": "ppc32", "uml": "um", "hppa": "parisc", "or1k": "openrisc", "sh": "sh4", "i686": "i386", "sparc": "sparc32",
		"armel": "armv5", "aarch64_be": "arm64be", "hppa64": "parisc64",
	}
	for name, want := range cases {
		got, err := targets.Find(name)
		if err != nil || got.Name != want {
			t.Errorf("Find(%q) = %q, %v; expected %q", name, got.Name, err, want)
		}
	}
}

func TestFindSuggests(t *testing.T) {
	cases := []struct {
		name string
		want []string
	}{
		{"aarch46", []string{"aarch64"}},
		{"x86-46", []string{"x86-64"}},
		{"ARM64", []string{"arm64"}},
		{"riscv65", []string{"riscv64"}},
		{"m86k", []string{"m68k"}},
		{"aplha", []string{"alpha"}},
		{"itanium", nil},
		{"", nil},
	}
	for _, c := range cases {
		_, err := targets.Find(c.name)
		unknown, ok := errors.AsType[*targets.UnknownError](err)
		if !ok || unknown.Name != c.name {
			t.Fatalf("Find(%q): %v, expected an *UnknownError for it", c.name, err)
		}
		if len(unknown.Nearest) > 3 || len(c.want) == 0 && len(unknown.Nearest) != 0 {
			t.Errorf("Find(%q) suggests %v, expected %v", c.name, unknown.Nearest, c.want)
		}
		if len(c.want) > 0 && (len(unknown.Nearest) == 0 || unknown.Nearest[0] != c.want[0]) {
			t.Errorf("Find(%q) suggests %v, expected %v first", c.name, unknown.Nearest, c.want)
		}
	}
}

func TestAll(t *testing.T) {
	all := targets.All()
	if !slices.IsSortedFunc(all, func(a, b targets.Target) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("not sorted by name")
	}
	all[0].Name = "changed"
	if targets.All()[0].Name == "changed" {
		t.Error("a change to the returned slice is visible to the next caller")
	}
}

// The facts about targets with Rust, taken from the kernel's own files independently of the manifests.
func TestFacts(t *testing.T) {
	type facts struct {
		SrcArch, GNU, Since string
		GCC, LLVM           bool
		Bits                int
		Endian              string
	}
	want := map[string]facts{
		"x86_64":      {"x86", "x86_64-linux-gnu", "6.1", true, true, 64, "little"},
		"um":          {"um", "", "6.3", true, true, 64, "little"},
		"um-i386":     {"um", "", "6.11", true, true, 32, "little"},
		"loongarch64": {"loongarch", "loongarch64-linux-gnu", "6.8", true, true, 64, "little"},
		"arm64":       {"arm64", "aarch64-linux-gnu", "6.9", true, true, 64, "little"},
		"riscv64":     {"riscv", "riscv64-linux-gnu", "6.10", false, true, 64, "little"},
		"armv7":       {"arm", "arm-linux-gnueabihf", "6.15", true, true, 32, "little"},
		"s390x":       {"s390", "s390x-linux-gnu", "7.2", true, true, 64, "big"},
		"ppc64le":     {"powerpc", "powerpc64le-linux-gnu", "7.3", true, true, 64, "little"},
		"ppc32":       {"powerpc", "powerpc-linux-gnu", "7.3", true, true, 32, "big"},
	}
	got := map[string]facts{}
	for _, x := range targets.All() {
		if !x.Since.IsZero() {
			got[x.Name] = facts{x.SrcArch, x.GNU, x.Since.String(), x.GCC, x.LLVM, x.Bits, x.Endian}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("targets with Rust (-want +got):\n%s", diff)
	}
}

// A variant's symbols must agree with its bits and byte order, or `select HAVE_RUST if …` is evaluated incorrectly.
func TestSymbolsAgree(t *testing.T) {
	for _, x := range targets.All() {
		if is64, ok := x.Symbols["64BIT"]; ok && is64 != (x.Bits == 64) {
			t.Errorf("%s: 64BIT is %v, but bits is %d", x.Name, is64, x.Bits)
		}
		for symbol, endian := range map[string]string{"CPU_LITTLE_ENDIAN": "little", "CPU_BIG_ENDIAN": "big"} {
			if on, ok := x.Symbols[symbol]; ok && on != (x.Endian == endian) {
				t.Errorf("%s: %s is %v, but endian is %s", x.Name, symbol, on, x.Endian)
			}
		}
		if s, ok := x.Support(targets.LLVM); !x.Since.IsZero() && (!ok || s.Status != targets.Works) {
			t.Errorf("%s: kernels have Rust for it, but the status of llvm is %q", x.Name, s.Status)
		}
		for _, s := range x.Backends {
			for _, e := range s.Evidence {
				if e.String() == "" {
					t.Errorf("%s: %s: empty evidence", x.Name, s.Backend)
				}
			}
		}
	}
}

// Every command looks up a target, so decoding all manifests has to be fast.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := manifests.Targets(); err != nil {
			b.Fatal(err)
		}
	}
}
