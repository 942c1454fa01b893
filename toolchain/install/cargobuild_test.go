//go:build e2e

package install

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// silent is a Watcher that ignores all events.
type silent struct{}

func (silent) Plan(string, int64, int64)                 {}
func (silent) Progress(int64)                            {}
func (silent) Done(string, string, int64, time.Duration) {}
func (silent) Note(string, ...any)                       {}
func (silent) Waiting(string, lock.Holder)               {}
func (silent) Settled([]Outcome)                         {}

// crate packs files as `cargo package` does.
func crate(t *testing.T, name string, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if err := w.WriteHeader(&tar.Header{Name: name + "/" + file, Mode: 0o644, Size: int64(len(files[file])), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(files[file])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// rustHere returns objects for the rustc in KRUSTUP_TEST_RUSTC and the cargo in the same directory.
func rustHere(t *testing.T) map[toolchain.Component]store.Object {
	t.Helper()
	rustc := os.Getenv("KRUSTUP_TEST_RUSTC")
	bin := strings.TrimPrefix(filepath.Dir(rustc), "/")
	if _, err := os.Stat("/" + bin + "/cargo"); rustc == "" || err != nil {
		t.Fatalf("KRUSTUP_TEST_RUSTC is %q, expected a rustc with a cargo in its directory, as `make e2e` sets it (%v)", rustc, err)
	}
	object := func(name string) store.Object {
		return store.Object{Record: store.Record{Dir: "/", Tools: map[string]string{name: bin + "/" + name}}}
	}
	return map[toolchain.Component]store.Object{toolchain.Rust: object("rustc"), toolchain.Cargo: object("cargo")}
}

// buildBench is a store with the crates of a program that uses two libraries, one of them indirectly.
type buildBench struct {
	in    *Installer
	pick  toolchain.Pick
	stage *store.Stage
}

func newBuild(t *testing.T, main string, spoil func(crates map[string][]byte)) buildBench {
	t.Helper()
	library := func(name, dependency, code string) []byte {
		manifest := "[package]\nname = \"" + name + "\"\nversion = \"1.0.0\"\nedition = \"2021\"\n"
		if dependency != "" {
			manifest += "[dependencies]\n" + dependency + " = \"1\"\n"
		}
		return crate(t, name+"-1.0.0", map[string]string{"Cargo.toml": manifest, "src/lib.rs": code})
	}
	crates := map[string][]byte{
		"inner": library("inner", "", "pub fn word() -> &'static str { \"inner\" }"),
		"outer": library("outer", "inner", "pub fn words() -> String { format!(\"outer {}\", inner::word()) }"),
	}
	lock := "version = 3\n"
	for _, name := range []string{"inner", "outer"} {
		lock += "\n[[package]]\nname = \"" + name + "\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"" + trust.DigestOf(crates[name]).String() + "\"\n"
		if name == "outer" {
			lock += "dependencies = [\n \"inner\",\n]\n"
		}
	}
	lock += "\n[[package]]\nname = \"tool\"\nversion = \"1.0.0\"\ndependencies = [\n \"outer\",\n]\n"
	crates["tool"] = crate(t, "tool-1.0.0", map[string]string{
		"Cargo.toml": "[package]\nname = \"tool\"\nversion = \"1.0.0\"\nedition = \"2021\"\n[dependencies]\nouter = \"1\"\n", "Cargo.lock": lock, "src/main.rs": main,
	})
	p := toolchain.Pick{Offer: toolchain.Offer{Component: toolchain.Bindgen, Version: version.MustParse("1.0.0"), Supplier: "rust-lang", Host: parseHost(t, "x86_64")}, Recipe: toolchain.Recipe{Layout: toolchain.LayoutCargo, Tools: map[string]string{"tool": "bin/tool"}}}
	for _, name := range []string{"tool", "inner", "outer"} {
		p.Recipe.Artifacts = append(p.Recipe.Artifacts, toolchain.Artifact{Name: name + " 1.0.0", Path: name + "/" + name + "-1.0.0.crate", Digest: trust.DigestOf(crates[name])})
	}
	if spoil != nil {
		spoil(crates)
	}
	st, err := store.Open(store.Options{Home: filepath.Join(t.TempDir(), "home")})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.EnsureWritable(); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"tool", "inner", "outer"} {
		at := st.ArchivePath(p.Recipe.Artifacts[i].Digest)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, crates[name], 0o644); err != nil {
			t.Fatal(err)
		}
	}
	stage, err := st.Stage(toolchain.ObjectID(p))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stage.Discard() })
	return buildBench{&Installer{Store: st, Watch: silent{}, Jobs: 1, Offline: true}, p, stage}
}

