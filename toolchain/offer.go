package toolchain

import (
	"fmt"

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
	Built     bool              // built here from source; what is published, by any supplier, comes first
	Once      string            // the one place where its pinned digest was found; "": there are more, or it is signed
	Key       string            // identifies the offer within its supplier; stable
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
