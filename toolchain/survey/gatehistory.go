package survey

import (
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// GateRelease has the names of what a release of Linux uses in a build, for any target, configuration and rustc,
// sorted. Alloc are the gates that only the fork of alloc used, which kernels had up to 6.9.
type GateRelease struct {
	Release version.Version `json:"release"`
	Basis   string          `json:"basis"`
	Gates   []string        `json:"gates"`
	Alloc   []string        `json:"alloc_gates"`
	Flags   []string        `json:"flags"`
	Other   []string        `json:"other"`
}

// GateHistory returns the newest known release of each series, oldest first.
func GateHistory() ([]GateRelease, error) {
	rows, err := manifests.Uses()
	if err != nil {
		return nil, err
	}
	var list []GateRelease
	for i, row := range rows {
		if i+1 < len(rows) && rows[i+1].Release.Series() == row.Release.Series() {
			continue
		}
		list = append(list, gateRelease(row))
	}
	return list, nil
}

func gateRelease(row manifests.UseRow) GateRelease {
	r := GateRelease{Release: row.Release, Basis: row.Basis, Gates: []string{}, Alloc: []string{}, Flags: []string{}, Other: []string{}}
	for _, u := range kernel.RowUses(row).List {
		if u.Unused != "" || u.For != "" || u.Kind == kernel.BootstrapUse {
			continue
		}
		switch {
		case strings.HasPrefix(u.Where.File, "rust/alloc/"):
			r.Alloc = append(r.Alloc, u.Name)
		case u.Gate():
			r.Gates = append(r.Gates, u.Name)
		case u.Kind == kernel.FlagUse:
			r.Flags = append(r.Flags, u.Name)
		default:
			r.Other = append(r.Other, u.Name)
		}
	}
	for _, list := range []*[]string{&r.Gates, &r.Alloc, &r.Flags, &r.Other} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	r.Alloc = without(r.Alloc, r.Gates)
	return r
}

// Difference returns the names that are only in the first list (gone), and those that are only in the second (fresh).
func Difference(was, is []string) (gone, fresh []string) { return without(was, is), without(is, was) }
