//go:build e2e

package host_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/toolchain"
)

// TestRealMachine finds the tools next to KRUSTUP_TEST_RUSTC, which `make e2e` sets, as those of this machine.
func TestRealMachine(t *testing.T) {
	rustc := os.Getenv("KRUSTUP_TEST_RUSTC")
	if rustc == "" {
		t.Fatal("KRUSTUP_TEST_RUSTC names no rustc: `make e2e` sets it")
	}
	t.Setenv("PATH", filepath.Dir(rustc)+string(filepath.ListSeparator)+os.Getenv("PATH"))
	s, err := host.New(host.Options{Catalogues: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(t.Context(), here(t), toolchain.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	q := query(t)
	q.Components = []toolchain.Component{toolchain.Rust, toolchain.Cargo}
	offers, unread, err := s.Offers(q)
	if err != nil || len(offers) == 0 {
		t.Errorf("found nothing: %v, %v, %v", offers, unread, err)
	}
	for _, o := range offers {
		t.Logf("%s %s in %s", o.Component, o.Version, o.Suite)
	}
}
