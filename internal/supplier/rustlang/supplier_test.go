package rustlang_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

const (
	triple = "x86_64-unknown-linux-gnu"
	commit = "59807616e 2026-04-14"
)

// bench is a dist server, and a supplier that uses it.
type bench struct {
	t        *testing.T
	dist     *mirrortest.RustDist
	supplier *rustlang.Supplier
	dir      string
	notes    []string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	t.Setenv(rustlang.MirrorVariable, "")
	b := &bench{t: t, dist: mirrortest.NewRustDist(t), dir: t.TempDir()}
	b.publish(release("1.95.0", "2026-04-16", "stable"))
	b.open(b.dist.Keyring)
	return b
}

// open creates a new supplier, as another run of krustup does.
func (b *bench) open(keyring *trust.Keyring) {
	b.t.Helper()
	client, err := fetch.New(fetch.Options{Retries: 1, Backoff: time.Millisecond})
	if err != nil {
		b.t.Fatal(err)
	}
	b.supplier, err = rustlang.New(rustlang.Options{Catalogues: b.dir, Client: client, Mirrors: map[string]string{rustlang.Dist: b.dist.URL()}, Keyring: keyring})
	if err != nil {
		b.t.Fatal(err)
	}
}

func release(version, date, channel string) mirrortest.RustRelease {
	return mirrortest.RustRelease{
		Version: version, Commit: commit, Date: date, Channel: channel, Packages: mirrortest.RustTools(version, commit, triple, "22.1.2"),
	}
}

func (b *bench) publish(r mirrortest.RustRelease) {
	b.t.Helper()
	if err := b.dist.Publish(r); err != nil {
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
	return b.updateWith(toolchain.UpdateOptions{Parts: parts})
}

func (b *bench) updateWith(opts toolchain.UpdateOptions) error {
	opts.Note = func(format string, args ...any) {
		b.notes = append(b.notes, strings.TrimSpace(format))
		for _, a := range args {
			if text, ok := a.(interface{ String() string }); ok {
				b.notes = append(b.notes, text.String())
			} else if err, ok := a.(error); ok {
				b.notes = append(b.notes, err.Error())
			} else if text, ok := a.(string); ok {
				b.notes = append(b.notes, text)
			}
		}
	}
	return b.supplier.Update(b.t.Context(), host(b.t, "x86_64"), opts)
}

func (b *bench) offers(q toolchain.Query) []toolchain.Offer {
	b.t.Helper()
	offers, unread, err := b.query(q)
	if err != nil || len(unread) > 0 {
		b.t.Fatalf("offers: %v, unread: %v", err, unread)
	}
	return offers
}

func (b *bench) query(q toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	if q.Host.IsZero() {
		q.Host = host(b.t, "x86_64")
	}
	if q.Components == nil {
		q.Components = []toolchain.Component{toolchain.Rust}
	}
	return b.supplier.Offers(q)
}

func pick(t *testing.T, offers []toolchain.Offer, version string) toolchain.Offer {
	t.Helper()
	at := slices.IndexFunc(offers, func(o toolchain.Offer) bool { return o.Version.String() == version })
	if at < 0 {
		t.Fatalf("no offer of %s", version)
	}
	return offers[at]
}

func TestOffersOfReleases(t *testing.T) {
	b := newBench(t)
	_, _, err := b.query(toolchain.Query{})
	if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); !ok || missing.Part != "" {
		t.Fatalf("without a catalogue: %v", err)
	}
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	offers := b.offers(toolchain.Query{})
	for _, version := range []string{"1.62.0", "1.73.0", "1.95.0", "1.98.1"} {
		o := pick(t, offers, version)
		if o.Component != toolchain.Rust || o.Channel != "" || o.Supplier != "rust-lang" || o.Suite != "stable" || o.Unsigned {
			t.Errorf("offer %+v", o)
		}
	}
	for release, want := range map[string]string{"1.62.0": "14", "1.85.1": "19", "1.95.0": "22.1.2", "1.98.1": "22"} {
		if got := pick(t, offers, release).LLVM.String(); got != want {
			t.Errorf("LLVM of %s is %s, expected %s", release, got, want)
		}
	}
	if list := b.offers(toolchain.Query{Components: []toolchain.Component{toolchain.GCC, toolchain.LLVM}}); len(list) != 0 {
		t.Errorf("offers of components that rust-lang does not have: %v", list)
	}
	recipe, err := b.supplier.Complete(pick(t, offers, "1.95.0"))
	if err != nil {
		t.Fatal(err)
	}
	checkRecipe(t, b, recipe)
	// The manifest of an older release is fetched when the release is needed.
	old := pick(t, offers, "1.73.0")
	_, err = b.supplier.Complete(old)
	if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); !ok || missing.Part != "1.73.0" {
		t.Fatalf("completing 1.73.0: %v", err)
	}
	b.publish(release("1.73.0", "2023-10-05", ""))
	if err := b.update("1.73.0"); err != nil {
		t.Fatal(err)
	}
	recipe, err = b.supplier.Complete(old)
	if err != nil || recipe.Artifacts[0].Path != "dist/2023-10-05/rustc-1.73.0-"+triple+".tar.xz" {
		t.Errorf("recipe of 1.73.0: %+v, %v", recipe.Artifacts, err)
	}
}

