package kernel

import (
	"fmt"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// KnownUses returns the uses of a release without its tree, from manifests/uses.toml. Known describes which row covers
// a release. A release before the first with Rust has no uses. The error is a *UnknownKernelError if no row covers the
// release.
func KnownUses(asked version.Version) (Uses, error) {
	first, err := manifests.FirstRust()
	if err != nil {
		return Uses{}, err
	}
	if asked.Major() < first.Major() || asked.Major() == first.Major() && asked.Minor() < first.Minor() {
		return Uses{Kernel: asked, Source: fmt.Sprintf("uses.toml (no Rust before %s)", first)}, nil
	}
	rows, err := manifests.Uses()
	if err != nil {
		return Uses{}, err
	}
	releaseOf := func(row manifests.UseRow) version.Version { return row.Release }
	row, ok := chooseRow(rows, releaseOf, asked)
	if !ok {
		return Uses{}, &UnknownKernelError{Asked: asked.String(), Nearest: nearestRows(rows, releaseOf, asked)}
	}
	found := RowUses(row)
	found.Kernel = asked
	return found, nil
}

// RowUses converts a row of manifests/uses.toml to the Uses of the release that it was read from.
func RowUses(row manifests.UseRow) Uses {
	found := Uses{Kernel: row.Release, Source: fmt.Sprintf("uses.toml (%s)", row.Basis)}
	for _, file := range row.Files {
		for _, u := range file.Uses {
			found.List = append(found.List, Use{
				Kind: UseKind(u.Kind), Name: u.Name, Value: u.Value, Where: Where{File: file.Name, Line: u.Line},
				Arch: archOf(file.Name), If: u.If, For: u.For, Unused: u.Unused, Note: u.Note,
			})
		}
	}
	return found
}
