package rustlang

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/ulikunitz/xz"
)

// realManifest is channel-rust-1.95.0.toml as the Rust project published it.
func realManifest(tb testing.TB) []byte {
	tb.Helper()
	packed, err := os.ReadFile("testdata/channel-rust-1.95.0.toml.xz")
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
	c, err := parseChannel("channel-rust-1.95.0.toml", realManifest(t))
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
		t.Errorf("%d packages for %d targets", len(c.packages), targets)
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

func BenchmarkParse(b *testing.B) {
	data := realManifest(b)
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
					t.Errorf("accepted a path outside of the base: %q", file.Path)
				}
			}
		}
	})
}
