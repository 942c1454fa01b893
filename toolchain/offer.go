package toolchain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
)

// Component names one tool of a set.
type Component string

// The components of a set, and those that krustup itself needs.
const (
	Rust     Component = "rust"     // rustc, rustdoc, rust-src, rustfmt, clippy
	Bindgen  Component = "bindgen"  // bindgen, with the libclang it loads
	LLVM     Component = "llvm"     // clang, lld, llvm-*
	GCC      Component = "gcc"      // cross GCC and binutils for one target
	Pahole   Component = "pahole"   // for BTF
	Linux    Component = "linux"    // kernel source, never part of a set
	Patchelf Component = "patchelf" // relocates the other components
	Cargo    Component = "cargo"    // of the same release as the rustc of the set
	GCCRS    Component = "gccrs"    // GCC's own front end for Rust, for the host
	QEMU     Component = "qemu"     // qemu-user: runs programs of other architectures
)

// Host is the architecture that tools run on, by its kernel name (uname -m): "x86_64" or "aarch64". The operating
// system is always Linux. The zero value is not valid.
type Host struct{ machine string }

// ParseHost parses "x86_64" or "amd64", and "aarch64" or "arm64".
func ParseHost(text string) (Host, error) {
	switch text {
	case "x86_64", "amd64":
		return Host{"x86_64"}, nil
	case "aarch64", "arm64":
		return Host{"aarch64"}, nil
	}
	return Host{}, fmt.Errorf("unknown host %q: krustup runs on x86_64 and aarch64", text)
}

// String returns the kernel's name of the machine.
func (h Host) String() string { return h.machine }

// IsZero reports whether h names no host.
func (h Host) IsZero() bool { return h.machine == "" }

// MarshalText makes a Host a plain string in TOML and JSON.
func (h Host) MarshalText() ([]byte, error) { return []byte(h.machine), nil }

// UnmarshalText parses the name as ParseHost does.
func (h *Host) UnmarshalText(text []byte) error {
	read, err := ParseHost(string(text))
	if err != nil {
		return err
	}
	*h = read
	return nil
}

// Offer is one Component at one version from one Supplier for one host. Two Offers of one supplier are the same offer
// if their Keys are equal.
type Offer struct {
	Component Component
	Version   version.Version // upstream's
	Label     string          // the supplier's own version string, opaque: "1.85.1+dfsg1-1+deb13u1"
	Supplier  string
	Suite     string // the part of the supplier: "trixie", "trixie-backports", a channel, a directory of the host
	Rank      int    // the order of suites inside a supplier: the lowest that satisfies the request is chosen
	Host      Host
	Triple    string            // GCC only: the GNU triple in the names of its programs
	LLVM      version.Version   // Rust: the LLVM inside rustc, sometimes only its major version. Zero: unknown
	Libclang  version.Version   // Bindgen: the libclang that comes with it; zero: it uses the LLVM component's. LLVM: zero: it has none
	Channel   string            // Rust: "stable", "beta", "nightly-2026-05-20"; "": a release
	Backends  []targets.Backend // Rust: the backends in addition to LLVM
	Stale     bool              // its metadata had expired (Valid-Until) and was accepted by --allow-stale
	Unsigned  bool              // its metadata had no signature and was accepted by --allow-unsigned
	Untrusted bool              // a tool of the host, which is not verified
	Key       string            // identifies the offer within its supplier; stable
}

// Query selects the offers that Supplier.Offers returns. Target matters for GCC, and for rustc's other backends.
type Query struct {
	Components    []Component
	Channel       string          // Rust: "stable", "beta", "nightly", "nightly-2026-05-20", or one release; "": releases
	Backend       targets.Backend // Rust: the backend required in addition to LLVM; "": none
	Host          Host
	Target        targets.Target
	AllowStale    bool
	AllowUnsigned bool
}

