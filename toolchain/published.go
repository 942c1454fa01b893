package toolchain

import (
	"path"

	"github.com/krustup/krustup/internal/trust"
)

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
