package kernelorg_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/kernelorg"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// bench is a mirror, and a supplier that uses it.
type bench struct {
	t        *testing.T
	mirror   *mirrortest.KernelOrg
	supplier *kernelorg.Supplier
	client   *fetch.Client
	dir      string
}

const (
	llvmDir  = "tools/llvm/files"
	crossDir = "tools/crosstool/files/bin/x86_64/14.4.0"
	linuxDir = "linux/kernel/v6.x"
)

func newBench(t *testing.T) *bench {
	t.Helper()
	t.Setenv(kernelorg.MirrorVariable, "")
	b := &bench{t: t, mirror: mirrortest.NewKernelOrg(t), dir: t.TempDir()}
	var err error
	if b.client, err = fetch.New(fetch.Options{Retries: 1, Backoff: time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	b.add(llvmDir, "llvm-19.1.7-x86_64", "llvm-19.1.7-x86_64", "bin/clang")
	b.add(llvmDir, "llvm-15.0.7-x86_64", "llvm-15.0.7-x86_64", "bin/clang")
	b.add(llvmDir, "llvm-15.0.7-aarch64", "llvm-15.0.7-aarch64", "bin/clang")
	b.add(llvmDir, "llvm-23.1.0-rc1-x86_64", "llvm-23.1.0-rc1-x86_64", "bin/clang")
	b.add("tools/llvm/rust/files", "llvm-22.1.6-rust-1.95.0-x86_64", "llvm-22.1.6-rust-1.95.0-x86_64", "bin/rustc")
	b.add("tools/llvm/rust/files", "llvm-22.1.6-rust-1.94.1-x86_64", "llvm-22.1.6-rust-1.94.1-x86_64", "bin/rustc")
	b.add(crossDir, "x86_64-gcc-14.4.0-nolibc-aarch64-linux", "gcc-14.4.0-nolibc/aarch64-linux", "bin/aarch64-linux-gcc")
	b.add(crossDir, "x86_64-gcc-14.4.0-nolibc-s390-linux", "gcc-14.4.0-nolibc/s390-linux", "bin/s390-linux-gcc")
	for _, v := range []string{"6.12", "6.12.5"} {
		b.addSigned("linux-"+v, b.mirror.Key)
	}
	b.publish()
	b.open(b.mirror.Keyring)
	return b
}

func (b *bench) add(dir, stem, top, program string) {
	b.t.Helper()
	if err := b.mirror.Add(dir, stem, top, []mirrortest.File{mirrortest.Program(program, []byte("#!/bin/sh\n"))}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) addSigned(stem string, key *mirrortest.Key) {
	b.t.Helper()
	if err := b.mirror.Add(linuxDir, stem, stem, []mirrortest.File{mirrortest.Text("Makefile", "VERSION = 6\n")}, key); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) publish() {
	b.t.Helper()
	if err := b.mirror.Publish(); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) open(keyring *trust.Keyring) {
	b.t.Helper()
	var err error
	b.supplier, err = kernelorg.New(kernelorg.Options{Catalogues: b.dir, Client: b.client, Mirror: b.mirror.URL(), Keyring: keyring})
	if err != nil {
		b.t.Fatal(err)
	}
}

func host(t *testing.T, name string) toolchain.Host {
	t.Helper()
	h, err := toolchain.ParseHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func (b *bench) update(parts ...string) error {
	b.t.Helper()
	return b.supplier.Update(b.t.Context(), host(b.t, "x86_64"), toolchain.UpdateOptions{Parts: parts})
}

// offers queries the supplier as the first use of krustup does: it fetches the parts that are missing and queries
// again.
func (b *bench) offers(q toolchain.Query) []toolchain.Offer {
	b.t.Helper()
	if q.Host.IsZero() {
		q.Host = host(b.t, "x86_64")
	}
	for {
		offers, _, err := b.supplier.Offers(q)
		missing, ok := errors.AsType[*toolchain.NoCatalogueError](err)
		if ok {
			err = b.supplier.Update(b.t.Context(), q.Host, toolchain.UpdateOptions{Parts: []string{missing.Part}})
		}
		if err != nil {
			b.t.Fatal(err)
		}
		if !ok {
			return offers
		}
	}
}

func target(t *testing.T, name string) targets.Target {
	t.Helper()
	found, err := targets.Find(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func versions(offers []toolchain.Offer) []string {
	var list []string
	for _, o := range offers {
		list = append(list, o.Version.String())
	}
	slices.Sort(list)
	return list
}

func TestOffers(t *testing.T) {
	for _, test := range []struct {
		component, target, host string
		want                    []string
	}{
		{"llvm", "arm64", "x86_64", []string{"15.0.7", "19.1.7", "22.1.6", "22.1.6", "23.1.0-rc1"}},
		{"llvm", "arm64", "aarch64", []string{"15.0.7"}},
		{"llvm", "m68k", "x86_64", nil},
		{"gcc", "arm64", "x86_64", []string{"14.4.0"}},
		{"gcc", "riscv64", "x86_64", nil},
		{"gcc", "hexagon", "x86_64", nil},
		{"rust", "arm64", "x86_64", []string{"1.94.1", "1.95.0"}},
		{"linux", "arm64", "x86_64", []string{"6.12", "6.12.5"}},
		{"bindgen", "arm64", "x86_64", nil},
	} {
		b := newBench(t)
		if test.host == "aarch64" && test.component == "gcc" {
			continue
		}
		q := toolchain.Query{Components: []toolchain.Component{toolchain.Component(test.component)}, Host: host(t, test.host), Target: target(t, test.target)}
		if got := versions(b.offers(q)); !slices.Equal(got, test.want) {
			t.Errorf("%s for %s on %s: %v, expected %v", test.component, test.target, test.host, got, test.want)
		}
	}
}

// A part that the server does not have is an error only if somebody asked for it. A directory that fails does not keep
// the others of its part from being updated.
func TestPartlyUpdated(t *testing.T) {
	b := newBench(t)
	if err := os.RemoveAll(filepath.Join(b.mirror.Dir, "tools/crosstool")); err != nil {
		t.Fatal(err)
	}
	var notes []string
	opts := toolchain.UpdateOptions{Note: func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }}
	if err := b.supplier.Update(t.Context(), host(t, "x86_64"), opts); err != nil || len(notes) != 1 || !strings.Contains(notes[0], "no lists of crosstool") {
		t.Errorf("%v, %q, expected a note about crosstool", err, notes)
	}
	if err := b.update("crosstool"); err == nil {
		t.Error("an update of crosstool succeeded")
	}
	b = newBench(t)
	b.mirror.Server.Fault(mirrortest.Fault{Path: "/tools/crosstool/files/bin/x86_64/5.5.0/sha256sums.asc", Status: 500})
	if err := b.update("crosstool"); err == nil {
		t.Error("an update of crosstool succeeded")
	}
	if n := b.mirror.Server.Count("/" + crossDir + "/sha256sums.asc"); n == 0 {
		t.Error("the directory after the one that failed was not asked for")
	}
}

// A query for a host and a target names the cross compilers that crosstool never published for them.
func TestHoles(t *testing.T) {
	b := newBench(t)
	if err := b.update("crosstool"); err != nil {
		t.Fatal(err)
	}
	if err := b.supplier.Update(t.Context(), host(t, "aarch64"), toolchain.UpdateOptions{Parts: []string{"crosstool"}}); err == nil {
		t.Fatal("Update succeeded for a host that the mirror has no directory for")
	}
	for _, test := range []struct{ host, target, want string }{
		{"x86_64", "arm64", ""},
		{"aarch64", "arm64", "GCC 5.5.0 of aarch64-linux on arm64 was never published"},
		{"x86_64", "i386", "GCC 9.5.0 of i386-linux on x86_64 was never published"},
	} {
		_, unread, err := b.supplier.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.GCC}, Host: host(t, test.host), Target: target(t, test.target)})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, u := range unread {
			got += u.Err.Error()
		}
		if got != test.want {
			t.Errorf("%s on %s: %q, expected %q", test.target, test.host, got, test.want)
		}
	}
}

func TestRecipes(t *testing.T) {
	b := newBench(t)
	fp, err := b.mirror.Key.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		component, version, path, tool, at string
		llvm, libclang                     string
	}{
		{"llvm", "19.1.7", "tools/llvm/files/llvm-19.1.7-x86_64.tar.xz", "clang", "bin/clang", "", "19.1.7"},
		{"llvm", "22.1.6", "tools/llvm/rust/files/llvm-22.1.6-rust-1.94.1-x86_64.tar.xz", "ld.lld", "bin/ld.lld", "", "22.1.6"},
		{"rust", "1.95.0", "tools/llvm/rust/files/llvm-22.1.6-rust-1.95.0-x86_64.tar.xz", "rustc", "bin/rustc", "22.1.6", ""},
		{"rust", "1.94.1", "tools/llvm/rust/files/llvm-22.1.6-rust-1.94.1-x86_64.tar.xz", "rustc", "bin/rustc", "21", ""},
		{"gcc", "14.4.0", crossDir + "/x86_64-gcc-14.4.0-nolibc-aarch64-linux.tar.xz", "aarch64-linux-gcc", "bin/aarch64-linux-gcc", "", ""},
		{"linux", "6.12.5", "linux/kernel/v6.x/linux-6.12.5.tar.xz", "", "", "", ""},
	} {
		q := toolchain.Query{Components: []toolchain.Component{toolchain.Component(test.component)}, Target: target(t, "arm64")}
		offers := b.offers(q)
		at := slices.IndexFunc(offers, func(o toolchain.Offer) bool { return o.Version.String() == test.version })
		o := offers[at]
		if o.LLVM.String() != test.llvm || o.Libclang.String() != test.libclang {
			t.Errorf("%s %s: LLVM %q, libclang %q", test.component, test.version, o.LLVM, o.Libclang)
		}
		recipe, err := b.supplier.Complete(o)
		if err != nil {
			t.Fatal(err)
		}
		a := recipe.Artifacts[0]
		if a.Path != test.path || a.Instead == nil || a.SignedBy != fp.String() || recipe.Tools[test.tool] != test.at {
			t.Errorf("%s %s: %+v of %+v", test.component, test.version, recipe, a)
		}
		if want := test.component == "linux"; (a.Signature != "") != want {
			t.Errorf("%s: signature %q", test.component, a.Signature)
		}
		urls, err := b.supplier.Locate(a)
		if err != nil || urls[0] != b.mirror.URL()+"/"+test.path {
			t.Errorf("located at %v, %v", urls, err)
		}
	}
	if recipe, _ := b.supplier.Complete(b.offers(toolchain.Query{Components: []toolchain.Component{toolchain.GCC}, Target: target(t, "arm64")})[0]); recipe.Paths[toolchain.PathCrossPrefix] != "bin/aarch64-linux-" {
		t.Errorf("paths %v", recipe.Paths)
	}
}

// TestRealList reads a list that kernel.org published and signed.
func TestRealList(t *testing.T) {
	data, err := os.ReadFile("testdata/llvm-sha256sums.asc")
	if err != nil {
		t.Fatal(err)
	}
	b := newBench(t)
	at := filepath.Join(b.mirror.Dir, llvmDir, "sha256sums.asc")
	if err := os.WriteFile(at, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(b.mirror.Dir, "tools/llvm/rust")); err != nil {
		t.Fatal(err)
	}
	b.open(nil)
	list := versions(b.offers(toolchain.Query{Components: []toolchain.Component{toolchain.LLVM}, Target: target(t, "x86_64")}))
	if len(list) != 85 || !slices.Contains(list, "11.1.0") || !slices.Contains(list, "15.0.7") || !slices.Contains(list, "22.1.8") {
		t.Errorf("%d versions: %v", len(list), list)
	}
	status, err := b.supplier.Status(host(t, "x86_64"))
	if err != nil || status[0].Date.Format(time.DateTime) != "2026-07-20 01:05:12" {
		t.Errorf("status %+v, %v", status, err)
	}
}

func TestAttacks(t *testing.T) {
	stranger, err := mirrortest.NewKey("stranger")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, want string
		spoil      func(*bench)
	}{
		{"unsigned", "does not start with a signed message", func(b *bench) { b.mirror.Keys = []*mirrortest.Key{} }},
		{"stranger", "no good signature by a pinned key", func(b *bench) { b.mirror.Keys = []*mirrortest.Key{stranger} }},
		{"bit flip", "does not match", func(b *bench) { b.mirror.Server.Fault(mirrortest.Fault{Flip: true}) }},
		{"cut", "unreachable", func(b *bench) { b.mirror.Server.Fault(mirrortest.Fault{Cut: 400}) }},
		{"truncated", "no signature", func(b *bench) {
			b.mirror.Server.Fault(mirrortest.Fault{Body: []byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nx\n")})
		}},
		{"oversize", "more than", func(b *bench) { b.mirror.Server.Fault(mirrortest.Fault{Body: make([]byte, 17<<20)}) }},
		{"5xx", "unreachable", func(b *bench) { b.mirror.Server.Fault(mirrortest.Fault{Status: 500}) }},
		{"no list", "404", func(b *bench) { b.mirror.Server.Fault(mirrortest.Fault{Status: 404}) }},
		{"replayed", "this is a replay attack", func(b *bench) { b.mirror.Date = b.mirror.Date.Add(-time.Hour) }},
		{"line", "expected a digest, two spaces and a name", func(b *bench) { b.mirror.Extra[llvmDir] = []string{"nonsense"} }},
		{"digest", "SHA-256 digest", func(b *bench) { b.mirror.Extra[llvmDir] = []string{"00  llvm-1.0.0-x86_64.tar.xz"} }},
		{"duplicate", "is listed twice", func(b *bench) {
			b.mirror.Extra[llvmDir] = []string{strings.Repeat("0", 64) + "  llvm-19.1.7-x86_64.tar.xz"}
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if err := b.update("llvm"); err != nil {
				t.Fatal(err)
			}
			test.spoil(b)
			b.publish()
			b.open(b.mirror.Keyring)
			err := b.update("llvm")
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, expected %q", err, test.want)
			}
			b.mirror.Server.Heal()
			q := toolchain.Query{Components: []toolchain.Component{toolchain.LLVM}, Host: host(t, "aarch64"), Target: target(t, "arm64")}
			b.mirror.Keys, b.mirror.Date, b.mirror.Extra = nil, b.mirror.Date.Add(2*time.Hour), map[string][]string{}
			b.publish()
			if got := versions(b.offers(q)); !slices.Equal(got, []string{"15.0.7"}) {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
}

func TestNamesThatClimb(t *testing.T) {
	b := newBench(t)
	for _, name := range []string{"../../../llvm-1.0.0-x86_64.tar.xz", "sub/llvm-1.0.0-x86_64.tar.xz", "llvm-1.0.0/../x-x86_64.tar.xz"} {
		b.mirror.Extra[llvmDir] = append(b.mirror.Extra[llvmDir], strings.Repeat("0", 64)+"  "+name)
	}
	b.publish()
	for _, o := range b.offers(toolchain.Query{Components: []toolchain.Component{toolchain.LLVM}, Target: target(t, "arm64")}) {
		if strings.Contains(o.Key, "1.0.0") {
			t.Errorf("offered: %+v", o)
		}
	}
	if _, err := b.supplier.Locate(toolchain.Artifact{Supplier: kernelorg.Name, Archive: "tools", Path: "../x"}); err == nil {
		t.Error("Locate accepted an artifact outside its base")
	}
}

// watch ignores all events.
type watch struct{}

func (watch) Plan(string, int64, int64)                 {}
func (watch) Progress(int64)                            {}
func (watch) Done(string, string, int64, time.Duration) {}
func (watch) Note(string, ...any)                       {}
func (watch) Waiting(string, lock.Holder)               {}
func (watch) Settled([]install.Outcome)                 {}

func (b *bench) source(v string) error {
	b.t.Helper()
	st, err := store.Open(store.Options{Home: filepath.Join(b.t.TempDir(), "home")})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := b.update("linux"); err != nil {
		b.t.Fatal(err)
	}
	suppliers := []toolchain.Supplier{b.supplier}
	pick, err := toolchain.FindSource(toolchain.SourceRequest{Want: version.MustParseRange("= " + v), Host: host(b.t, "x86_64"), Suppliers: suppliers})
	if err != nil {
		return err
	}
	in := &install.Installer{Store: st, Client: b.client, Suppliers: suppliers, Watch: watch{}, Jobs: 1}
	dir := filepath.Join(b.t.TempDir(), "linux")
	err = in.Source(b.t.Context(), pick, dir)
	if _, statErr := os.Stat(filepath.Join(dir, "Makefile")); (statErr == nil) != (err == nil) {
		b.t.Errorf("Source returned %v, but stat of its Makefile %v", err, statErr)
	}
	return err
}

// The signature of a release covers the uncompressed tar, and is checked in addition to the digest in the list.
func TestSource(t *testing.T) {
	stranger, err := mirrortest.NewKey("stranger")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		spoil func(*bench)
		check func(error) bool
	}{
		{"good", func(*bench) {}, func(err error) bool { return err == nil }},
		{"signed by a stranger", func(b *bench) { b.addSigned("linux-6.12.5", stranger) }, is[*trust.SignatureError]},
		{"signature of another release", func(b *bench) {
			data, err := os.ReadFile(filepath.Join(b.mirror.Dir, linuxDir, "linux-6.12.tar.sign"))
			if err != nil {
				t.Fatal(err)
			}
			b.addSigned("linux-6.12.5", b.mirror.Key)
			if err := b.mirror.Add(linuxDir, "linux-6.12.5", "linux-6.12.5", []mirrortest.File{mirrortest.Text("Makefile", "VERSION = 7\n")}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(b.mirror.Dir, linuxDir, "linux-6.12.5.tar.sign"), data, 0o644); err != nil {
				t.Fatal(err)
			}
		}, is[*trust.SignatureError]},
		{"no signature", func(b *bench) {
			if err := os.Remove(filepath.Join(b.mirror.Dir, linuxDir, "linux-6.12.5.tar.sign")); err != nil {
				t.Fatal(err)
			}
		}, is[*fetch.NotFoundError]},
		{"tarball changed", func(b *bench) {
			b.mirror.Server.Fault(mirrortest.Fault{Path: "/" + linuxDir + "/*.tar.?z", Flip: true})
		}, is[*trust.DigestError]},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			test.spoil(b)
			b.publish()
			err := b.source("6.12.5")
			if !test.check(err) {
				t.Errorf("got %v", err)
			}
			if _, hostile := errors.AsType[*archive.HostileError](err); hostile {
				t.Errorf("it was unpacked before it was verified: %v", err)
			}
		})
	}
	err = newBench(t).source("6.12.6")
	if none, ok := errors.AsType[*toolchain.NoSourceError](err); !ok || len(none.Available) != 2 {
		t.Errorf("a release that does not exist: %v", err)
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
