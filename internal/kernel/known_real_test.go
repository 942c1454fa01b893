//go:build e2e

package kernel

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/manifests"
)

// TestRealRows compares the rows of kernels.toml with what is read from trees of the same releases. Of the trees at least
// one must have a row.
//
//	KRUSTUP_TEST_TREES=linux-6.12:linux-7.3 go test -tags e2e -run TestRealRows ./internal/kernel
func TestRealRows(t *testing.T) {
	rows, err := manifests.Kernels()
	if err != nil {
		t.Fatal(err)
	}
	trees := filepath.SplitList(os.Getenv("KRUSTUP_TEST_TREES"))
	if len(trees) == 0 {
		t.Fatal("KRUSTUP_TEST_TREES names no trees")
	}
	compared := 0
	for _, tree := range trees {
		t.Run(filepath.Base(tree), func(t *testing.T) {
			for _, arch := range []Arch{{"x86", "x86_64"}, {"arm64", "arm64"}, {"arm", "arm"}, {"riscv", "riscv"}, {"loongarch", "loongarch"}, {"um", "um"}, {"s390", "s390"}, {"powerpc", "powerpc"}} {
				read, err := Read(tree, arch)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.ContainsFunc(rows, func(row manifests.KernelRow) bool { return row.Release.Compare(read.Kernel) == 0 }) {
					t.Logf("kernels.toml has no row for Linux %s", read.Kernel)
					return
				}
				compared++
				asked := read.Kernel.String()
				if asked == read.Kernel.Series() {
					asked += ".0" // without it, the newest release of the series
				}
				known, err := Known(parseRelease(t, asked), arch)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(facts(known), facts(read)); diff != "" {
					t.Errorf("Linux %s for %s (-known +read):\n%s", read.Kernel, arch.Arch, diff)
				}
			}
		})
	}
	if compared == 0 {
		t.Errorf("kernels.toml has no row for any of %s: add rows", trees)
	}
}
