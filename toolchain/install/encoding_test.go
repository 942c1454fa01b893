package install

import (
	"testing"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// The sizes are of rustc 1.95.0 for x86_64-unknown-linux-gnu.
func TestFaster(t *testing.T) {
	xz, gz := trust.DigestOf([]byte("xz")), trust.DigestOf([]byte("gz"))
	a := toolchain.Artifact{Path: "rustc.tar.xz", Digest: xz, Instead: &toolchain.Encoding{Path: "rustc.tar.gz", Digest: gz}}
	known := sizes{xz: 80 << 20, gz: 118 << 20}
	for _, test := range []struct {
		name      string
		bandwidth float64 // bytes a second
		known     sizes
		want      string
	}{
		{"modem", 100e3, known, "rustc.tar.xz"},
		{"line at home", 2e6, known, "rustc.tar.xz"},
		{"data centre", 500e6, known, "rustc.tar.gz"},
		{"unknown bandwidth", 0, known, "rustc.tar.xz"},
		{"unknown sizes", 500e6, sizes{}, "rustc.tar.xz"},
		{"one unknown size", 500e6, sizes{xz: 80 << 20}, "rustc.tar.xz"},
	} {
		if got := faster(a, test.known, test.bandwidth); got.Path != test.want {
			t.Errorf("%s: %s, expected %s", test.name, got.Path, test.want)
		}
	}
	if got := faster(toolchain.Artifact{Path: "x.deb", Digest: xz}, known, 500e6); got.Path != "x.deb" {
		t.Errorf("an artifact with one encoding: %s", got.Path)
	}
}
