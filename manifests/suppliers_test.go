package manifests

import (
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
)

func TestRustLangSupplier(t *testing.T) {
	r, err := RustLangSupplier()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := r.Keyring()
	if err != nil {
		t.Fatal(err)
	}
	// https://rust-lang.org's signing key, in full.
	if pinned := ring.Pinned(); len(pinned) != 1 || pinned[0].String() != "108F66205EAEB0AAA8DD5E1C85AB96E6FA1BE5FE" || !strings.HasPrefix(ring.Owner(pinned[0]), "Rust Language") {
		t.Errorf("pinned %v", pinned)
	}
	for what, spoil := range map[string]func(*RustLang){
		"http":              func(r *RustLang) { r.Base = "http://static.rust-lang.org" },
		"no GitHub":         func(r *RustLang) { r.GitHub = "" },
		"release twice":     func(r *RustLang) { r.Releases = append(r.Releases[:1:1], r.Releases...) },
		"releases unsorted": func(r *RustLang) { r.Releases = []RustRelease{r.Releases[1], r.Releases[0]} },
		"climbing binary":   func(r *RustLang) { r.Binaries[0].Path = "../x" },
		"crate, no digest": func(r *RustLang) {
			r.Programs = append(r.Programs, RustCrate{Component: "bindgen", Name: "x", Program: "x"})
		},
	} {
		spoilt, err := RustLangSupplier()
		if err != nil {
			t.Fatal(err)
		}
		spoil(&spoilt)
		if spoilt.check() == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}

func TestKernelOrgSupplier(t *testing.T) {
	k, err := KernelOrgSupplier()
	if err != nil {
		t.Fatal(err)
	}
	for signs, want := range map[string]int{"lists": 1, "linux": 3} {
		ring, err := k.Keyring(signs)
		if err != nil || len(ring.Pinned()) != want {
			t.Errorf("%s: %v", signs, err)
		}
		for _, fp := range ring.Pinned() {
			if slices.ContainsFunc(k.Unverified, func(u UnverifiedKey) bool { return u.Is(fp.String()) }) {
				t.Errorf("%s is pinned although it is listed as unverified", fp)
			}
		}
	}
	for what, spoil := range map[string]func(*KernelOrg){
		"key pinned and unverified": func(k *KernelOrg) { k.Unverified[0].Fingerprint = k.Keys[0].Fingerprint },
		"short fingerprint":         func(k *KernelOrg) { k.Unverified[0].Fingerprint = "CB6CB716" },
		"hole without host":         func(k *KernelOrg) { k.Holes[0].Crosstool = "riscv64" },
		"hole without version":      func(k *KernelOrg) { k.Holes[0].Version = version.Version{} },
		"part without a version":    func(k *KernelOrg) { k.Parts[0].Files = "^llvm-(.*)$" },
		"component without part":    func(k *KernelOrg) { k.Components[0].Part = "clang" },
		"key that signs nothing":    func(k *KernelOrg) { k.Keys[0].Signs = "" },
	} {
		spoilt, err := KernelOrgSupplier()
		if err != nil {
			t.Fatal(err)
		}
		spoil(&spoilt)
		if spoilt.check() == nil {
			t.Errorf("%s: accepted", what)
		}
	}
}