// A Supplier turns signed catalogues into Offers. Only Update uses the network; the other methods read the catalogues
// that it stored.
type Supplier interface {
	// Name is "debian", "rust-lang", "kernel-org" or "host".
	Name() string
	// Update fetches and verifies the catalogues for host. If it fails, the stored ones stay.
	Update(ctx context.Context, host Host, opts UpdateOptions) error
	// Offers returns the offers in the stored catalogues, in no order, and the parts that were skipped. The error is a
	// *NoCatalogueError if Update never succeeded.
	Offers(q Query) ([]Offer, []Unread, error)
	// Complete returns the recipe of an offer. A *NoCatalogueError names what Update must fetch first; any other error
	// means that the offer cannot be installed.
	Complete(o Offer) (Recipe, error)
	// Locate returns the addresses of an artifact, best first: http, https or file URLs.
	Locate(a Artifact) ([]string, error)
	// Status returns the state of the stored metadata of each part, in the supplier's order.
	Status(host Host) ([]Status, error)
	// Published returns the stored signed files that hold the digests of the artifacts of a host, verified again, in
	// the supplier's own layout. It skips artifacts that no stored file lists, and those of other suppliers.
	Published(host Host, artifacts []Artifact) (Publication, error)
	// Keyring returns the keys that verify detached signatures over artifacts, or nil if there are none.
	Keyring() *trust.Keyring
}

// Status is the state of one part of a supplier: a suite, a channel, a list of files.
type Status struct {
	Part       string
	Date       time.Time // when its metadata was created; zero: none is stored
	ValidUntil time.Time // when its metadata expires; zero: never
	Stale      bool      // the metadata had expired and was accepted
	Unsigned   bool      // the metadata had no signature and was accepted
	Untrusted  bool      // its contents are not verified
	Err        error     // why the last Update failed to read it; nil: it succeeded
}

// UpdateOptions are the options of Supplier.Update.
type UpdateOptions struct {
	AllowStale    bool     // accept metadata past its Valid-Until, and mark what comes from it
	AllowUnsigned bool     // accept metadata without a signature, and mark what comes from it
	Parts         []string // the parts to update, from NoCatalogueError.Part; nil: all that are in use
	// Note reports one event to the user, in one line. It may be called from several goroutines at once.
	Note func(format string, args ...any)
}

// Unread is a part of a supplier, such as a suite, that was skipped because it expired, was never fetched, or the like.
// If Component is set, it is instead one tool in that part which cannot be used.
type Unread struct {
	Supplier, Suite string
	Component       Component       // of the unusable tool; "": the whole part was skipped
	Version         version.Version // of the unusable tool
	Err             error           // the reason
}

// String returns what was skipped and why, in one line.
func (u Unread) String() string {
	if u.Component != "" {
		return fmt.Sprintf("unusable: %s %s (%s): %v", u.Component, u.Version, u.Suite, u.Err)
	}
	if _, absent := errors.AsType[*NeverPublishedError](u.Err); absent {
		return fmt.Sprintf("%s: %v", u.Supplier, u.Err)
	}
	return fmt.Sprintf("skipped: %v", u.Err)
}

// NeverPublishedError reports that a supplier never published one version or one kind of a component that it has otherwise. If
// Version is set, an Unread with it is reported only to a user who asked for that version.
type NeverPublishedError struct {
	Component Component
	Version   version.Version
	What      string // "GCC 5.5.0 of aarch64-linux on arm64"
}

func (e *NeverPublishedError) Error() string { return e.What + " was never published" }

// NoCatalogueError reports that no usable catalogue of a supplier is stored for a host: it was never fetched, or was
// written by a krustup that looked for other packages.
type NoCatalogueError struct {
	Supplier string
	Host     Host
	Part     string // the missing part; "": all of it
}

// Error names the missing part, if the other parts of the catalogue are stored.
func (e *NoCatalogueError) Error() string {
	if e.Part != "" {
		return fmt.Sprintf("no catalogue %s of supplier %s for host %s", e.Part, e.Supplier, e.Host)
	}
	return fmt.Sprintf("no catalogue of supplier %s for host %s", e.Supplier, e.Host)
}

