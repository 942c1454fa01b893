package toolchain

import (
	"testing"

	"github.com/krustup/krustup/internal/version"
)

// TestObjectOfHost checks that an object that is built from source belongs to its host. The id of what is unpacked from
// binaries, whose digests are those of one host, does not say it: it stays what it was in existing stores and locks.
func TestObjectOfHost(t *testing.T) {
	pick := func(layout Layout, machine string) Pick {
		host, err := ParseHost(machine)
		if err != nil {
			t.Fatal(err)
		}
		return Pick{Offer: Offer{Component: Bindgen, Version: version.MustParse("0.65.1"), Host: host}, Recipe: Recipe{Layout: layout}}
	}
	if a, b := ObjectID(pick(LayoutCargo, "x86_64")), ObjectID(pick(LayoutCargo, "aarch64")); a == b {
		t.Errorf("built on x86_64 and on aarch64: both %s", a)
	}
	for _, layout := range []Layout{LayoutDebian, LayoutRust, LayoutTar} {
		if a, b := ObjectID(pick(layout, "x86_64")), ObjectID(pick(layout, "aarch64")); a != b {
			t.Errorf("%s: %s and %s, expected one id", layout, a, b)
		}
	}
}
