package toolchain

import (
	"path"

	"github.com/krustup/krustup/internal/trust"
)

// Document is a signed file of a supplier, or one that a signed file names, which holds the digests of other files. Its
// Data are the verified bytes as they were published.
type Document struct {
	Supplier, Archive string
	Path              string // relative to the archive's base
	Data              []byte
}

// MirrorPath returns the path of the document in a mirror written by krustup.
func (d Document) MirrorPath() string { return path.Join(MirrorDir(d.Supplier, d.Archive), d.Path) }

// Publication is the signed metadata that a supplier published for artifacts.
type Publication struct {
	Documents []Document // each before the document that holds its digest
	// Beside holds files that the supplier's own client (apt, rustup) fetches and krustup does not. Their digests are
	// in Documents.
	Beside []Artifact
}

// MirrorPath returns the path of the artifact in a mirror written by krustup.
func (a Artifact) MirrorPath() string { return path.Join(MirrorDir(a.Supplier, a.Archive), a.Path) }

// MirrorDir returns the directory of a supplier's archive in a mirror written by krustup (docs/mirror.md). Below it the
// layout is the supplier's own.
func MirrorDir(supplier, archive string) string {
	switch {
	case supplier == "rust-lang" && archive == "":
		return "rust"
	case supplier == "kernel-org":
		return "kernel/pub"
	}
	return archive // "debian", "debian-security", "crates", "github"
}

// Digests returns the digests of those artifacts that are from the supplier.
func Digests(supplier string, artifacts []Artifact) map[trust.Digest]bool {
	all := map[trust.Digest]bool{}
	for _, a := range artifacts {
		if a.Supplier == supplier {
			all[a.Digest] = true
		}
	}
	return all
}
