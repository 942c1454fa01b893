package toolchain

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/version"
)

// RustcLabel is what `rustc --version` prints, taken apart. A rustc reads the metadata of one with the same Text, and of
// no other: it compares the whole of it, and then gives E0514
// (https://github.com/rust-lang/rust/blob/1.95.0/compiler/rustc_metadata/src/locator.rs).
type RustcLabel struct {
	Text    string          `json:"text"` // "rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)"
	Release version.Version `json:"release"`
	Commit  string          `json:"commit,omitempty"` // "4eb161250"
	Date    string          `json:"date,omitempty"`   // of the commit: "2025-03-15"
	Vendor  string          `json:"vendor,omitempty"` // who built it, in their own words; "": the Rust project
}

var labelPattern = regexp.MustCompile(`^rustc ([0-9][^ ]*)(?: \(([0-9a-f]{7,40}) ([0-9-]{10})\))?(?: \((.+)\))?$`)

// ParseRustcLabel reads one line of `rustc --version`.
func ParseRustcLabel(text string) (RustcLabel, error) {
	m := labelPattern.FindStringSubmatch(text)
	if m == nil {
		return RustcLabel{}, fmt.Errorf("%q: expected what rustc --version prints, such as rustc 1.85.1 (4eb161250 2025-03-15)", text)
	}
	release, err := version.Parse(m[1])
	if err != nil {
		return RustcLabel{}, fmt.Errorf("%q: %w", text, err)
	}
	return RustcLabel{Text: text, Release: release, Commit: m[2], Date: m[3], Vendor: m[4]}, nil
}

// sourceTarball is what rust's own build says of itself when it is given no other words and no git: Debian's do.
const sourceTarball = "built from a source tarball"

// madeBy reports whether an offer may be the very build: a tool of the host says so itself, of a supplier it is known how
// it names what it builds. The Rust project's own say nothing.
func (l RustcLabel) madeBy(o Offer) bool {
	switch o.Supplier {
	case "rust-lang":
		return l.Vendor == ""
	case "debian":
		return l.Vendor == sourceTarball
	}
	return o.Label == l.Text
}

// Channel names the channel and day that a compiler which is no release was most likely had from, "" when the label does
// not tell: a nightly is of the commit of the day before.
func (l RustcLabel) Channel() string {
	kind, _, _ := strings.Cut(l.Release.Prerelease(), ".")
	day, err := time.Parse(time.DateOnly, l.Date)
	if err != nil || kind != "nightly" && kind != "beta" {
		return ""
	}
	return kind + "-" + day.AddDate(0, 0, 1).Format(time.DateOnly)
}

// metadataHead is how much of a .rmeta file is looked at: the label is in its first 100 bytes.
const metadataHead = 512

// The file begins with "rust", three zeros, a format number and a position, of four bytes or eight, and then the label as
// rustc's serializer writes strings, with 0xC1 behind it:
// https://github.com/rust-lang/rust/blob/1.95.0/compiler/rustc_metadata/src/rmeta/mod.rs
var (
	metadataMark  = []byte("rust\x00\x00\x00")
	metadataLabel = regexp.MustCompile(`rustc [0-9][\x20-\x7e]*`)
)

// MetadataLabel reads which rustc wrote a .rmeta file, as it stands in it.
func MetadataLabel(path string) (RustcLabel, error) {
	f, err := os.Open(path)
	if err != nil {
		return RustcLabel{}, fmt.Errorf("reading metadata: %w", err)
	}
	defer f.Close()
	head, err := io.ReadAll(io.LimitReader(f, metadataHead))
	if err != nil {
		return RustcLabel{}, fmt.Errorf("reading metadata %s: %w", path, err)
	}
	if !bytes.HasPrefix(head, metadataMark) {
		return RustcLabel{}, fmt.Errorf("%s: it begins with %q, expected Rust metadata", path, head[:min(len(head), len(metadataMark))])
	}
	label, err := ParseRustcLabel(string(metadataLabel.Find(head)))
	if err != nil {
		return RustcLabel{}, fmt.Errorf("%s: %w", path, err)
	}
	return label, nil
}

// ParseVerbose reads what `rustc -vV` prints: the release, and the LLVM inside, zero where it names none:
// https://github.com/rust-lang/rust/blob/1.95.0/compiler/rustc_driver_impl/src/lib.rs
func ParseVerbose(text string) (release, llvm version.Version, err error) {
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "release":
			release, err = version.Parse(value)
		case "LLVM version":
			llvm, err = version.Parse(value)
		}
		if err != nil {
			return release, llvm, fmt.Errorf("it says %q: %w", strings.TrimSpace(line), err)
		}
	}
	if release.IsZero() {
		return release, llvm, fmt.Errorf("`-vV` names no release")
	}
	return release, llvm, nil
}
