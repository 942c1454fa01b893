package toolchain

import (
	"testing"

	"github.com/krustup/krustup/internal/trust"
)

// The sizes are of rustc 1.95.0 for x86_64-unknown-linux-gnu.
func TestFaster(t *testing.T) {
	xz, gz := trust.DigestOf([]byte("xz")), trust.DigestOf([]byte("gz"))
	a := Artifact{Path: "rustc.tar.xz", Digest: xz, Instead: &Encoding{Path: "rustc.tar.gz", Digest: gz}}
	told := sizes{xz: 80 << 20, gz: 118 << 20}
	for _, test := range []struct {
		name      string
		bandwidth float64 // bytes a second
		told      sizes
		want      string
	}{
		{"modem", 100e3, told, "rustc.tar.xz"},
		{"line at home", 2e6, told, "rustc.tar.xz"},
		{"data centre", 500e6, told, "rustc.tar.gz"},
		{"bandwidth not known", 0, told, "rustc.tar.xz"},
		{"sizes not known", 500e6, sizes{}, "rustc.tar.xz"},
		{"one size not known", 500e6, sizes{xz: 80 << 20}, "rustc.tar.xz"},
	} {
		if got := faster(a, test.told, test.bandwidth); got.Path != test.want {
			t.Errorf("%s: %s, expected %s", test.name, got.Path, test.want)
		}
	}
	if got := faster(Artifact{Path: "x.deb", Digest: xz}, told, 500e6); got.Path != "x.deb" {
		t.Errorf("an artifact with one encoding: %s", got.Path)
	}
}

func TestParseVerbose(t *testing.T) {
	const nightly = "rustc 1.97.0-nightly (e95e73209 2026-05-19)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.97.0-nightly\nLLVM version: 22.1.4\n"
	release, llvm, err := ParseVerbose(nightly)
	if err != nil || release.String() != "1.97.0-nightly" || llvm.String() != "22.1.4" {
		t.Errorf("got %s, %s, %v", release, llvm, err)
	}
	for _, bad := range []string{"", "rustc 1.95.0\n", "release: new\n", "release: 1.95.0\nLLVM version: none\n"} {
		if _, _, err := ParseVerbose(bad); err == nil {
			t.Errorf("%q passes", bad)
		}
	}
}