func checkRecipe(t *testing.T, b *bench, recipe toolchain.Recipe) {
	t.Helper()
	var paths []string
	fp, err := b.dist.Key.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range recipe.Artifacts {
		paths = append(paths, a.Path)
		if a.SignedBy != fp.String() || a.Size != 0 || a.Signature != "" {
			t.Errorf("artifact %+v", a)
		}
		if want := strings.TrimSuffix(a.Path, ".xz") + ".gz"; a.Instead == nil || a.Instead.Path != want || a.Instead.Digest == a.Digest {
			t.Errorf("%s: instead %+v", a.Path, a.Instead)
		}
		urls, err := b.supplier.Locate(a)
		if err != nil || len(urls) != 1 || urls[0] != b.dist.URL()+"/"+a.Path {
			t.Errorf("located at %v, %v", urls, err)
		}
	}
	var want []string
	for _, name := range []string{"rustc-1.95.0-" + triple, "rust-std-1.95.0-" + triple, "rust-src-1.95.0", "rustfmt-1.95.0-" + triple, "clippy-1.95.0-" + triple} {
		want = append(want, "dist/2026-04-16/"+name+".tar.xz")
	}
	if !slices.Equal(paths, want) || recipe.Layout != toolchain.LayoutRust || recipe.Tools["rustc"] != "bin/rustc" {
		t.Errorf("recipe %+v", recipe)
	}
}

