package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// UnknownUsesError reports that no row of manifests/uses.toml covers a release.
type UnknownUsesError struct {
	Asked   version.Version
	Nearest []version.Version // the releases with rows directly below and above it, at most two
}

// Error lists the nearest releases that can be used without a tree.
func (e *UnknownUsesError) Error() string {
	names := make([]string, len(e.Nearest))
	for i, v := range e.Nearest {
		names[i] = v.String()
	}
	return fmt.Sprintf("what Linux %s uses is unknown without its tree (nearest known: %s)", e.Asked, strings.Join(names, ", "))
}

// KnownUses returns the uses of a release without its tree, from manifests/uses.toml: those of the newest row of its
// series up to it. "6.12" means the series. A release newer than all rows, and linux-next, get the newest row, and one
// before the first with Rust has no uses. Uses.Notes says so if the release itself was not read. The error is an
// *UnknownUsesError if no row covers the release.
func KnownUses(asked Release) (Uses, error) {
	first, err := manifests.FirstRust()
	if err != nil {
		return Uses{}, err
	}
	v := asked.Version
	if asked.before(first) {
		return Uses{Kernel: v, Source: fmt.Sprintf("uses.toml (no Rust before %s)", first), Notes: asked.vendorNotes()}, nil
	}
	rows, err := manifests.Uses()
	if err != nil {
		return Uses{}, err
	}
	var row *manifests.UseRow
	if newest := &rows[len(rows)-1]; asked.after(newest.Release) {
		row = newest
	}
	for i := range rows {
		if release := rows[i].Release; release.Series() == v.Series() && (asked.wholeSeries() || !v.Less(release)) {
			row = &rows[i]
		}
	}
	if row == nil {
		return Uses{}, &UnknownUsesError{Asked: v, Nearest: nearestRows(rows, v)}
	}
	found := RowUses(*row)
	found.Notes = asked.servedBy(row.Release)
	if !asked.Next {
		found.Kernel = v
	}
	return found, nil
}

// nearestRows returns the known releases directly below and above one that has no row, in that order.
func nearestRows(rows []manifests.UseRow, asked version.Version) []version.Version {
	at, _ := slices.BinarySearchFunc(rows, asked, func(row manifests.UseRow, v version.Version) int {
		return row.Release.Compare(v)
	})
	var names []version.Version
	if at > 0 {
		names = append(names, rows[at-1].Release)
	}
	if at < len(rows) {
		names = append(names, rows[at].Release)
	}
	return names
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
