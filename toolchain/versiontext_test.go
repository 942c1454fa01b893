package toolchain

import "testing"

// The texts are from the field. The kernel's own scripts are the authority: TestRealVersionTexts compares with them.
func TestVersionText(t *testing.T) {
	for _, c := range []struct {
		component  Component
		text, want string // "": an error
	}{
		{Rust, "rustc 1.85.1 (4eb161250 2025-03-15) (Fedora 1.85.1-1.fc41)", "1.85.1"},
		{Rust, "rustc 1.97.0-nightly (f00 2026-05-19)", "1.97.0"},
		{Rust, "rustc 1.96.0-beta.3 (f00 2026-05-19)", "1.96.0"},
		{Rust, "rustc 1.83.0-dev (Android Rust Toolchain)", "1.83.0"},
		{Rust, "warning: an old shim\nrustc 1.85.1", ""},
		{Rust, "rustc 1.85", ""},
		{Bindgen, "bindgen 0.72.1 (built against libclang 20.1.8)", "0.72.1"},
		{Bindgen, "bindgen 0.71.1-dev.1", "0.71.1"},
		{Bindgen, "bindgen 0.69.0 from a fork", "0.69.0"},
		{Bindgen, "a bindgen from git", ""},
		{LLVM, "Ubuntu clang version 19.1.1 (1ubuntu1~24.04.2)\nTarget: x86_64-pc-linux-gnu", "19.1.1"},
		{LLVM, "AMD clang version 18.0.0git (https://github.com/RadeonOpenCompute/llvm-project roc-6.2.0)", "18.0.0"},
		{LLVM, "Android (12833971, +pgo, based on r536225) clang version 19.0.1 (https://android.googlesource.com)", "19.0.1"},
		{LLVM, "Homebrew clang version 20.1.8", "20.1.8"},
		{LLVM, "clang version 19", ""},
		{Pahole, "v1.30", "1.30"},
		{Pahole, "v1.30-12-g0123456", "1.30"},
		{Pahole, "1.30", ""},
		{GCC, "14.2.0", "14.2.0"},
		{GCC, "gcc (GCC) 15.0.1 20250101 (experimental)", "15.0.1"},
		{GCC, "gcc (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0", "13.3.0"},
		{GCC, "x86_64-unknown-linux-gnu-gcc (crosstool-NG 1.26.0.93_a87bf7f) 13.2.0", "13.2.0"},
		{GCC, "gcc (SUSE Linux (GmbH 1.2.3)) 13.3.1 20240801", "13.3.1"},
		{Cargo, "cargo 1.97.0-nightly (f00 2026-05-19)", "1.97.0-nightly"},
	} {
		got, err := ParseVersionText(c.component, c.text+"\n")
		if got.String() != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q: got %q, %v; expected %q", c.component, c.text, got, err, c.want)
		}
	}
}

func TestLinkerText(t *testing.T) {
	for text, want := range map[string]string{
		"GNU ld (GNU Binutils for Debian) 2.44":           "BFD 2.44",
		"GNU ld version 2.41-37.fc40":                     "BFD 2.41",
		"GNU ld (GNU Binutils) 2.35.1.20201116":           "BFD 2.35.1",
		"LLD 19.1.7 (compatible with GNU linkers)":        "LLD 19.1.7",
		"Debian LLD 19.1.7 (compatible with GNU linkers)": "LLD 19.1.7",
		"LLD 10.0.0, compatible with GNU linkers":         "LLD 10.0.0",
		"mold 2.4.0 (compatible with GNU ld)":             " ",
		"GNU gold (GNU Binutils for Debian 2.44) 1.16":    " ",
	} {
		name, v, _ := ParseLinkerText(text + "\n")
		if got := name + " " + v.String(); got != want {
			t.Errorf("%q: got %q, expected %q", text, got, want)
		}
	}
}