func TestOffersOfChannels(t *testing.T) {
	b := newBench(t)
	nightly := release("1.97.0-nightly", "2026-05-20", "nightly")
	nightly.Packages = append(nightly.Packages, mirrortest.RustGCC(triple)...)
	b.publish(nightly)
	b.publish(release("1.96.0-beta.3", "2026-05-02", "beta"))
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"nightly": "1.97.0-nightly nightly-2026-05-20", "nightly-2026-05-20": "1.97.0-nightly nightly-2026-05-20",
		"beta": "1.96.0-beta.3 beta-2026-05-02", "stable": "1.95.0 stable",
	} {
		q := toolchain.Query{Channel: name}
		if _, _, err := b.query(q); name != "stable" {
			if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); !ok || missing.Part != name {
				t.Fatalf("%s without its catalogue: %v", name, err)
			}
			if err := b.update(name); err != nil {
				t.Fatal(err)
			}
		}
		offers := b.offers(q)
		o := offers[len(offers)-1]
		if got := o.Version.String() + " " + o.Channel; got != want || o.Rank != 1 || len(o.Backends) != 0 {
			t.Errorf("%s: %s (%+v), expected %s", name, got, o, want)
		}
		if recipe, err := b.supplier.Complete(o); err != nil || len(recipe.Artifacts) != 5 {
			t.Errorf("%s: recipe %+v, %v", name, recipe.Artifacts, err)
		}
	}
	// The other channels in the catalogues are refreshed with the stable channel; days of a channel are not.
	b.dist.Server.Forget()
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/dist/channel-rust-stable.toml": 1, "/dist/channel-rust-beta.toml": 1, "/dist/channel-rust-nightly.toml": 1, "/dist/*/*.toml": 0} {
		if got := b.dist.Server.Count(path); got != want {
			t.Errorf("%s was fetched %d times, expected %d", path, got, want)
		}
	}
	backend(t, b)
}

// backend queries rustc_codegen_gcc.
func backend(t *testing.T, b *bench) {
	t.Helper()
	q := toolchain.Query{Channel: "nightly", Backend: targets.GCC}
	if _, _, err := b.query(q); err == nil {
		t.Fatal("a backend was offered before its manifest was fetched")
	}
	if err := b.update("nightly+gcc"); err != nil {
		t.Fatal(err)
	}
	offers := b.offers(q)
	o := offers[len(offers)-1]
	recipe, err := b.supplier.Complete(o)
	if err != nil || !slices.Equal(o.Backends, []targets.Backend{targets.GCC}) || len(recipe.Artifacts) != 7 {
		t.Fatalf("%+v: %+v, %v", o, recipe.Artifacts, err)
	}
	if path := recipe.Artifacts[6].Path; path != "dist/2026-05-20/gcc-"+triple+"-nightly-"+triple+".tar.xz" {
		t.Errorf("libgccjit is in %s", path)
	}
	if got := recipe.Links["lib/rustlib/"+triple+"/codegen-backends/lib/x86_64-linux-gnu"]; got != triple {
		t.Errorf("links %v", recipe.Links)
	}
}

// If the newest nightly lacks a package, the newest earlier one with all packages is taken, with a note.
func TestNightlyThatLacksSomething(t *testing.T) {
	b := newBench(t)
	for _, n := range []struct{ date, lacks string }{{"2026-05-16", ""}, {"2026-05-17", ""}, {"2026-05-18", "cargo"}, {"2026-05-19", "rust-src"}, {"2026-05-20", "rustfmt-preview"}} {
		r := release("1.97.0-nightly", n.date, "nightly")
		for i := range r.Packages {
			r.Packages[i].Missing = r.Packages[i].Name == n.lacks
		}
		if n.date != "2026-05-19" { // there is no nightly of this day
			b.publish(r)
		}
	}
	if err := errors.Join(b.update(), b.update("nightly"), b.update("nightly-2026-05-20")); err != nil {
		t.Fatal(err)
	}
	offers := b.offers(toolchain.Query{Channel: "nightly"})
	if got := offers[len(offers)-1].Channel; got != "nightly-2026-05-17" {
		t.Errorf("took %s", got)
	}
	if text := strings.Join(b.notes, " "); !strings.Contains(text, "nightly-2026-05-20 has no rustfmt-preview") || !strings.Contains(text, "2026-05-17") {
		t.Errorf("notes %q", b.notes)
	}
	_, unread, err := b.query(toolchain.Query{Channel: "nightly-2026-05-20"})
	if err != nil || len(unread) != 1 || !strings.Contains(unread[0].Err.Error(), "has no rustfmt-preview for "+triple) {
		t.Errorf("the day that lacks a package: %v, %v", unread, err)
	}
}

// A release that is not in krustup's data is offered if the query names it.
func TestReleaseNotInData(t *testing.T) {
	b := newBench(t)
	b.publish(release("1.99.0", "2026-10-01", ""))
	b.publish(release("1.99.1", "2026-10-20", "stable"))
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	pick(t, b.offers(toolchain.Query{}), "1.99.1")
	q := toolchain.Query{Channel: "1.99.0"}
	if _, _, err := b.query(q); err == nil {
		t.Fatal("a release was offered before its manifest was fetched")
	}
	if err := b.update("1.99.0"); err != nil {
		t.Fatal(err)
	}
	if o := pick(t, b.offers(q), "1.99.0"); o.Channel != "" || o.Rank != 0 {
		t.Errorf("offer %+v", o)
	}
	err := b.update("1.73.9")
	none, ok := errors.AsType[*rustlang.NoReleaseError](err)
	if !ok || !slices.Equal(none.Near, []string{"1.74.1", "1.74.0", "1.73.0", "1.72.1"}) {
		t.Errorf("a release that does not exist: %v", err)
	}
}

func TestMirrors(t *testing.T) {
	b := newBench(t)
	t.Setenv(rustlang.MirrorVariable, b.dist.FileURL())
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	if n := len(b.dist.Server.Requests()); n > 0 {
		t.Errorf("%d requests to the server that the variable overrides", n)
	}
	t.Setenv(rustlang.MirrorVariable, "gopher://example.org")
	if err := b.update(); err == nil || !strings.Contains(err.Error(), rustlang.MirrorVariable) {
		t.Errorf("an invalid mirror: %v", err)
	}
	if _, err := b.supplier.Locate(toolchain.Artifact{Supplier: rustlang.Name, Path: "../secret"}); err == nil {
		t.Error("Locate accepted an artifact outside its base")
	}
}

func TestHosts(t *testing.T) {
	b := newBench(t)
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	// The server has no packages for this host: completing an offer fails with the reason.
	o := pick(t, b.offers(toolchain.Query{Host: host(t, "aarch64")}), "1.95.0")
	_, err := b.supplier.Complete(o)
	if missing, ok := errors.AsType[*rustlang.MissingError](err); !ok || missing.Triple != "aarch64-unknown-linux-gnu" {
		t.Errorf("completing an offer for a host without packages: %v", err)
	}
}

// A channel that the server no longer has is an error only if somebody asked for it.
func TestChannelIsGone(t *testing.T) {
	b := newBench(t)
	b.publish(release("1.96.0-beta.1", "2026-04-17", "beta"))
	if err := b.update("stable", "beta"); err != nil {
		t.Fatal(err)
	}
	b.dist.Server.Fault(mirrortest.Fault{Path: "/dist/channel-rust-beta.toml", Status: 404})
	b.notes = nil
	if err := b.updateWith(toolchain.UpdateOptions{}); err != nil || !strings.Contains(strings.Join(b.notes, " "), "rust-lang has no beta") {
		t.Errorf("%v, notes %q, expected one about beta", err, b.notes)
	}
	if err := b.update("beta"); err == nil {
		t.Error("an update of beta succeeded")
	}
}

// A damaged manifest is not replaced, because its date cannot be compared with that of the server's; one without its
// signature, as an interrupted update leaves it, is. Once the damaged one is removed, the next update fetches it.
func TestDamagedCatalogue(t *testing.T) {
	b := newBench(t)
	if err := b.update(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(b.dir, rustlang.Name, "stable")
	name := filepath.Join(dir, "channel.toml")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what  string
		spoil func() error
		lost  bool
	}{
		{"without signature", func() error { return os.Remove(name + ".asc") }, false},
		{"changed", func() error {
			return os.WriteFile(name, []byte(strings.Replace(string(data), "1.95.0", "1.96.0", 1)), 0o644)
		}, true},
	} {
		t.Run(test.what, func(t *testing.T) {
			if err := test.spoil(); err != nil {
				t.Fatal(err)
			}
			b.open(b.dist.Keyring)
			if _, _, err := b.query(toolchain.Query{}); err == nil {
				t.Error("the query accepted it")
			} else if _, ok := errors.AsType[*toolchain.NoCatalogueError](err); !ok {
				t.Errorf("got %v", err)
			}
			err := b.update()
			if unreadable, ok := errors.AsType[*store.UnreadableError](err); ok != test.lost || ok && unreadable.Path != dir {
				t.Fatalf("update: %v, expected a *store.UnreadableError: %v", err, test.lost)
			}
			if test.lost {
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
				err = b.update()
			}
			if err != nil {
				t.Fatal(err)
			}
			pick(t, b.offers(toolchain.Query{}), "1.95.0")
		})
	}
}