// build verifies the crates and builds the program in the stage.
func (b buildBench) build(ctx context.Context, others map[toolchain.Component]store.Object) (*object, error) {
	o := &object{in: b.in, pick: b.pick, id: toolchain.ObjectID(b.pick), stage: b.stage, others: others}
	defer o.close()
	if err := o.verify(ctx); err != nil {
		return o, err
	}
	return o, o.unpack(ctx)
}

// printing is the source of a program that prints the words of its libraries.
const printing = "fn main() { println!(\"{}\", outer::words()) }"

func TestRealBuild(t *testing.T) {
	rust := rustHere(t)
	b := newBuild(t, printing, nil)
	o, err := b.build(t.Context(), rust)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(filepath.Join(b.stage.Dir, "bin/tool")).Output()
	if err != nil || string(out) != "outer inner\n" {
		t.Errorf("the program printed %q, %v", out, err)
	}
	left, err := os.ReadDir(b.stage.Dir)
	if err != nil || len(left) != 1 {
		t.Errorf("the object contains %v, expected only bin", left)
	}
	if err := o.makeRecord(t.Context()); err != nil {
		t.Fatal(err)
	}
	published, err := b.stage.Publish(t.Context(), o.record)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(published.Dir, "bin/tool"))
	if err != nil || published.Record.Built["tool"] != trust.DigestOf(data) {
		t.Errorf("the record lists the built programs %v (%v)", published.Record.Built, err)
	}
}

func TestRealBuildFails(t *testing.T) {
	rust := rustHere(t)
	is := func(want error) func(error) bool {
		return func(err error) bool {
			switch want.(type) {
			case *BuildError:
				_, ok := errors.AsType[*BuildError](err)
				return ok
			case *trust.DigestError:
				_, ok := errors.AsType[*trust.DigestError](err)
				return ok
			}
			return errors.Is(err, want)
		}
	}
	for _, test := range []struct {
		name, main, want string
		spoil            func(map[string][]byte)
		change           func(*toolchain.Pick)
		check            func(error) bool
	}{
		{"does not compile", "fn main() { outer::nothing() }", "nothing", nil, nil, is(&BuildError{})},
		{"a crate that is not listed", printing, "inner", nil, func(p *toolchain.Pick) { p.Recipe.Artifacts = slices.Delete(p.Recipe.Artifacts, 1, 2) }, is(&BuildError{})},
		{"changed in the store", printing, "SHA-256", func(c map[string][]byte) { c["inner"] = append(c["inner"], 'x') }, nil, is(&trust.DigestError{})},
		{"not the crate that the lock names", printing, "inner", func(c map[string][]byte) {}, func(p *toolchain.Pick) { p.Recipe.Artifacts[1].Digest = p.Recipe.Artifacts[2].Digest }, is(&BuildError{})},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBuild(t, test.main, test.spoil)
			if test.change != nil {
				test.change(&b.pick)
			}
			_, err := b.build(t.Context(), rust)
			if err == nil || !test.check(err) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, expected %q", err, test.want)
			}
		})
	}
	for i, which := range []string{"its own crate", "another crate"} {
		t.Run(which+" has a path out of the tree", func(t *testing.T) {
			b := newBuild(t, printing, nil)
			evil := crate(t, "evil-1.0.0", map[string]string{"../../../evil": "out"})
			b.pick.Recipe.Artifacts[i].Digest = trust.DigestOf(evil)
			at := b.in.Store.ArchivePath(trust.DigestOf(evil))
			if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, evil, 0o644)); err != nil {
				t.Fatal(err)
			}
			_, err := b.build(t.Context(), rust)
			if _, ok := errors.AsType[*archive.HostileError](err); !ok {
				t.Errorf("got %v, expected a *HostileError", err)
			}
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		b := newBuild(t, printing, nil)
		ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, context.Canceled)
		defer cancel()
		if _, err := b.build(ctx, rust); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("no cargo in the set", func(t *testing.T) {
		b := newBuild(t, printing, nil)
		if _, err := b.build(t.Context(), map[toolchain.Component]store.Object{}); err == nil {
			t.Error("built without a cargo")
		}
	})
}

func parseHost(t *testing.T, name string) toolchain.Host {
	t.Helper()
	host, err := toolchain.ParseHost(name)
	if err != nil {
		t.Fatal(err)
	}
	return host
}
