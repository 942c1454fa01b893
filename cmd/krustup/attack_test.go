package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/mirrortest"
)

// hostile is an attack in a correctly signed tarball.
type hostile struct {
	name    string
	want    string       // alternatives for the error message, separated by |
	entries []tar.Header // with names relative to the top directory of the kind of tarball
	cut     bool         // truncated
}

func hostileTarballs(outside string) []hostile {
	link := func(name, target string) tar.Header {
		return tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}
	}
	file := func(name string, mode int64) tar.Header {
		return tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode}
	}
	return []hostile{
		{"climbing path", "climbs", []tar.Header{file("../../../../../../x", 0o644)}, false},
		{"absolute link", "absolute|leads out", []tar.Header{link("a", outside)}, false},
		{"link out", "leads out|outside", []tar.Header{link("a", "../../../../../../..")}, false},
		{"link then write through it", "symbolic link", []tar.Header{link("l", "d"), file("l/x", 0o644)}, false},
		{"hard link out", "climbs", []tar.Header{{Typeflag: tar.TypeLink, Name: "h", Linkname: "../../../../../../x", Mode: 0o644}}, false},
		{"set-uid", "set-uid", []tar.Header{file("su", 0o4755)}, false},
		{"device", "device", []tar.Header{{Typeflag: tar.TypeChar, Name: "null", Mode: 0o666, Devmajor: 1, Devminor: 3}}, false},
		{"fifo", "fifo", []tar.Header{{Typeflag: tar.TypeFifo, Name: "pipe", Mode: 0o666}}, false},
		{"truncated", "unexpected EOF|cut", []tar.Header{file("x", 0o644)}, true},
	}
}

