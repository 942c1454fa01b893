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

// The components of a set, and what krustup needs beside it.
const (
	Rust     Component = "rust"     // rustc, rustdoc, rust-src, rustfmt, clippy
	Bindgen  Component = "bindgen"  // bindgen, with the libclang it loads
	LLVM     Component = "llvm"     // clang, lld, llvm-*
	GCC      Component = "gcc"      // cross GCC and binutils for one target
	Pahole   Component = "pahole"   // for BTF
	Linux    Component = "linux"    // a kernel source
	Patchelf Component = "patchelf" // relocates the others
	Cargo    Component = "cargo"    // of the rustc in the set
	GCCRS    Component = "gccrs"    // GCC's own front end for Rust, for the host
	QEMU     Component = "qemu"     // qemu-user: runs programs of other architectures
)

// Host is the architecture that tools run on, by its kernel name (uname -m): "x86_64" or "aarch64". The operating
// system is always Linux. The zero value is not valid.
type Host struct{ machine string }

// ParseHost reads "x86_64", "aarch64", or another name of theirs (amd64, arm64).
func ParseHost(text string) (Host, error) {
	switch text {
	case "x86_64", "amd64":
		return Host{"x86_64"}, nil
	case "aarch64", "arm64":
		return Host{"aarch64"}, nil
	}
	return Host{}, fmt.Errorf("unknown host %q: krustup runs on x86_64 and aarch64", text)
}

// String gives the kernel's name of the machine.
func (h Host) String() string { return h.machine }

// IsZero reports whether h names no host.
func (h Host) IsZero() bool { return h.machine == "" }

// MarshalText makes a Host a plain string in TOML and JSON.
func (h Host) MarshalText() ([]byte, error) { return []byte(h.machine), nil }

// UnmarshalText reads what MarshalText wrote.
func (h *Host) UnmarshalText(text []byte) error {
	read, err := ParseHost(string(text))
	if err != nil {
		return err
	}
	*h = read
	return nil
}

// Offer is one Component at one version from one Supplier for one host. It is a value: two Offers of one supplier are
// the same offer when Key is the same.
type Offer struct {
	Component Component
	Version   version.Version // upstream's
	Label     string          // the supplier's own version string, opaque: "1.85.1+dfsg1-1+deb13u1"
	Supplier  string
	Suite     string // where in the supplier: "trixie", "trixie-backports", a channel
	Rank      int    // order of suites inside a supplier: the lowest that satisfies is chosen
	Host      Host
	Triple    string            // GCC only: the GNU triple that the tools are prefixed with
	LLVM      version.Version   // Rust: the LLVM inside rustc. May have a major only. Zero: unknown
	Libclang  version.Version   // Bindgen: the libclang that comes with it; zero: it uses the LLVM component's. LLVM: zero: it has none
	Channel   string            // Rust: "stable", "beta", "nightly-2026-05-20"; "": a release
	Backends  []targets.Backend // Rust: what it has beside LLVM
	Stale     bool              // its metadata was past its Valid-Until and was accepted by --allow-stale
	Unsigned  bool              // its metadata had no signature, and was accepted by --allow-unsigned
	Untrusted bool              // it was here before, and nobody vouches for it
	Key       string            // the supplier's own handle, stable, unique in the supplier
}

// Query says which offers are wanted. Target matters for GCC, and for rustc's other backends.
type Query struct {
	Components    []Component
	Channel       string          // Rust: "stable", "beta", "nightly", "nightly-2026-05-20", or the very release that is asked for; "": releases
	Backend       targets.Backend // Rust: what it has to have beside LLVM; "": nothing
	Host          Host
	Target        targets.Target
	AllowStale    bool
	AllowUnsigned bool
}

