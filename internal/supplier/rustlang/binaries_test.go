package rustlang

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// of returns the versions of bindgen that are offered for a host, with their suites.
func of(t *testing.T, s *Supplier, host string) map[string]string {
	t.Helper()
	h, err := toolchain.ParseHost(host)
	if err != nil {
		t.Fatal(err)
	}
	offers, _, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Bindgen}, Host: h})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for _, o := range offers {
		found[o.Version.String()] += o.Suite
	}
	return found
}

func TestBinaryOffers(t *testing.T) {
	s, err := New(Options{Catalogues: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if found := of(t, s, "x86_64"); found["0.69.5"] != "github.com" || found["0.65.1"] != "crates.io" {
		t.Errorf("x86_64: %v", found)
	}
	if found := of(t, s, "aarch64"); found["0.69.5"] != "" || found["0.65.1"] != "crates.io" {
		t.Errorf("aarch64: %v", found)
	}
	if found := of(t, s, "aarch64"); found["0.71.1"] != "crates.io" || found["0.73.2"] != "crates.io" || found["0.72.1"] != "" {
		t.Errorf("aarch64: %v", found)
	}
	// A program with a binary is not offered as a crate.
	s.manifest.Programs = append(s.manifest.Programs, manifests.RustCrate{Component: "bindgen", Name: "bindgen-cli", Version: version.MustParse("0.69.5")})
	if found := of(t, s, "x86_64"); found["0.69.5"] != "github.com" {
		t.Errorf("x86_64: %v", found)
	}
	if found := of(t, s, "aarch64"); found["0.69.5"] != "crates.io" {
		t.Errorf("aarch64: %v", found)
	}
}

// binaryBench starts a server that has data at the path of a tarball. It returns an installer with a supplier that has
// the tarball's pinned digest, and a set with only that tarball.
func binaryBench(t *testing.T, data []byte, pinned trust.Digest) (*install.Installer, toolchain.Set) {
	t.Helper()
	const path = "tool/releases/download/v1.0.0/tool-x86_64.tar.gz"
	s, client := serving(t, GitHubVariable, path, data)
	s.manifest.Binaries = []manifests.RustBinary{{
		Component: "bindgen", Version: version.MustParse("1.0.0"), Machine: "x86_64", Path: path, Digest: pinned, Strip: 1, Keep: []string{"tool"},
		Tools: map[string]string{"tool": "tool"},
	}}
	h, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	offers, _, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Bindgen}, Host: h})
	if err != nil {
		t.Fatal(err)
	}
	recipe, err := s.Complete(offers[0])
	if err != nil {
		t.Fatal(err)
	}
	st, err := store.Open(store.Options{Home: filepath.Join(t.TempDir(), "home")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", st.Home()).Run() })
	in := &install.Installer{Store: st, Client: client, Suppliers: []toolchain.Supplier{s}, Watch: watch{}, Jobs: 1}
	return in, toolchain.Set{Key: trust.DigestOf([]byte("a request")), Host: h, Picks: []toolchain.Pick{{Offer: offers[0], Recipe: recipe}}}
}

// watch ignores all events.
type watch struct{}

func (watch) Plan(string, int64, int64)                 {}
func (watch) Progress(int64)                            {}
func (watch) Done(string, string, int64, time.Duration) {}
func (watch) Settled([]install.Outcome)                 {}
func (watch) Note(string, ...any)                       {}
func (watch) Waiting(string, lock.Holder)               {}

func TestBinaryInstalls(t *testing.T) {
	data := packCrate(t, map[string]string{"tool-x86_64/tool": "#!/bin/sh\necho tool 1.0.0\n", "tool-x86_64/README.md": "read"})
	in, set := binaryBench(t, data, trust.DigestOf(data))
	e, err := in.Install(t.Context(), set, targets.Target{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(e.Bin, "tool")).Output()
	if err != nil || string(out) != "tool 1.0.0\n" {
		t.Errorf("it printed %q, %v", out, err)
	}
	if _, err := os.Stat(filepath.Join(e.Objects[0].Dir, "README.md")); err == nil {
		t.Error("README.md was unpacked, although Keep lists only the tool")
	}
}

func TestBinaryWithWrongDigest(t *testing.T) {
	data := packCrate(t, map[string]string{"tool-x86_64/tool": "#!/bin/sh\n"})
	in, set := binaryBench(t, data, trust.DigestOf([]byte("what was pinned")))
	_, err := in.Install(t.Context(), set, targets.Target{})
	if _, ok := errors.AsType[*trust.DigestError](err); !ok || !strings.Contains(err.Error(), "tool-x86_64.tar.gz") {
		t.Errorf("got %v, expected a *DigestError", err)
	}
	if left, _ := os.ReadDir(filepath.Join(in.Store.Home(), "objects")); len(left) > 0 {
		t.Errorf("installed: %v", left)
	}
}