// Recipe lists the artifacts of an object and how they are laid out. It holds all that an installation needs, so that a
// lock can record it.
type Recipe struct {
	Layout    Layout            `toml:"layout" json:"layout"`
	Artifacts []Artifact        `toml:"artifacts" json:"artifacts"` // in unpacking order
	Tools     map[string]string `toml:"tools" json:"tools"`         // program name ("rustc") to path in the tree
	Paths     map[string]string `toml:"paths,omitempty" json:"paths,omitempty"`
	Links     map[string]string `toml:"links,omitempty" json:"links,omitempty"` // links to create after unpacking: path in the tree to target, relative to the link
	Drop      []string          `toml:"drop,omitempty" json:"drop,omitempty"`   // path patterns not to unpack (archive.Match)
	Strip     int               `toml:"strip,omitempty" json:"strip,omitempty"` // LayoutTar: leading directories to remove
}

// The keys of Recipe.Paths: directories and prefixes in the tree, relative to it.
const (
	PathSysroot     = "sysroot"      // rustc's sysroot
	PathRustLibSrc  = "rust-lib-src" // library/ of rust-src
	PathLLVMBin     = "llvm-bin"     // the directory for LLVM=.../
	PathLibclang    = "libclang"     // the libclang shared library
	PathCrossPrefix = "cross-prefix" // usr/bin/aarch64-linux-gnu-
	PathSource      = "source"       // the kernel source tarball
)

// Layout is the way in which artifacts become a tree.
type Layout string

// The layouts.
const (
	// LayoutDebian unpacks .deb files over one another, turns absolute links into relative ones, and relocates the
	// programs so that they run with the tree's own loader and libraries.
	LayoutDebian Layout = "debian"
	// LayoutRust merges the components of rust-installer tarballs, as their install.sh would:
	// https://github.com/rust-lang/rust/blob/1.95.0/src/tools/rust-installer/install-template.sh
	LayoutRust Layout = "rust-installer"
	// LayoutTar unpacks tar files over one another, without their Recipe.Strip leading directories.
	LayoutTar Layout = "tar"
	// LayoutCargo builds a program from crates, with the set's rustc and cargo and without a network. The first
	// artifact is the crate of the program, the others are its dependencies.
	LayoutCargo Layout = "cargo"
	// LayoutHost has no artifacts: tools and paths are relative to /, where they were found.
	LayoutHost Layout = "host"
)

// Artifact is one file to fetch.
type Artifact struct {
	Name     string       `toml:"name" json:"name"` // for people: "rustc 1.85.1+dfsg1-1+deb13u1"
	Supplier string       `toml:"supplier" json:"supplier"`
	Archive  string       `toml:"archive,omitempty" json:"archive,omitempty"` // the archive of the supplier: "debian", "debian-security"
	Path     string       `toml:"path" json:"path"`                           // relative to the archive's base
	Size     int64        `toml:"size,omitempty" json:"size"`                 // bytes; 0: unknown
	Digest   trust.Digest `toml:"sha256" json:"sha256"`
	Unpacked int64        `toml:"unpacked" json:"unpacked"`                       // maximum bytes after unpacking; 0: unknown
	Keep     []string     `toml:"keep,omitempty" json:"keep,omitempty"`           // path patterns to unpack (archive.Match); empty: all
	SignedBy string       `toml:"signed-by,omitempty" json:"signed-by,omitempty"` // fingerprint of the key whose signature covers the digest
	// Signature is the path of a detached signature over the uncompressed content. It must verify with the supplier's
	// keyring before anything is unpacked, because no signed metadata cover the digest.
	Signature string `toml:"signature,omitempty" json:"signature,omitempty"`
	// Instead is the same content in another compression, which is fetched if that is faster.
	Instead *Encoding `toml:"instead,omitempty" json:"instead,omitempty"`
}

// Encoding is the content of an Artifact in one compression. All encodings count as the same artifact.
type Encoding struct {
	Path   string       `toml:"path" json:"path"`
	Digest trust.Digest `toml:"sha256" json:"sha256"`
}

// Own returns the encoding that the catalogue lists first.
func (a Artifact) Own() Encoding { return Encoding{Path: a.Path, Digest: a.Digest} }

// Encodings returns all encodings in which the artifact is published, its own first.
func (a Artifact) Encodings() []Encoding {
	if a.Instead == nil {
		return []Encoding{a.Own()}
	}
	return []Encoding{a.Own(), *a.Instead}
}
