package toolchain

import (
	"path"

	"github.com/krustup/krustup/internal/trust"
)

// Document is a file by which a supplier vouches for others, byte for byte as it was published and verified.
type Document struct {
	Supplier, Archive string
	Path              string // relative to the archive's base
	Data              []byte
}

// MirrorPath is where the document is in a mirror that krustup wrote.
func (d Document) MirrorPath() string { return path.Join(MirrorDir(d.Supplier, d.Archive), d.Path) }

// Publication is what a supplier published about artifacts.
type Publication struct {
	Documents []Document // what is named stands before what names it
	// Beside are files that the supplier's own client (apt, rustup) asks for and krustup does not. Documents have their
	// digests.
	Beside []Artifact
}

// MirrorPath is where the artifact is in a mirror that krustup wrote.
func (a Artifact) MirrorPath() string { return path.Join(MirrorDir(a.Supplier, a.Archive), a.Path) }

// MirrorDir is the directory of a supplier's archive in a mirror that krustup wrote (docs/mirror.md), where all suppliers
// are side by side. Below it the layout is the supplier's own.
func MirrorDir(supplier, archive string) string {
	switch {
	case supplier == "rust-lang" && archive == "":
		return "rust"
	case supplier == "kernel-org":
		return "kernel/pub"
	}
	return archive // "debian", "debian-security", "crates", "github"
}

// Digests lists the digests of the artifacts of a supplier.
func Digests(supplier string, artifacts []Artifact) map[trust.Digest]bool {
	all := map[trust.Digest]bool{}
	for _, a := range artifacts {
		if a.Supplier == supplier {
			all[a.Digest] = true
		}
	}
	return all
}
