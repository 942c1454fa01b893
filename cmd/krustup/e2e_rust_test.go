//go:build e2e

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/cli/sets"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// testMixedSuppliers builds Linux 6.12's Rust code with rust-lang's rustc and Debian's bindgen and LLVM. The rustc is
// repacked from a rustup toolchain into tarballs of a local dist server with its own key; its rust-src is Debian's.
func (e *endToEnd) testMixedSuppliers(t *testing.T) {
	const release = "1.95.0"
	sysroot := rustupToolchain(t, release)
	tree := e.tree(t, "6.12")
	selection := []string{"--tree", tree, "--target", "x86_64", "--with", "rust=" + release}
	home := e.home()
	packages, err := mirrortest.RepackRust(release, sysroot, rustTriple(), e.rustSource(t, release))
	if err != nil {
		t.Fatal(err)
	}
	dist := mirrortest.NewRustDist(t)
	if err := dist.Publish(mirrortest.RustRelease{Version: release, Commit: "59807616e 2026-04-14", Date: "2026-04-16", Channel: "stable", Packages: packages}); err != nil {
		t.Fatal(err)
	}
	own := e.withRustKey(t, dist)
	args := append([]string{"--supplier", "debian", "--supplier", "rust-lang"}, selection...)
	_, notes, err := own.run(t, home, append([]string{"install"}, args...)...)
	t.Log(notes)
	if err != nil {
		t.Fatal(err)
	}
	own.checkRustObject(t, home, release, notes)
	var set cli.SetJSON
	if err := json.Unmarshal([]byte(own.must(t, home, append([]string{"resolve", "--json"}, args...)...)), &set); err != nil {
		t.Fatal(err)
	}
	for _, p := range set.Picks {
		want := "debian"
		if p.Component == toolchain.Rust {
			want = "rust-lang"
		}
		if p.Supplier != want {
			t.Errorf("%s is from %s, expected %s", p.Component, p.Supplier, want)
		}
	}
	out := own.must(t, home, append([]string{"run"}, append(args, "--", "rustc", "-vV")...)...)
	if !strings.Contains(out, "release: "+release) {
		t.Errorf("rustc -vV prints %q, expected release %s", out, release)
	}
	t.Log(own.must(t, home, append([]string{"prove"}, args...)...))
	e.checkWithRustup(t, dist, release)
}

// checkRustObject checks the source and the record of the installed object, and that krustup reported the chosen
// compression, which it does only in the run that fetches.
func (e *endToEnd) checkRustObject(t *testing.T, home, release, notes string) {
	t.Helper()
	if strings.Contains(notes, "fetched rustc-"+release) && !strings.Contains(notes, "bandwidth ") {
		t.Error("the notes do not report the chosen compression")
	}
	records, err := filepath.Glob(filepath.Join(home, "objects", "rust-"+release+"-*", store.RecordName))
	if err != nil || len(records) == 0 {
		t.Fatalf("records %v, %v", records, err)
	}
	for _, name := range records {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var record store.Record
		if err := json.Unmarshal(data, &record); err != nil {
			t.Fatal(err)
		}
		if record.Supplier == "rust-lang" && record.LLVM.String() != "22.1.2" {
			t.Errorf("%s: LLVM %s, but rustc -vV of %s prints 22.1.2", name, record.LLVM, release)
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(name), record.Paths[toolchain.PathRustLibSrc], "core/src/lib.rs")); err != nil {
			t.Error(err)
		}
	}
}

// rustSource returns library/ of a release from Debian's package rust-src, which backports keep for releases whose
// compiler they have removed. Its digest is in the catalogue that krustup verified.
func (e *endToEnd) rustSource(t *testing.T, release string) string {
	t.Helper()
	catalogues, err := filepath.Glob(filepath.Join(e.home(), "catalogues/debian/trixie-backports", runtime.GOARCH, "catalogue*"))
	if err != nil || len(catalogues) != 1 {
		t.Fatalf("catalogues %v, %v", catalogues, err)
	}
	data, err := os.ReadFile(catalogues[0])
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]string{}
	for stanza := range strings.SplitSeq(string(data), "\n\n") {
		if strings.HasPrefix(stanza, "Package: rust-src\n") && strings.Contains(stanza, "\nVersion: "+release+"+") {
			for line := range strings.Lines(stanza) {
				key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
				fields[key] = value
			}
		}
	}
	if fields["Filename"] == "" {
		t.Skipf("Debian no longer has rust-src %s", release)
	}
	return unpackDeb(t, e.debianMirror(t)+"/"+fields["Filename"], fields["SHA256"], "usr/src/rustc-"+release+"/library")
}

