package toolchain

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// An offer that its supplier could not complete is named with the reason, beside the versions that are available.
func TestStruckOutOffer(t *testing.T) {
	req := request(t, "7.2", "x86_64", append(slices.Clone(trixie), "rust 1.95.0/22 @2")...)
	_, req.With[Rust], _ = ParseWith("rust=1.95.0")
	why := errors.New("its files are on files.example, which the configured mirror does not cover")
	req.Suppliers[0].(*shelf).broken = map[string]error{"rust 1.95.0/22 @2": why}
	_, err := Resolve(req, rules(t))
	if err == nil || !strings.Contains(err.Error(), "rust: --with rust=1.95.0\n        but 1.95.0 (unstable) cannot be used: "+why.Error()+"\n        available: 1.95.0 (unstable)") {
		t.Errorf("got %v", err)
	}
}

// A set without what installs it is not a set: another choice is taken, or the reason is told.
func TestNoHelper(t *testing.T) {
	req := request(t, "7.2", "x86_64", slices.DeleteFunc(slices.Clone(trixie), func(o string) bool { return strings.HasPrefix(o, "patchelf") })...)
	set, err := Resolve(req, rules(t))
	if err == nil || !strings.Contains(err.Error(), "installing it needs patchelf, which no supplier has") {
		t.Errorf("got %v, %v", picked(set), err)
	}
}

// What was not read counts only if it could have what is missing.
func TestUnrelatedSuppliers(t *testing.T) {
	down := func(supplier string) Unread { return Unread{Supplier: supplier, Err: errors.New("unreachable")} }
	for _, tt := range []struct {
		name, label string
		with        Component
		want        string
	}{
		{"Fedora's rustc", "rustc 1.85.1 (4eb161250 2025-03-15) (Fedora 1.85.1-1.fc41)", "", ""},
		{"the Rust project's", "rustc 1.85.0 (4d91de4e4 2025-02-17)", "", "rust-lang"},
		{"Debian's", "rustc 1.84.0 (9fc6b4312 2025-01-07) (built from a source tarball)", "", "debian"},
		{"any version of pahole", "", Pahole, "debian"},
		{"a version of LLVM", "", LLVM, "debian kernel-org"},
		{"a version that the kernel does not allow", "", Rust, ""},
	} {
		req := request(t, "7.2", "x86_64", trixie...)
		if tt.with != "" {
			asked := map[Component]string{Rust: "1.80.0"}[tt.with] // Linux 7.2 requires 1.85.0
			if asked == "" {
				asked = "99.1"
			}
			_, wish, err := ParseWith(string(tt.with) + "=" + asked)
			if err != nil {
				t.Fatal(err)
			}
			req.With[tt.with] = wish
		}
		if tt.label != "" {
			var err error
			if req.Rustc, err = ParseRustcLabel(tt.label); err != nil {
				t.Fatal(err)
			}
			stocked := req.Suppliers[0].(*shelf)
			stocked.offers = slices.DeleteFunc(stocked.offers, func(o Offer) bool { return o.Component == Rust })
		}
		req.Suppliers[0].(*shelf).unread = []Unread{{Supplier: "debian", Suite: "sid", Err: errors.New("expired")}}
		for name, has := range map[string][]Component{"rust-lang": {Rust, Cargo, Bindgen}, "kernel-org": {Rust, LLVM, GCC}} {
			req.Suppliers = append(req.Suppliers, &shelf{name: name, has: has, unread: []Unread{down(name)}})
		}
		slices.SortFunc(req.Suppliers[1:], func(a, b Supplier) int { return strings.Compare(b.Name(), a.Name()) })
		set, err := Resolve(req, rules(t))
		noSet, ok := errors.AsType[*NoSetError](err)
		if !ok {
			t.Fatalf("%s: %v, %v", tt.name, picked(set), err)
		}
		var got []string
		for _, u := range noSet.Possible() {
			got = append(got, u.Supplier)
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != tt.want {
			t.Errorf("%s: %q could have it, expected %q; %v", tt.name, text, tt.want, err)
		}
	}
}