// tar returns the tarball, with its entries below the directory top.
func (h hostile) tar(t *testing.T, top string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range append([]tar.Header{{Typeflag: tar.TypeDir, Name: top, Mode: 0o755}}, h.entries...) {
		if e.Name != top {
			e.Name = top + e.Name
		}
		if e.Typeflag == tar.TypeLink {
			e.Linkname = top + e.Linkname
		}
		if err := w.WriteHeader(&e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if h.cut {
		return out.Bytes()[:out.Len()-1024-300] // inside the last header
	}
	return out.Bytes()
}

// testMachine is a machine with a mirror of every supplier.
type testMachine struct {
	t          *testing.T
	debian     *mirrortest.Debian
	mirrors    mirrors
	home, work string
}

func newTestMachine(t *testing.T) *testMachine {
	t.Helper()
	others, err := newOtherMirrors(t)
	if err != nil {
		t.Fatal(err)
	}
	a := &testMachine{t: t, debian: newArchive(t), mirrors: others, work: t.TempDir()}
	a.home = filepath.Join(a.work, "home")
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", a.work).Run() })
	for name, key := range map[string]*mirrortest.Key{"ARCHIVE": a.debian.Key, "RUST": others.rust.Key, "KERNEL": others.kernel.Key} {
		public, err := key.Public()
		if err != nil {
			t.Fatal(err)
		}
		fp, err := key.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(a.work, name+".asc")
		if err := os.WriteFile(file, public, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Setenv("TEST_"+name+"_KEY", file)
		t.Setenv("TEST_"+name+"_FINGERPRINT", fp.String())
	}
	for name, value := range map[string]string{
		"KRUSTUP_HOME": a.home, "KRUSTUP_DEBIAN_MIRROR": a.debian.URL(), "KRUSTUP_RUST_MIRROR": others.rust.URL(),
		"KRUSTUP_KERNEL_MIRROR": others.kernel.URL(), "XDG_CONFIG_HOME": a.work,
	} {
		t.Setenv(name, value)
	}
	return a
}

// krustup runs the program and returns its exit code and its combined output.
func (a *testMachine) krustup(args ...string) (int, string) {
	a.t.Helper()
	cmd := exec.Command("krustup", args...)
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		a.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// objects returns the paths of the installed objects.
func (a *testMachine) objects() []string {
	a.t.Helper()
	found, err := filepath.Glob(filepath.Join(a.home, "objects", "*"))
	if err != nil {
		a.t.Fatal(err)
	}
	return found
}

// TestSignedAttacks checks that an attacker with the key of a supplier can neither write outside an object nor have an
// incomplete one installed.
func TestSignedAttacks(t *testing.T) {
	a := newTestMachine(t)
	if err := a.mirrors.publishRust("1.98.1", "2026-09-03", []string{"stable"}); err != nil {
		t.Fatal(err)
	}
	if err := a.mirrors.publishKernel(nil); err != nil {
		t.Fatal(err)
	}
	install := []string{"install", "--tree", "testdata/tree", "--target", "arm64"}
	suppliers := []struct {
		name    string
		command []string
		publish func(*testing.T, hostile) error
	}{
		{"debian", append(slices.Clone(install), "--with", "pahole"), a.inPackage},
		{"rust-lang", append(slices.Clone(install), "--with", "rust=1.95.0"), a.inRust},
		{"kernel-org LLVM", append(slices.Clone(install), "--supplier", "kernel-org", "--supplier", "debian", "--with", "llvm=19.1.7"), a.inLLVM},
		{"kernel-org Linux", []string{"source", "--supplier", "kernel-org", "-o", filepath.Join(a.work, "linux"), "6.6.17"}, a.inLinux},
	}
	for _, s := range suppliers {
		for _, h := range hostileTarballs(a.work) {
			wantCode := failure.Unverified
			if s.name == "debian" && h.name == "absolute link" { // absolute links are resolved in the tree, as in a chroot, so that only pahole is missing
				wantCode, h.want = failure.Failed, "do not contain pahole"
			}
			t.Run(s.name+"/"+h.name, func(t *testing.T) {
				if err := s.publish(t, h); err != nil {
					t.Fatal(err)
				}
				a.t = t
				if code, out := a.krustup("update"); code != failure.Done {
					t.Fatalf("update: exit code %d: %s", code, out)
				}
				before := a.objects()
				code, out := a.krustup(s.command...)
				if code != wantCode || !slices.ContainsFunc(strings.Split(h.want, "|"), func(want string) bool { return strings.Contains(out, want) }) {
					t.Errorf("exit code %d, expected %d and %q: %s", code, wantCode, h.want, out)
				}
				for _, o := range a.objects() {
					if !slices.Contains(before, o) && strings.HasPrefix(filepath.Base(o), a.attackedComponent(s.name)) {
						t.Errorf("installed: %s", o)
					}
				}
				a.checkNothingLeft(t)
			})
		}
	}
}

// attackedComponent returns the prefix of the object that a supplier's hostile tarball would become.
func (a *testMachine) attackedComponent(supplier string) string {
	return map[string]string{"debian": "pahole-", "rust-lang": "rust-", "kernel-org LLVM": "llvm-", "kernel-org Linux": "linux-"}[supplier]
}

// checkNothingLeft checks that the attack left no files, neither at its targets nor in the temporary directories.
func (a *testMachine) checkNothingLeft(t *testing.T) {
	t.Helper()
	for _, path := range []string{"linux", "x", "../x", "home/x", "home/objects/x"} {
		if _, err := os.Lstat(filepath.Join(a.work, path)); err == nil {
			t.Errorf("the attack created %s", path)
		}
	}
	left, err := filepath.Glob(filepath.Join(a.work, ".linux*"))
	if err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
	if left, err = filepath.Glob(filepath.Join(a.home, "tmp", "*")); err != nil || len(left) > 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
}

// inPackage publishes the tarball in Debian's package pahole. Each has its own version, because the archive caches
// built packages.
func (a *testMachine) inPackage(t *testing.T, h hostile) error {
	suite := a.debian.Suite("trixie")
	for i := range suite.Debs {
		if suite.Debs[i].Name == "pahole" {
			suite.Debs[i].Data = h.tar(t, "./usr/")
			suite.Debs[i].Version += "+1"
		}
	}
	return a.debian.Publish()
}

// inRust publishes the tarball in the package rustfmt of a release.
func (a *testMachine) inRust(t *testing.T, h hostile) error {
	const version, date, commit = "1.95.0", "2026-04-16", "59807616e 2026-04-14"
	r := mirrortest.RustRelease{Version: version, Commit: commit, Date: date, Packages: mirrortest.RustTools(version, commit, rustTriple(), "22.1.2")}
	for i := range r.Packages {
		if r.Packages[i].Name == "rustfmt-preview" {
			r.Packages[i].Data = h.tar(t, "rustfmt-1.95.0/rustfmt-preview/")
		}
	}
	if err := os.RemoveAll(filepath.Join(a.home, "catalogues", "rust-lang", version)); err != nil {
		return err
	}
	return a.mirrors.rust.Publish(r)
}

// inLLVM publishes the tarball as kernel.org's LLVM.
func (a *testMachine) inLLVM(t *testing.T, h hostile) error {
	machine, _, _ := strings.Cut(rustTriple(), "-")
	stem := fmt.Sprintf("llvm-19.1.7-%s", machine)
	if err := a.mirrors.kernel.AddTar("tools/llvm/files", stem, h.tar(t, stem+"/")); err != nil {
		return err
	}
	return a.mirrors.kernel.Publish()
}

// inLinux publishes the tarball as a signed release of Linux.
func (a *testMachine) inLinux(t *testing.T, h hostile) error {
	if err := a.mirrors.kernel.AddTar("linux/kernel/v6.x", "linux-6.6.17", h.tar(t, "linux-6.6.17/"), a.mirrors.kernel.Key); err != nil {
		return err
	}
	return a.mirrors.kernel.Publish()
}

// TestReplayOverUnreadable checks that whoever can spoil a stored catalogue, or has it spoilt by chance, cannot make
// krustup accept an older one: it is refused, with the file to remove, until somebody removes it.
func TestReplayOverUnreadable(t *testing.T) {
	spoils := map[string]func(string) error{
		"truncated": func(name string) error {
			info, err := os.Stat(name)
			if err != nil {
				return err
			}
			return os.Truncate(name, info.Size()/2)
		},
		"empty":   func(name string) error { return os.Truncate(name, 0) },
		"garbage": func(name string) error { return os.WriteFile(name, []byte("garbage"), 0o644) },
		"permission denied": func(name string) error {
			if os.Geteuid() == 0 { // root reads everything but a directory
				return cmp.Or(os.Remove(name), os.Mkdir(name, 0o755))
			}
			return os.Chmod(name, 0)
		},
	}
	for what, spoil := range spoils {
		for _, supplier := range []string{"debian", "rust-lang", "kernel-org"} {
			t.Run(supplier+"/"+what, func(t *testing.T) {
				a := newTestMachine(t)
				a.publishDated(t, 0)
				update := []string{"update", "--supplier", supplier}
				if code, out := a.krustup(update...); code != 0 {
					t.Fatalf("exit code %d: %s", code, out)
				}
				dir := map[string]string{
					"debian": "trixie/*/meta.json", "rust-lang": "stable/channel.toml", "kernel-org": "tools/llvm/files/sha256sums.asc",
				}[supplier]
				found, err := filepath.Glob(filepath.Join(a.home, "catalogues", supplier, dir))
				if err != nil || len(found) != 1 {
					t.Fatalf("%v, %v", found, err)
				}
				if err := spoil(found[0]); err != nil {
					t.Fatal(err)
				}
				a.publishDated(t, -1)
				for range 2 { // the failure itself does not make the next update accept it
					code, out := a.krustup(update...)
					if code != failure.Unverified || !strings.Contains(out, found[0]) || !strings.Contains(out, "hint: nothing replaces it") {
						t.Errorf("exit code %d, expected %d, the file and the hint: %s", code, failure.Unverified, out)
					}
				}
				if err := os.RemoveAll(filepath.Dir(found[0])); err != nil {
					t.Fatal(err)
				}
				a.publishDated(t, 1)
				if code, out := a.krustup(update...); code != 0 {
					t.Errorf("once it is removed: exit code %d: %s", code, out)
				}
			})
		}
	}
}

// publishDated publishes the archives of all suppliers as they were the given number of days later.
func (a *testMachine) publishDated(t *testing.T, days int) {
	t.Helper()
	later := time.Duration(days) * 24 * time.Hour
	for _, suite := range []string{"trixie", "sid"} {
		a.debian.Suite(suite).Date = a.debian.Suite(suite).Date.Add(later)
	}
	a.mirrors.kernel.Date = a.mirrors.kernel.Date.Add(later)
	date := a.mirrors.kernel.Date.Format(time.DateOnly)
	err := errors.Join(a.debian.Publish(), a.mirrors.publishRust("1.98.1", date, []string{"stable"}), a.mirrors.publishKernel(nil))
	if err != nil {
		t.Fatal(err)
	}
}
