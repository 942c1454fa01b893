package toolchain

import (
	"path/filepath"
	"strings"
	"testing"
)

// The texts are real output of compilers.
func TestParseRustcLabel(t *testing.T) {
	for _, tt := range []struct{ text, release, commit, date, vendor, supplier string }{
		{"rustc 1.95.0 (59807616e 2026-04-14)", "1.95.0", "59807616e", "2026-04-14", "", "rust-lang"},
		{"rustc 1.97.0-nightly (e50aa6fba 2026-05-19)", "1.97.0-nightly", "e50aa6fba", "2026-05-19", "", "rust-lang"},
		{"rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)", "1.85.1", "4eb161250", "2025-03-15", "built from a source tarball", "debian"},
		{"rustc 1.63.0", "1.63.0", "", "", "", "rust-lang"}, // Debian 12
		{"rustc 1.91.0 (f8297e351 2025-10-28) (Arch Linux rust 1:1.91.0-1)", "1.91.0", "f8297e351", "2025-10-28", "Arch Linux rust 1:1.91.0-1", ""},
		{"rustc 1.84.0 (Fedora 1.84.0-1.fc41)", "1.84.0", "", "", "Fedora 1.84.0-1.fc41", ""},
	} {
		l, err := ParseRustcLabel(tt.text)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if l.Text != tt.text || l.Release.String() != tt.release || l.Commit != tt.commit || l.Date != tt.date || l.Vendor != tt.vendor {
			t.Errorf("%s: %+v", tt.text, l)
		}
		for _, o := range []Offer{{Supplier: "debian", Label: "1.85.1+dfsg1-1"}, {Supplier: "rust-lang", Label: tt.release}, {Supplier: "host", Label: "rustc 1.0.0"}} {
			if l.madeBy(o) != (o.Supplier == tt.supplier) {
				t.Errorf("%s: madeBy an offer of %s is %v", tt.text, o.Supplier, l.madeBy(o))
			}
		}
		if !l.madeBy(Offer{Supplier: "host", Label: tt.text}) {
			t.Errorf("%s: madeBy a tool of the host with this label is false", tt.text)
		}
	}
	for _, text := range []string{"", "rustc", "rustc one", "clang version 19.1.7", "rustc 1.85.1 (4eb161250 2025-03-15", "rustc 1.85.1\n", "gccrs 1.85.1"} {
		if l, err := ParseRustcLabel(text); err == nil {
			t.Errorf("%q: %+v, expected an error", text, l)
		}
	}
}

func TestRustcLabelChannel(t *testing.T) {
	for text, want := range map[string]string{
		"rustc 1.97.0-nightly (e50aa6fba 2026-05-31)": "nightly-2026-06-01",
		"rustc 1.97.0-beta.3 (e50aa6fba 2026-05-19)":  "beta-2026-05-20",
		"rustc 1.97.0-dev":                            "",
		"rustc 1.97.0-nightly":                        "",
		"rustc 1.95.0 (59807616e 2026-04-14)":         "",
		"rustc 1.97.0-nightly (e50aa6fba 2026-99-19)": "",
	} {
		l, err := ParseRustcLabel(text)
		if err != nil || l.Channel() != want {
			t.Errorf("%s: %q, %v, expected %q", text, l.Channel(), err, want)
		}
	}
}

// metadata returns the start of a .rmeta file. position is the size of the position field: 4 bytes up to rustc 1.73, 8
// bytes since.
func metadata(format byte, position int, label string) string {
	return "rust\x00\x00\x00" + string(format) + strings.Repeat("\x2a", position) + string(rune(len(label))) + label + "\xc1\x02\xe3\x04more"
}

func TestMetadataLabel(t *testing.T) {
	const debian = "rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)"
	path := filepath.Join(t.TempDir(), "libcore.rmeta")
	for _, text := range []string{metadata(9, 8, debian), metadata(10, 8, "rustc 1.95.0 (59807616e 2026-04-14)"), metadata(6, 4, "rustc 1.62.0 (a8314ef7d 2022-06-27)")} {
		writeFile(t, path, text)
		l, err := MetadataLabel(path)
		if err != nil || !strings.Contains(text, l.Text+"\xc1") {
			t.Errorf("%q: %q, %v", text, l.Text, err)
		}
	}
	for _, tt := range []struct{ text, want string }{
		{"", `not Rust metadata: it starts with ""`},
		{"\x7fELF\x02\x01\x01\x00", `not Rust metadata: it starts with "\x7fELF`},
		{"rust\x00\x00\x00\x09 no compiler", `""`},
		{metadata(9, 8, "rustc 1.85.1 (4eb1"), "expected the output of rustc --version"},
	} {
		writeFile(t, path, tt.text)
		if l, err := MetadataLabel(path); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %q, %v; expected an error with %q", tt.text, l.Text, err, tt.want)
		}
	}
}

// FuzzParseRustcLabel checks that the parts of a parsed label join to the text again.
func FuzzParseRustcLabel(f *testing.F) {
	f.Add("rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)")
	f.Add("rustc 1.84.0 (Fedora 1.84.0-1.fc41)")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseRustcLabel(text)
		if err != nil {
			return
		}
		again := "rustc " + l.Release.String()
		if l.Commit != "" {
			again += " (" + l.Commit + " " + l.Date + ")"
		}
		if l.Vendor != "" {
			again += " (" + l.Vendor + ")"
		}
		if again != text {
			t.Errorf("%q was parsed as %q", text, again)
		}
	})
}

func TestParseVerbose(t *testing.T) {
	const nightly = "rustc 1.97.0-nightly (e95e73209 2026-05-19)\nbinary: rustc\nhost: x86_64-unknown-linux-gnu\nrelease: 1.97.0-nightly\nLLVM version: 22.1.4\n"
	release, llvm, err := ParseVerbose(nightly)
	if err != nil || release.String() != "1.97.0-nightly" || llvm.String() != "22.1.4" {
		t.Errorf("got %s, %s, %v", release, llvm, err)
	}
	for _, bad := range []string{"", "rustc 1.95.0\n", "release: new\n", "release: 1.95.0\nLLVM version: none\n"} {
		if _, _, err := ParseVerbose(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
