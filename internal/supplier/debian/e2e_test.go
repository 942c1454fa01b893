//go:build e2e

package debian

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// TestRealArchive updates from the machine's own mirror of Debian and completes every offer. If KRUSTUP_E2E_DIR is set,
// the catalogues are kept there, and a second run shows an update without changes.
func TestRealArchive(t *testing.T) {
	dir := os.Getenv("KRUSTUP_E2E_DIR")
	if dir == "" {
		dir = t.TempDir()
	}
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, machine := range []string{"x86_64", "aarch64"} {
		host, err := toolchain.ParseHost(machine)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(machine, func(t *testing.T) {
			s, err := New(Options{Catalogues: filepath.Join(dir, "catalogues"), Partial: filepath.Join(dir, "partial"), Client: client})
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			// Tests, but only tests, may use mirrors that are frozen on purpose.
			err = s.Update(t.Context(), host, toolchain.UpdateOptions{AllowStale: true, Note: t.Logf})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("update: %v", time.Since(began).Round(time.Millisecond))
			logStatus(t, s, host)
			completeAll(t, s, host)
		})
	}
}

func logStatus(t *testing.T, s *Supplier, host toolchain.Host) {
	list, err := s.Status(host)
	if err != nil {
		t.Fatal(err)
	}
	for _, st := range list {
		t.Logf("%-17s %s, stale %v, error %v", st.Part, st.Date.Format(time.DateOnly), st.Stale, st.Err)
	}
}

func completeAll(t *testing.T, s *Supplier, host toolchain.Host) {
	triples := []string{
		"aarch64-linux-gnu", "riscv64-linux-gnu", "s390x-linux-gnu", "arm-linux-gnueabihf", "powerpc64le-linux-gnu",
		"loongarch64-linux-gnu", "x86_64-linux-gnu",
	}
	began := time.Now()
	components := []toolchain.Component{toolchain.Rust, toolchain.Bindgen, toolchain.LLVM, toolchain.Pahole, toolchain.Patchelf, toolchain.Linux, toolchain.Cargo, toolchain.GCCRS, toolchain.QEMU}
	offers, unread, err := s.Offers(toolchain.Query{Components: components, Host: host, AllowStale: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("offers: %v", time.Since(began).Round(100*time.Microsecond))
	for _, u := range unread {
		t.Errorf("unread %s: %v", u.Suite, u.Err)
	}
	for _, triple := range triples {
		more, _, err := s.Offers(toolchain.Query{
			Components: []toolchain.Component{toolchain.GCC}, Host: host, AllowStale: true, Target: targets.Target{Debian: triple},
		})
		if err != nil || len(more) == 0 {
			t.Errorf("gcc for %s: %d offers, %v", triple, len(more), err)
		}
		offers = append(offers, more...)
	}
	for _, c := range append(components, toolchain.GCC) {
		if !slices.ContainsFunc(offers, func(o toolchain.Offer) bool { return o.Component == c && o.Rank == 0 }) {
			t.Errorf("%s: no offer of rank 0", c)
		}
	}
	for _, o := range offers {
		began := time.Now()
		recipe, err := s.Complete(o)
		if err != nil {
			t.Errorf("%s: %v", o.Key, err)
			continue
		}
		var fetched, unpacked int64
		var names []string
		for _, a := range recipe.Artifacts {
			fetched += a.Size
			unpacked += a.Unpacked
			name, _, _ := strings.Cut(a.Name, " ")
			names = append(names, name)
		}
		about := fmt.Sprintf("%s %s %s", o.Component, o.Version, o.Triple)
		if !o.LLVM.IsZero() {
			about += " LLVM " + o.LLVM.String()
		}
		if !o.Libclang.IsZero() {
			about += " libclang " + o.Libclang.String()
		}
		t.Logf("%-50s %d %-17s %3d artifacts %6.1f MB, %v", about, o.Rank, o.Suite, len(names), float64(fetched)/1e6, time.Since(began).Round(100*time.Microsecond))
		if testing.Verbose() && os.Getenv("KRUSTUP_E2E_NAMES") != "" {
			t.Logf("    %s", strings.Join(names, " "))
		}
	}
}
