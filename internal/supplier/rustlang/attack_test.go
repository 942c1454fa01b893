package rustlang_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// unverified is implemented by every error that reports a failed verification of a manifest.
type unverified interface {
	error
	Unverified() bool
}

func TestAttacks(t *testing.T) {
	replace := func(old, with string) func(string) string {
		return func(text string) string { return strings.Replace(text, old, with, 1) }
	}
	const file = "https://static.rust-lang.org/dist/2026-04-16/rustc-1.95.0-" + triple + ".tar.xz"
	for _, test := range []struct {
		name, want string
		spoil      func(*bench, *mirrortest.RustRelease)
	}{
		{"unsigned", "there is no signature", func(_ *bench, r *mirrortest.RustRelease) { r.Keys = []*mirrortest.Key{} }},
		{"signed by a stranger", "no good signature by a pinned key", func(b *bench, r *mirrortest.RustRelease) {
			stranger, err := mirrortest.NewKey("stranger")
			if err != nil {
				b.t.Fatal(err)
			}
			r.Keys = []*mirrortest.Key{stranger}
		}},
		{"changed after signing", "does not match", func(b *bench, r *mirrortest.RustRelease) {
			b.dist.Server.Fault(mirrortest.Fault{Path: "/dist/channel-rust-stable.toml", Flip: true})
		}},
		{"cut", "does not match", func(b *bench, r *mirrortest.RustRelease) {
			b.dist.Server.Fault(mirrortest.Fault{Path: "/dist/channel-rust-stable.toml", Body: []byte("manifest-version = \"2\"\n")})
		}},
		{"oversize", "more than", func(b *bench, r *mirrortest.RustRelease) {
			b.dist.Server.Fault(mirrortest.Fault{Path: "/dist/channel-rust-stable.toml", Body: make([]byte, 33<<20)})
		}},
		{"oversize signature", "more than", func(b *bench, r *mirrortest.RustRelease) {
			b.dist.Server.Fault(mirrortest.Fault{Path: "/dist/channel-rust-stable.toml.asc", Body: make([]byte, 1<<20)})
		}},
		{"another version of the format", "manifest-version", func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = replace(`manifest-version = "2"`, `manifest-version = "3"`)
		}},
		{"unknown key", `unknown key "urls"`, func(_ *bench, r *mirrortest.RustRelease) { r.Edit = replace("\nurl = ", "\nurls = ") }},
		{"unknown table", `unknown table "pkgs.rust"`, func(_ *bench, r *mirrortest.RustRelease) { r.Edit = replace("[pkg.rust]", "[pkgs.rust]") }},
		{"duplicate package", `table "pkg.cargo" is defined twice`, func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = func(text string) string { return text + "\n[pkg.cargo]\nversion = \"1\"\n" }
		}},
		{"duplicate key", `key "date" is defined twice`, func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = replace("date = ", "date = \"2020-01-01\"\ndate = ")
		}},
		{"type", "available is String, expected Bool", func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = replace("available = true", `available = "true"`)
		}},
		{"not TOML", "not TOML", func(_ *bench, r *mirrortest.RustRelease) { r.Edit = func(text string) string { return text + "[" } }},
		{"date", "expected YYYY-MM-DD", func(_ *bench, r *mirrortest.RustRelease) { r.Edit = replace(`date = "2026-04-16"`, `date = "today"`) }},
		{"a nightly as stable", "it is the manifest of Rust 1.97.0-nightly, expected the stable channel", func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = func(text string) string { return strings.ReplaceAll(text, `"1.95.0 (`, `"1.97.0-nightly (`) }
		}},
		{"no version", "rustc has version", func(_ *bench, r *mirrortest.RustRelease) {
			r.Edit = func(text string) string { return strings.ReplaceAll(text, `"1.95.0 (`, `"new (`) }
		}},
		{"replayed", "this is a replay attack", func(_ *bench, r *mirrortest.RustRelease) { r.Date = "2026-04-15" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			if err := b.update(); err != nil {
				t.Fatal(err)
			}
			spoilt := release("1.95.0", "2026-04-16", "stable")
			test.spoil(b, &spoilt)
			b.dist.Dir = t.TempDir()
			server := mirrortest.NewServer(b.dist.Dir)
			t.Cleanup(server.Close)
			old := b.dist.Server
			if spoilt.Keys == nil && spoilt.Edit == nil && spoilt.Date == "2026-04-16" {
				server = old // the archive is unchanged; only the server's answers are wrong
			} else {
				b.publish(spoilt)
			}
			b.dist.Server = server
			b.open(b.dist.Keyring)
			err := b.update()
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, expected %q", err, test.want)
			}
			_, signature := errors.AsType[*trust.SignatureError](err)
			_, size := errors.AsType[*trust.SizeError](err)
			if own, ok := errors.AsType[unverified](err); !signature && !size && (!ok || !own.Unverified()) {
				t.Errorf("%v is not marked as a failed verification", err)
			}
			// The catalogue of before is still used.
			recipe, err := b.supplier.Complete(pick(t, b.offers(toolchain.Query{}), "1.95.0"))
			if err != nil || "https://static.rust-lang.org/"+recipe.Artifacts[0].Path != file {
				t.Errorf("afterwards: %+v, %v", recipe.Artifacts, err)
			}
		})
	}
}

