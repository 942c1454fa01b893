package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// UnknownKernelError reports that manifests/kernels.toml or manifests/uses.toml has no row that covers a release.
type UnknownKernelError struct {
	Asked   string   // the release, as asked for
	Nearest []string // the releases with rows directly below and above it, at most two
}

// Error lists the nearest releases that can be used without a tree.
func (e *UnknownKernelError) Error() string {
	return fmt.Sprintf("Linux %s is unknown without its tree (nearest known: %s)", e.Asked, strings.Join(e.Nearest, ", "))
}

// Known returns the requirements of a release without its tree, from manifests/kernels.toml. "6.12" means the series,
// for which the row of its newest known release is used. For "6.12.50" it is the row of the newest known release up to
// it, because stable releases gain fixes and do not lose them. "6.12.0" is the first release of the series.
// Requirements.Source names the tree that the row was read from, which may be another release than the one asked for.
// The error is a *UnknownKernelError if no row covers the release.
func Known(asked version.Version, arch Arch) (Requirements, error) {
	if err := arch.check(); err != nil {
		return Requirements{}, err
	}
	first, err := manifests.FirstRust()
	if err != nil {
		return Requirements{}, err
	}
	r := Requirements{Kernel: asked, SrcArch: arch.SrcArch, Source: fmt.Sprintf("kernels.toml (no Rust before %s)", first)}
	if asked.Major() < first.Major() || asked.Major() == first.Major() && asked.Minor() < first.Minor() {
		return r, nil
	}
	rows, err := manifests.Kernels()
	if err != nil {
		return Requirements{}, err
	}
	releaseOf := func(row manifests.KernelRow) version.Version { return row.Release }
	row, ok := chooseRow(rows, releaseOf, asked)
	if !ok {
		return Requirements{}, &UnknownKernelError{Asked: asked.String(), Nearest: nearestRows(rows, releaseOf, asked)}
	}
	r.Source = fmt.Sprintf("kernels.toml (%s)", row.Basis)
	if err := fillKnown(&r, row, arch); err != nil {
		return Requirements{}, err
	}
	return r, nil
}

// chooseRow returns the row that covers a release. Rows are sorted, oldest first.
func chooseRow[R any](rows []R, releaseOf func(R) version.Version, asked version.Version) (row R, ok bool) {
	wholeSeries := asked.String() == asked.Series()
	for _, candidate := range rows {
		release := releaseOf(candidate)
		if release.Series() == asked.Series() && (wholeSeries || !asked.Less(release)) {
			row, ok = candidate, true
		}
	}
	return row, ok
}

// nearestRows returns the known releases directly below and above one that has no row, in that order.
func nearestRows[R any](rows []R, releaseOf func(R) version.Version, asked version.Version) []string {
	at, _ := slices.BinarySearchFunc(rows, asked, func(row R, v version.Version) int {
		return releaseOf(row).Compare(v)
	})
	var names []string
	if at > 0 {
		names = append(names, releaseOf(rows[at-1]).String())
	}
	if at < len(rows) {
		names = append(names, releaseOf(rows[at]).String())
	}
	return names
}

// fillKnown fills r with the facts of a row for one architecture.
func fillKnown(r *Requirements, row manifests.KernelRow, arch Arch) error {
	for _, tool := range append(slices.Clone(scriptTools), Pahole) {
		minimum, ok := row.Minimum(string(tool), arch.SrcArch, arch.Arch)
		if !ok {
			continue
		}
		where := Where{File: scriptFile, Line: row.Lines[string(tool)]}
		if tool == Pahole {
			where.File = changesFile
		}
		r.Demands = append(r.Demands, Demand{
			Tool: tool, Version: minimum, Pinned: slices.Contains(row.Pinned, string(tool)), Where: where,
		})
	}
	slices.SortFunc(r.Demands, func(a, b Demand) int { return strings.Compare(string(a.Tool), string(b.Tool)) })
	r.RustInit = Where{File: initKconfig, Line: row.ConfigRust}
	for _, s := range row.HaveRust[arch.SrcArch] {
		r.HaveRust = append(r.HaveRust, HaveRust{
			Condition: s.If, Where: Where{File: "arch/" + arch.SrcArch + "/Kconfig", Line: s.Line},
		})
	}
	if len(r.HaveRust) == 0 {
		return nil
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return err
	}
	for _, rule := range rules.Hazards {
		if !slices.Contains(row.Hazards[rule.ID], arch.SrcArch) && !slices.Contains(row.Hazards[rule.ID], "all") {
			continue
		}
		hazard, ok, err := newHazard(rule, *r, Where{File: rule.Detect[0].FilesFor(arch.SrcArch)[0]})
		if err != nil {
			return err
		}
		if ok {
			r.Hazards = append(r.Hazards, hazard)
		}
	}
	return nil
}
