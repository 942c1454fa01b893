package rustlang

import (
	"bytes"
	"io"
	"os"
	"slices"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// realManifest returns a manifest that the Rust project published.
func realManifest(tb testing.TB, name string) []byte {
	tb.Helper()
	packed, err := os.ReadFile("testdata/" + name + ".xz")
	if err != nil {
		tb.Fatal(err)
	}
	r, err := xz.NewReader(bytes.NewReader(packed))
	if err != nil {
		tb.Fatal(err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestParseRealManifest(t *testing.T) {
	c, err := parseChannel("channel-rust-1.95.0.toml", realManifest(t, "channel-rust-1.95.0.toml"))
	if err != nil {
		t.Fatal(err)
	}
	v, label, err := c.release("")
	if err != nil || v.String() != "1.95.0" || label != "1.95.0 (59807616e 2026-04-14)" || c.date != "2026-04-16" {
		t.Errorf("release %s (%s) of %s, %v", v, label, c.date, err)
	}
	targets := 0
	for _, p := range c.packages {
		targets += len(p.targets)
	}
	if len(c.packages) != 21 || targets != 859 {
		t.Errorf("found %d packages for %d targets, expected 21 and 859", len(c.packages), targets)
	}
	wanted := []string{"rustc", "rust-std", "rust-src", "rustfmt-preview", "clippy-preview", "rustc-codegen-gcc-preview"}
	for _, triple := range []string{"x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"} {
		files, err := c.files("", "https://static.rust-lang.org", triple, wanted)
		if err != nil || len(files) != 5 {
			t.Errorf("files for %s: %v, %v", triple, files, err)
		}
	}
	src := c.packages["rust-src"].target("x86_64-unknown-linux-gnu")
	if src.xzHash != "67b09138c8db96afc4bbfc69ea771ac9a091fd777698acb43f6dfd9fb7dea363" {
		t.Errorf("digest of rust-src is %s", src.xzHash)
	}
}

// The nightly of 2026-05-20 has rustc_codegen_gcc, but only for one host.
func TestParseRealNightly(t *testing.T) {
	const name = "channel-rust-nightly-2026-05-20.toml"
	c, err := parseChannel(name, realManifest(t, name))
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Catalogues: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	v, label, err := c.release("")
	if err != nil || label != "1.97.0-nightly (e50aa6fba 2026-05-19)" {
		t.Errorf("release %q, %v", label, err)
	}
	day := part{channel: "nightly", date: "2026-05-20", backend: targets.GCC}
	if why := day.fits(c, v); why != "" {
		t.Error(why)
	}
	for _, test := range []struct {
		host    manifests.RustHost
		missing []string
	}{
		{manifests.RustHost{Machine: "x86_64", Triple: "x86_64-unknown-linux-gnu"}, nil},
		{manifests.RustHost{Machine: "aarch64", Triple: "aarch64-unknown-linux-gnu"}, []string{"rustc-codegen-gcc-preview", "gcc-aarch64-unknown-linux-gnu-preview"}},
	} {
		found, missing, err := s.has(&catalogue{channel: c, base: s.manifest.Base}, test.host.Triple, s.packages(toolchain.Rust, targets.GCC, test.host))
		if err != nil || !slices.Equal(missing, test.missing) {
			t.Errorf("%s: %v are missing (%v), expected %v", test.host.Triple, missing, err, test.missing)
		}
		if test.missing != nil {
			continue
		}
		const dist = "dist/2026-05-20/"
		for pkg, want := range map[string][2]string{
			"rustc-codegen-gcc-preview": {
				dist + "rustc-codegen-gcc-nightly-x86_64-unknown-linux-gnu.tar.xz", "4d77bc0e5b880117f2fb56de4e2d060e0b063f402eabf98716d460030de25acf",
			},
			"gcc-x86_64-unknown-linux-gnu-preview": {
				dist + "gcc-x86_64-unknown-linux-gnu-nightly-x86_64-unknown-linux-gnu.tar.xz", "9d5beeb2d00c0900b8308898f5f91ddec6ac5d9e4014cb7ddbbf87ad360a7d6c",
			},
		} {
			if got := found[pkg]; got.Path != want[0] || got.Digest.String() != want[1] {
				t.Errorf("%s: %s %s", pkg, got.Path, got.Digest)
			}
		}
	}
}

func BenchmarkParse(b *testing.B) {
	data := realManifest(b, "channel-rust-1.95.0.toml")
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := parseChannel("channel-rust-1.95.0.toml", data); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("manifest-version = \"2\"\ndate = \"2026-04-16\"\n[pkg.rustc]\nversion = \"1.95.0 (x)\"\n[pkg.rustc.target.x]\navailable = true\n"))
	f.Add([]byte("[[pkg.rust.target.x.components]]\npkg = \"rustc\"\n"))
	f.Add([]byte("[renames]\n[renames.a]\nto = \"b\"\n[profiles]\nminimal = [\"rustc\"]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := parseChannel("manifest", data)
		if err != nil {
			return
		}
		if files, err := c.files("manifest", "https://static.rust-lang.org", "x", []string{"rustc"}); err == nil {
			for _, file := range files {
				if _, err := below("b", "b/"+file.Path); err != nil {
					t.Errorf("accepted a path outside the base: %q", file.Path)
				}
			}
		}
	})
}