func TestAddressesOutsideTheBase(t *testing.T) {
	for _, address := range []string{
		"https://example.org/dist/2026-04-16/rustc.tar.xz", "https://static.rust-lang.org.example.org/dist/x.tar.xz",
		"https://static.rust-lang.org/dist/../../etc/passwd", "https://static.rust-lang.org/other/rustc.tar.xz",
		"http://static.rust-lang.org/dist/rustc.tar.xz", "https://static.rust-lang.org/dist/rustc.tar.xz?archive=false",
		"https://static.rust-lang.org/dist//rustc.tar.xz",
	} {
		b := newBench(t)
		r := release("1.95.0", "2026-04-16", "stable")
		r.Edit = func(text string) string {
			return strings.Replace(text, "https://static.rust-lang.org/dist/2026-04-16/rustc-1.95.0-"+triple+".tar.xz", address, 1)
		}
		b.publish(r)
		if err := b.update(); err != nil {
			t.Fatal(err)
		}
		_, err := b.supplier.Complete(pick(t, b.offers(toolchain.Query{}), "1.95.0"))
		if bad, ok := errors.AsType[*rustlang.ManifestError](err); !ok || !strings.Contains(bad.Reason, address) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The manifest is signed, but the fingerprint of another key is pinned.
func TestPinnedFingerprint(t *testing.T) {
	b := newBench(t)
	other, err := mirrortest.NewKey("pinned")
	if err != nil {
		t.Fatal(err)
	}
	ring, err := mirrortest.Keyring(other)
	if err != nil {
		t.Fatal(err)
	}
	b.open(ring)
	fp, err := other.Fingerprint()
	if err != nil {
		t.Fatal(err)
	}
	err = b.update()
	if _, ok := errors.AsType[*trust.SignatureError](err); !ok || !strings.Contains(err.Error(), fp.String()) {
		t.Errorf("got %v, expected a *SignatureError that names %s", err, fp)
	}
	// --allow-unsigned does not help: the manifest is signed, but by another key.
	if err := b.updateWith(toolchain.UpdateOptions{AllowUnsigned: true}); err == nil {
		t.Error("--allow-unsigned accepted a wrong signature")
	}
}

func TestUnsignedAccepted(t *testing.T) {
	b := newBench(t)
	r := release("1.95.0", "2026-04-16", "stable")
	r.Keys = []*mirrortest.Key{}
	b.dist.Dir = t.TempDir()
	b.publish(r)
	b.dist.Server = mirrortest.NewServer(b.dist.Dir)
	t.Cleanup(b.dist.Server.Close)
	b.open(b.dist.Keyring)
	if err := b.updateWith(toolchain.UpdateOptions{AllowUnsigned: true}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(strings.Join(b.notes, " "), "not signed") {
		t.Errorf("notes %q", b.notes)
	}
	if _, _, err := b.query(toolchain.Query{}); err == nil {
		t.Error("a query that does not accept unsigned manifests succeeded")
	}
	status, err := b.supplier.Status(host(t, "x86_64"))
	if err != nil || len(status) != 1 || !status[0].Unsigned {
		t.Errorf("status %+v, %v", status, err)
	}
	o := pick(t, b.offers(toolchain.Query{AllowUnsigned: true}), "1.95.0")
	recipe, err := b.supplier.Complete(o)
	if err != nil || !o.Unsigned || recipe.Artifacts[0].SignedBy != "" {
		t.Errorf("%+v, %v", recipe.Artifacts, err)
	}
}

func TestServerFails(t *testing.T) {
	for name, fault := range map[string]mirrortest.Fault{
		"5xx":     {Status: 503},
		"cut":     {Cut: 100},
		"missing": {Status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.dist.Server.Fault(fault)
			err := b.update()
			_, unreachable := errors.AsType[*fetch.UnreachableError](err)
			_, missing := errors.AsType[*rustlang.NoReleaseError](err)
			if !unreachable && !missing {
				t.Errorf("got %v", err)
			}
			b.dist.Server.Heal()
			if err := b.update(); err != nil {
				t.Error(err)
			}
		})
	}
}