// debianMirror returns the address of the configured Debian mirror.
func (e *endToEnd) debianMirror(t *testing.T) string {
	t.Helper()
	var out struct{ Settings []sets.SettingJSON }
	if err := json.Unmarshal([]byte(e.must(t, e.home(), "config", "--json")), &out); err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(out.Settings, func(s sets.SettingJSON) bool { return s.Name == "mirrors.debian" })
	return out.Settings[at].Value
}

// unpackDeb fetches and unpacks a package and returns the path of one of its directories.
func unpackDeb(t *testing.T, address, sum, dir string) string {
	t.Helper()
	client, err := fetch.New(fetch.Options{})
	if err != nil {
		t.Fatal(err)
	}
	digest, err := trust.ParseDigest(sum)
	if err != nil {
		t.Fatal(err)
	}
	deb := filepath.Join(t.TempDir(), "package.deb")
	if _, err := client.File(t.Context(), fetch.Request{URLs: []string{address}, Digest: digest, Partial: deb + ".part", Dest: deb}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(deb)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tree := t.TempDir()
	if _, err := archive.UnpackDeb(t.Context(), f, tree, archive.Options{}); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(tree, dir)
}

// rustupToolchain returns the sysroot of a release that rustup has installed on this machine, or skips the test.
func rustupToolchain(t *testing.T, release string) string {
	t.Helper()
	out, err := exec.Command("rustup", "run", release, "rustc", "--print", "sysroot").Output()
	if err != nil {
		out, err = exec.Command("rustup", "run", "stable", "rustc", "--print", "sysroot").Output()
	}
	sysroot := strings.TrimSpace(string(out))
	if err == nil {
		out, err = exec.Command(filepath.Join(sysroot, "bin/rustc"), "--version").Output()
	}
	if err != nil || !bytes.HasPrefix(out, []byte("rustc "+release+" ")) {
		t.Skipf("rustup has no toolchain %s to repack", release)
	}
	return sysroot
}

// withRustKey returns an endToEnd whose krustup is this test program, with the key of a local dist server in place of
// rust-lang's embedded key.
func (e *endToEnd) withRustKey(t *testing.T, dist *mirrortest.RustDist) *endToEnd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(t.TempDir(), "krustup")
	if err := os.Symlink(self, bin); err != nil {
		t.Fatal(err)
	}
	public, err := dist.Key.Public()
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "rust.asc")
	if err := os.WriteFile(key, public, 0o644); err != nil {
		t.Fatal(err)
	}
	fp, err := dist.Key.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_RUST_KEY", key)
	t.Setenv("TEST_RUST_FINGERPRINT", fp.String())
	t.Setenv("KRUSTUP_RUST_MIRROR", dist.URL())
	return &endToEnd{bin: bin, dir: e.dir}
}

// checkWithRustup installs a toolchain with rustup from the same server. So another client verifies its layout.
func (e *endToEnd) checkWithRustup(t *testing.T, dist *mirrortest.RustDist, release string) {
	t.Helper()
	home := t.TempDir()
	cmd := exec.Command("rustup", "toolchain", "install", "--no-self-update", "--profile", "minimal", "--component", "rust-src", release)
	cmd.Env = append(os.Environ(), "RUSTUP_HOME="+home, "CARGO_HOME="+filepath.Join(home, "cargo"), "RUSTUP_DIST_SERVER="+dist.URL())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("rustup: %v\n%s", err, out)
	}
	out, err := exec.Command(filepath.Join(home, "toolchains", release+"-"+rustTriple(), "bin/rustc"), "--version").Output()
	if err != nil || !bytes.HasPrefix(out, []byte("rustc "+release+" ")) {
		t.Errorf("the rustc that rustup installed prints %q, %v; expected release %s", out, err, release)
	}
}