// A Supplier turns signed catalogues into Offers. Update alone touches the network; the rest reads what Update stored.
type Supplier interface {
	// Name is "debian", "rust-lang", "kernel-org" or "host".
	Name() string
	// Update refreshes the catalogues for host and verifies them. What was there stays when it fails.
	Update(ctx context.Context, host Host, opts UpdateOptions) error
	// Offers lists what the catalogues at hand hold, in no order, and what could not be read of them and why.
	// A *NoCatalogueError says that Update never succeeded.
	Offers(q Query) ([]Offer, []Unread, error)
	// Complete works out which artifacts make the offer. A *NoCatalogueError says what Update has to fetch first; any
	// other failure means that the offer cannot be installed.
	Complete(o Offer) (Recipe, error)
	// Locate gives the addresses of an artifact, best first: http(s) or file URLs.
	Locate(a Artifact) ([]string, error)
	// Status says what is at hand of each part, in the supplier's order, without the network.
	Status(host Host) ([]Status, error)
	// Published gives the signed files at hand that vouch for artifacts of a host, verified again, in the supplier's own
	// layout. Artifacts that nothing at hand vouches for, and those of other suppliers, are passed over.
	Published(host Host, artifacts []Artifact) (Publication, error)
	// Keyring has the keys whose detached signatures over artifacts count, nil when there are none.
	Keyring() *trust.Keyring
}

// Status is what is known of a part of a supplier: a suite, a channel, a list of files.
type Status struct {
	Part       string
	Date       time.Time // when its metadata was made; zero when there is none at hand
	ValidUntil time.Time // zero: it does not expire
	Stale      bool      // it had expired, and was accepted
	Unsigned   bool      // it had no signature, and was accepted
	Untrusted  bool      // nobody vouches for what is in it
	Err        error     // why the last Update could not read it, nil when it could
}

// UpdateOptions steer Supplier.Update.
type UpdateOptions struct {
	AllowStale    bool     // accept metadata past its Valid-Until, and mark what comes from it
	AllowUnsigned bool     // accept metadata without a signature, and mark what comes from it
	Parts         []string // what a *NoCatalogueError named; nil: all that is in use
	// Note receives one line for each thing a person would want to know; it may be called from several goroutines.
	Note func(format string, args ...any)
}

// Unread is a part of a supplier (a suite) that gives no offers now, and why: it expired, was never fetched, ... Or it is one
// tool in that part which is of no use.
type Unread struct {
	Supplier, Suite string
	Component       Component       // of the one tool; "": it is the whole part
	Version         version.Version // of the one tool
	Err             error
}

// String says what and why, in one line.
func (u Unread) String() string {
	if u.Component != "" {
		return fmt.Sprintf("of no use: %s %s (%s): %v", u.Component, u.Version, u.Suite, u.Err)
	}
	if _, absent := errors.AsType[*AbsentError](u.Err); absent {
		return fmt.Sprintf("%s: %v", u.Supplier, u.Err)
	}
	return fmt.Sprintf("not looked at: %v", u.Err)
}

// AbsentError says that a supplier never had one version of a component, or one kind of it, though it has others. As an
// Unread it counts for those who ask for that version, if it names one.
type AbsentError struct {
	Component Component
	Version   version.Version
	What      string // "GCC 5.5.0 of aarch64-linux on arm64"
}

func (e *AbsentError) Error() string { return e.What + " was never published" }

// NoCatalogueError says that there is no catalogue of a supplier for a host that this krustup can use: it was never
// fetched, or made by a krustup that looked for other packages.
type NoCatalogueError struct {
	Supplier string
	Host     Host
	Part     string // the part that is missing, "" when all is
}

func (e *NoCatalogueError) Error() string {
	if e.Part != "" {
		return fmt.Sprintf("no catalogue %s of supplier %s for host %s", e.Part, e.Supplier, e.Host)
	}
	return fmt.Sprintf("no catalogue of supplier %s for host %s", e.Supplier, e.Host)
}

