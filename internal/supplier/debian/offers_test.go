package debian

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

var everything = []toolchain.Component{
	toolchain.Rust, toolchain.Bindgen, toolchain.LLVM, toolchain.GCC, toolchain.Pahole, toolchain.Patchelf, toolchain.Linux,
}

func offersFor(t testing.TB, s *Supplier, gnu string) []toolchain.Offer {
	t.Helper()
	offers, unread, err := s.Offers(toolchain.Query{Components: everything, Host: amd64, Target: targets.Target{Debian: gnu}})
	if err != nil || len(unread) > 0 {
		t.Fatalf("%v, %v", err, unread)
	}
	return offers
}

func TestOffers(t *testing.T) {
	s := updated(t, debianArchive(t))
	var got []string
	for _, o := range offersFor(t, s, "aarch64-linux-gnu") {
		if o.Supplier != "debian" || o.Host != amd64 || o.Label == "" {
			t.Errorf("%+v", o)
		}
		text := fmt.Sprintf("%d %s %s %s", o.Rank, o.Suite, o.Component, o.Version)
		for _, more := range []string{o.Triple, o.LLVM.String(), o.Libclang.String()} {
			if more != "" {
				text += " " + more
			}
		}
		got = append(got, text)
	}
	slices.Sort(got)
	want := []string{
		"0 trixie bindgen 0.71.1 19.1.7",
		"0 trixie gcc 14.2.0 aarch64-linux-gnu",
		"0 trixie linux 6.12.94",
		"0 trixie pahole 1.30",
		"0 trixie rust 1.85.1 19.1.7",
		"0 trixie-security linux 6.12.107",
		"1 trixie-backports rust 1.96.1 19.1.7",
		"2 sid bindgen 0.71.1 22.1.8", // the newer libclang is in sid, and so is the pair
		"2 sid bindgen 0.72.1 19.1.7",
		"2 sid bindgen 0.72.1 22.1.8",
		"2 sid gcc 16.2.0 aarch64-linux-gnu",
		"2 sid rust 1.97.1 22.1.8", // and not 1.98.0, which has only rust-src
		"3 experimental linux 7.3-rc7",
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	keys := map[string]bool{}
	for _, o := range offersFor(t, s, "x86_64-linux-gnu") {
		if keys[o.Key] {
			t.Errorf("two offers have key %s", o.Key)
		}
		keys[o.Key] = true
	}
	if !keys["amd64/gcc-14-x86-64-linux-gnu=14.2.0-19"] || keys["amd64/gcc-14-aarch64-linux-gnu=14.2.0-19cross1"] {
		t.Errorf("for x86_64: %v; expected only the GCC of that target", keys)
	}
}

// recipeOf completes the offer with a key.
func recipeOf(t *testing.T, s *Supplier, gnu, key string) toolchain.Recipe {
	t.Helper()
	for _, o := range offersFor(t, s, gnu) {
		if o.Key == key {
			recipe, err := s.Complete(o)
			if err != nil {
				t.Fatal(err)
			}
			return recipe
		}
	}
	t.Fatalf("no offer %s", key)
	return toolchain.Recipe{}
}

func artifacts(r toolchain.Recipe) string {
	var names []string
	for _, a := range r.Artifacts {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}

func TestComplete(t *testing.T) {
	s := updated(t, debianArchive(t))
	cases := []struct{ gnu, key, want string }{
		{
			"", "amd64/rustc=1.85.1+dfsg1-1",
			"libgcc-s1 14.2.0-19, libc6 2.41-12, libz3-4 4.13.3-1+deb13u1, libllvm19 1:19.1.7-3+b1, libstd-rust-1.85 1.85.1+dfsg1-1, " +
				"libstd-rust-dev 1.85.1+dfsg1-1, rust-clippy 1.85.1+dfsg1-1, rust-src 1.85.1+dfsg1-1, rustc 1.85.1+dfsg1-1, rustfmt 1.85.1+dfsg1-1",
		},
		{ // libc6 of sid, because LLVM 22 needs it; libz3-4 of stable, because nothing needs a newer one
			"", "amd64/bindgen=0.72.1-1+b3+libclang1-22=1:22.1.8-3",
			"libgcc-s1 14.2.0-19, libc6 2.43-7, bindgen 0.72.1-1+b3, libz3-4 4.13.3-1+deb13u1, libllvm22 1:22.1.8-3, libclang1-22 1:22.1.8-3",
		},
		{"", "amd64/pahole=1.30-1", "libgcc-s1 14.2.0-19, libc6 2.41-12, libelf1t64 0.192-4, pahole 1.30-1"},
		{"", "amd64/linux-source-6.12=6.12.107-1", "linux-source-6.12 6.12.107-1"},
		{
			"aarch64-linux-gnu", "amd64/gcc-14-aarch64-linux-gnu=14.2.0-19cross1",
			"libgcc-s1 14.2.0-19, libc6 2.41-12, binutils-aarch64-linux-gnu 2.44-3, libgcc-14-dev-arm64-cross 14.2.0-19cross1, gcc-14-aarch64-linux-gnu 14.2.0-19cross1",
		},
		{
			"aarch64-linux-gnu", "amd64/gcc-16-aarch64-linux-gnu=16.2.0-3cross1",
			"libgcc-s1 14.2.0-19, libc6 2.41-12, binutils-aarch64-linux-gnu 2.46-1, gcc-16-aarch64-linux-gnu 16.2.0-3cross1",
		},
	}
	for _, c := range cases {
		if got := artifacts(recipeOf(t, s, c.gnu, c.key)); got != c.want {
			t.Errorf("%s: got %s\nexpected %s", c.key, got, c.want)
		}
	}
}

func TestRecipes(t *testing.T) {
	s := updated(t, debianArchive(t))
	rust := recipeOf(t, s, "", "amd64/rustc=1.85.1+dfsg1-1")
	if rust.Layout != toolchain.LayoutDebian || rust.Tools["rustc"] != "usr/bin/rustc" || rust.Paths[toolchain.PathSysroot] != "usr" || len(rust.Drop) == 0 {
		t.Errorf("%+v", rust)
	}
	for _, a := range rust.Artifacts {
		if keeps := strings.HasPrefix(a.Name, "rust-src "); keeps != (len(a.Keep) > 0) {
			t.Errorf("%s: keep %v", a.Name, a.Keep)
		}
	}
	bindgen := recipeOf(t, s, "", "amd64/bindgen=0.71.1-6+libclang1-19=1:19.1.7-3+b1")
	if got := bindgen.Paths[toolchain.PathLibclang]; got != "usr/lib/llvm-19/lib/libclang-19.so.1" {
		t.Errorf("libclang: %s", got)
	}
	source := recipeOf(t, s, "", "amd64/linux-source-6.12=6.12.94-1")
	if got := source.Paths[toolchain.PathSource]; got != "usr/src/linux-source-6.12.tar.xz" {
		t.Errorf("source: %s", got)
	}
	cross := recipeOf(t, s, "aarch64-linux-gnu", "amd64/gcc-14-aarch64-linux-gnu=14.2.0-19cross1")
	native := recipeOf(t, s, "x86_64-linux-gnu", "amd64/gcc-14-x86-64-linux-gnu=14.2.0-19")
	if cross.Paths[toolchain.PathCrossPrefix] != "usr/bin/aarch64-linux-gnu-" || cross.Tools["aarch64-linux-gnu-ld"] != "usr/bin/aarch64-linux-gnu-ld" {
		t.Errorf("%v, %v", cross.Paths, cross.Tools)
	}
	if cross.Links["usr/bin/aarch64-linux-gnu-gcc"] != "aarch64-linux-gnu-gcc-14" || len(cross.Links) != 5 {
		t.Errorf("links of a cross compiler: %v", cross.Links)
	}
	if native.Links["usr/x86_64-linux-gnu/bin/as"] != "../../bin/x86_64-linux-gnu-as" || native.Links["usr/bin/x86_64-linux-gnu-gcc"] != "x86_64-linux-gnu-gcc-14" {
		t.Errorf("links of a compiler for the host: %v", native.Links)
	}
	for _, r := range []toolchain.Recipe{rust, bindgen, source, cross, native} {
		for _, m := range []map[string]string{r.Tools, r.Paths, r.Links} {
			for key, value := range m {
				if strings.ContainsAny(key+value, "{}") {
					t.Errorf("%s = %s: a placeholder was not replaced", key, value)
				}
			}
		}
	}
}

// TestArtifactsAreWhatTheMirrorHas fetches all artifacts of a recipe from the addresses that Locate returns.
func TestArtifactsAreWhatTheMirrorHas(t *testing.T) {
	a := debianArchive(t)
	s := updated(t, a)
	fp, err := a.Key.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	recipe := recipeOf(t, s, "", "amd64/rustc=1.85.1+dfsg1-1")
	recipe.Artifacts = append(recipe.Artifacts, recipeOf(t, s, "", "amd64/linux-source-6.12=6.12.107-1").Artifacts...)
	dir := t.TempDir()
	archives := map[string]int{}
	for _, artifact := range recipe.Artifacts {
		urls, err := s.Locate(artifact)
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.opts.Client.File(t.Context(), fetch.Request{
			URLs: urls, Size: artifact.Size, Digest: artifact.Digest,
			Partial: filepath.Join(dir, "partial"), Dest: filepath.Join(dir, artifact.Digest.String()),
		})
		if err != nil {
			t.Errorf("%s: %v", artifact.Name, err)
		}
		if artifact.SignedBy != fp.String() || artifact.Supplier != "debian" || artifact.Unpacked < artifact.Size {
			t.Errorf("%+v: expected that %s signed it, and a bound of its unpacked size", artifact, fp)
		}
		archives[artifact.Archive]++
	}
	if archives["debian-security"] != 1 || archives["debian"] != len(recipe.Artifacts)-1 {
		t.Errorf("artifacts by archive: %v", archives)
	}
}

// TestSameAgain checks that another process finds the same offers and recipes, in any order of calls.
func TestSameAgain(t *testing.T) {
	a := debianArchive(t)
	dir := t.TempDir()
	s := newSupplier(t, a, dir, nil)
	if _, err := update(t.Context(), s, false); err != nil {
		t.Fatal(err)
	}
	offers := offersFor(t, s, "aarch64-linux-gnu")
	other := newSupplier(t, a, dir, nil)
	slices.Reverse(offers)
	for _, o := range offers {
		want, err := s.Complete(o)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := other.Complete(o); err != nil || gocmp.Diff(want, got, gocmp.Comparer(func(a, b trust.Digest) bool { return a == b })) != "" {
			t.Errorf("%s: error %v, or a different recipe", o.Key, err)
		}
	}
	again := offersFor(t, other, "aarch64-linux-gnu")
	byKey := func(a, b toolchain.Offer) int { return cmp.Compare(a.Key, b.Key) }
	slices.SortFunc(offers, byKey)
	slices.SortFunc(again, byKey)
	if len(offers) != len(again) {
		t.Fatalf("%d offers, then %d", len(offers), len(again))
	}
	for i := range offers {
		if offers[i].Key != again[i].Key || offers[i].Rank != again[i].Rank {
			t.Errorf("%+v, then %+v", offers[i], again[i])
		}
	}
}

func TestOffersErrors(t *testing.T) {
	a := debianArchive(t)
	s := newSupplier(t, a, t.TempDir(), nil)
	query := toolchain.Query{Components: everything, Host: amd64}
	if _, _, err := s.Offers(query); !is[*toolchain.NoCatalogueError](err) {
		t.Errorf("before any update: %v, expected a *NoCatalogueError", err)
	}
	s = updated(t, a)
	query.Host = arm64
	if _, _, err := s.Offers(query); !is[*toolchain.NoCatalogueError](err) {
		t.Errorf("for a host without catalogues: %v, expected a *NoCatalogueError", err)
	}
	if _, err := s.Complete(toolchain.Offer{Component: toolchain.Rust, Host: amd64, Key: "amd64/rustc=1.0-1"}); !is[*UnknownOfferError](err) {
		t.Errorf("an offer that no longer exists: %v, expected an *UnknownOfferError", err)
	}
	if _, err := s.Complete(toolchain.Offer{}); err == nil {
		t.Error("an offer for no host was completed")
	}
	for _, bad := range []toolchain.Artifact{
		{Supplier: "rust-lang", Archive: "debian", Path: "x"}, {Supplier: "debian", Archive: "ports", Path: "x"}, {Supplier: "debian", Archive: "debian", Path: "../x"},
	} {
		if urls, err := s.Locate(bad); err == nil {
			t.Errorf("%+v: located at %v", bad, urls)
		}
	}
}

func TestUnsatisfiableOffer(t *testing.T) {
	a := debianArchive(t)
	suite := a.Suite("trixie")
	suite.Debs = slices.DeleteFunc(suite.Debs, func(d mirrortest.Deb) bool { return d.Name == "libelf1t64" })
	a.Publish()
	s := updated(t, a)
	for _, o := range offersFor(t, s, "") {
		if o.Component != toolchain.Pahole {
			continue
		}
		_, err := s.Complete(o)
		if !is[*UnsatisfiableError](err) || !strings.Contains(err.Error(), "pahole 1.30-1 depends on libelf1: no package of that name is available") {
			t.Errorf("got %v, expected an *UnsatisfiableError that names libelf1", err)
		}
		return
	}
	t.Error("no pahole")
}

// BenchmarkOffers reads the catalogues again each time, as every run of krustup does.
func BenchmarkOffers(b *testing.B) {
	a := debianArchive(b)
	dir := b.TempDir()
	if _, err := update(b.Context(), newSupplier(b, a, dir, nil), false); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := newSupplier(b, a, dir, nil)
		for _, o := range offersFor(b, s, "aarch64-linux-gnu") {
			if _, err := s.Complete(o); err != nil {
				b.Fatal(err)
			}
		}
	}
}
