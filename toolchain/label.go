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

// RustcLabel is the parsed output of `rustc --version`. A rustc reads only crate metadata that was written by a rustc
// with the same Text: it compares the whole text and fails with E0514 if it differs
// (https://github.com/rust-lang/rust/blob/1.95.0/compiler/rustc_metadata/src/locator.rs).
type RustcLabel struct {
	Text    string          `json:"text"` // "rustc 1.85.1 (4eb161250 2025-03-15) (built from a source tarball)"
	Release version.Version `json:"release"`
	Commit  string          `json:"commit,omitempty"` // "4eb161250"
	Date    string          `json:"date,omitempty"`   // of the commit: "2025-03-15"
	Vendor  string          `json:"vendor,omitempty"` // how its builder describes the build; "": the Rust project
}

var labelPattern = regexp.MustCompile(`^rustc ([0-9][^ ]*)(?: \(([0-9a-f]{7,40}) ([0-9-]{10})\))?(?: \((.+)\))?$`)

// ParseRustcLabel parses the output of `rustc --version`, without its newline.
func ParseRustcLabel(text string) (RustcLabel, error) {
	m := labelPattern.FindStringSubmatch(text)
	if m == nil {
		return RustcLabel{}, fmt.Errorf("%q: expected the output of rustc --version, such as rustc 1.85.1 (4eb161250 2025-03-15)", text)
	}
	release, err := version.Parse(m[1])
	if err != nil {
		return RustcLabel{}, fmt.Errorf("%q: %w", text, err)
	}
	return RustcLabel{Text: text, Release: release, Commit: m[2], Date: m[3], Vendor: m[4]}, nil
}

// sourceTarball is the description that Rust's build system adds to a build without git and without a description of
// the builder's. Debian's packages are built so.
const sourceTarball = "built from a source tarball"

// mayComeFrom reports whether a supplier may have the build with this label. The Rust project names no vendor, Debian
// always the same one, the rustcs of kernel.org are of unknown vendors, and this machine may have any.
func (l RustcLabel) mayComeFrom(supplier string) bool {
	switch supplier {
	case "rust-lang":
		return l.Vendor == ""
	case "debian":
		return l.Vendor == sourceTarball
	case "host":
		return true
	}
	return false
}

// madeBy reports whether an offer may be the build with this label. A tool of the host has its label in Offer.Label.
func (l RustcLabel) madeBy(o Offer) bool {
	return l.mayComeFrom(o.Supplier) && (o.Supplier != "host" || o.Label == l.Text)
}

// rustMayComeFrom reports whether a supplier may have the rustc that the request names: that build of it, that channel,
// and that backend.
func (req Request) rustMayComeFrom(supplier string) bool {
	if req.Rustc.Text != "" && !req.Rustc.mayComeFrom(supplier) {
		return false
	}
	// Only the Rust project publishes channels and other backends, and rustup brings them to a machine.
	special := req.With[Rust].Channel != "" || req.Backend != ""
	return !special || supplier == "rust-lang" || supplier == "host"
}

// Channel returns the dated channel that a nightly or beta compiler most likely came from, "nightly-2026-05-20", or ""
// for a release or a label without a date. A nightly is built from a commit of the day before.
func (l RustcLabel) Channel() string {
	kind, _, _ := strings.Cut(l.Release.Prerelease(), ".")
	day, err := time.Parse(time.DateOnly, l.Date)
	if err != nil || kind != "nightly" && kind != "beta" {
		return ""
	}
	return kind + "-" + day.AddDate(0, 0, 1).Format(time.DateOnly)
}

// metadataHead is how many bytes of a .rmeta file are read. The label is in the first 100.
const metadataHead = 512

// A .rmeta file starts with "rust", three zero bytes, a format number and a position of four or eight bytes. Then
// follows the label as a string of rustc's serializer, with 0xC1 at its end:
// https://github.com/rust-lang/rust/blob/1.95.0/compiler/rustc_metadata/src/rmeta/mod.rs
var (
	metadataMark  = []byte("rust\x00\x00\x00")
	metadataLabel = regexp.MustCompile(`rustc [0-9][\x20-\x7e]*`)
)

// MetadataLabel returns the label of the rustc that wrote a .rmeta file, which is recorded in the file.
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
		return RustcLabel{}, fmt.Errorf("%s: not Rust metadata: it starts with %q", path, head[:min(len(head), len(metadataMark))])
	}
	label, err := ParseRustcLabel(string(metadataLabel.Find(head)))
	if err != nil {
		return RustcLabel{}, fmt.Errorf("%s: %w", path, err)
	}
	return label, nil
}

// ParseVerbose parses the output of `rustc -vV` and returns the release, and the version of LLVM that rustc contains,
// which is zero if the output has none:
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
			return release, llvm, fmt.Errorf("parsing line %q of -vV: %w", strings.TrimSpace(line), err)
		}
	}
	if release.IsZero() {
		return release, llvm, fmt.Errorf("the output of -vV has no release")
	}
	return release, llvm, nil
}