// Recipe says which artifacts make an object and how they are laid out. It holds all that an installation needs,
// so that a lock can carry it.
type Recipe struct {
	Layout    Layout            `toml:"layout" json:"layout"`
	Artifacts []Artifact        `toml:"artifacts" json:"artifacts"` // in unpacking order
	Tools     map[string]string `toml:"tools" json:"tools"`         // program name ("rustc") to path in the tree
	Paths     map[string]string `toml:"paths,omitempty" json:"paths,omitempty"`
	Links     map[string]string `toml:"links,omitempty" json:"links,omitempty"` // links to make after unpacking: path in the tree to target beside it
	Drop      []string          `toml:"drop,omitempty" json:"drop,omitempty"`   // path patterns not to unpack (archive.Match)
	Strip     int               `toml:"strip,omitempty" json:"strip,omitempty"` // LayoutTar: leading directories to take off
}

// The keys of Recipe.Paths: directories and prefixes in the tree, relative to it.
const (
	PathSysroot     = "sysroot"      // rustc's sysroot
	PathRustLibSrc  = "rust-lib-src" // library/ of rust-src
	PathLLVMBin     = "llvm-bin"     // the directory for LLVM=.../
	PathLibclang    = "libclang"     // the libclang shared library
	PathCrossPrefix = "cross-prefix" // usr/bin/aarch64-linux-gnu-
	PathSource      = "source"       // a kernel source tarball
)

// Layout names how artifacts become a tree.
type Layout string

// The layouts.
const (
	// LayoutDebian unpacks .deb files over one another, turns absolute links into relative ones, and relocates the
	// programs so that they run with the tree's own loader and libraries.
	LayoutDebian Layout = "debian"
	// LayoutRust merges the components of rust-installer tarballs, as their install.sh would:
	// https://github.com/rust-lang/rust/blob/1.95.0/src/tools/rust-installer/install-template.sh
	LayoutRust Layout = "rust-installer"
	// LayoutTar unpacks tar files over one another, without the leading directories that Recipe.Strip counts.
	LayoutTar Layout = "tar"
	// LayoutCargo builds a program from crates, the first of which is its own, with the set's rustc and cargo and no
	// network.
	LayoutCargo Layout = "cargo"
	// LayoutHost has no artifacts: tools and paths are where they were found, relative to /.
	LayoutHost Layout = "host"
)

// Artifact is one file to fetch.
type Artifact struct {
	Name     string       `toml:"name" json:"name"` // for people: "rustc 1.85.1+dfsg1-1+deb13u1"
	Supplier string       `toml:"supplier" json:"supplier"`
	Archive  string       `toml:"archive,omitempty" json:"archive,omitempty"` // which archive of the supplier: "debian", "debian-security"
	Path     string       `toml:"path" json:"path"`                           // relative to the archive's base
	Size     int64        `toml:"size,omitempty" json:"size"`                 // bytes, 0: not known
	Digest   trust.Digest `toml:"sha256" json:"sha256"`
	Unpacked int64        `toml:"unpacked" json:"unpacked"`                       // bytes after unpacking at most, 0: not known
	Keep     []string     `toml:"keep,omitempty" json:"keep,omitempty"`           // only these path patterns of it (archive.Match), empty: all
	SignedBy string       `toml:"signed-by,omitempty" json:"signed-by,omitempty"` // fingerprint of the key whose signature covers the digest
	// Signature is the path of a detached signature over the uncompressed content. The supplier's keyring has to verify
	// it before anything is unpacked: nobody vouches for the digest.
	Signature string `toml:"signature,omitempty" json:"signature,omitempty"`
	// Instead is the same content in another compression, which is fetched where that is faster.
	Instead *Encoding `toml:"instead,omitempty" json:"instead,omitempty"`
}

// Encoding is an Artifact's content, compressed in another way. It counts as the same artifact.
type Encoding struct {
	Path   string       `toml:"path" json:"path"`
	Digest trust.Digest `toml:"sha256" json:"sha256"`
}

// Own returns the encoding that the catalogue lists first.
func (a Artifact) Own() Encoding { return Encoding{Path: a.Path, Digest: a.Digest} }

// Encodings returns every encoding that the artifact is published in, its own first.
func (a Artifact) Encodings() []Encoding {
	if a.Instead == nil {
		return []Encoding{a.Own()}
	}
	return []Encoding{a.Own(), *a.Instead}
}
