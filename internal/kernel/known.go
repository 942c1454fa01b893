package kernel

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// UnknownKernelError says that manifests/kernels.toml has no row that speaks for a release.
type UnknownKernelError struct {
	Asked   string
	Nearest []string // releases that it has rows for, nearest first
}

func (e *UnknownKernelError) Error() string {
	return fmt.Sprintf("nothing is known of Linux %s without its tree (known: %s)", e.Asked, strings.Join(e.Nearest, ", "))
}

// Known says what a release asks for, from manifests/kernels.toml, when its tree is not at hand. "6.12" means the
// series, and its newest known release answers; "6.12.50" is answered by the newest one up to it, because stable
// releases gain fixes and do not lose them; "6.12.0" is the first of the series. A *UnknownKernelError says that no
// such row is there. Requirements.Source names the tree that the answer was read from, which may be another than asked.
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

// chooseRow picks the row that speaks for a release. Rows are sorted, oldest first.
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

// nearestRows names the known releases around one that is not, the nearest below first.
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

// fillKnown turns a row into Requirements for one architecture.
func fillKnown(r *Requirements, row manifests.KernelRow, arch Arch) error {
	for _, tool := range append(slices.Clone(scriptTools), Pahole) {
		least, ok := row.Least(string(tool), arch.SrcArch, arch.Arch)
		if !ok {
			continue
		}
		where := Where{File: scriptFile, Line: row.Lines[string(tool)]}
		if tool == Pahole {
			where.File = changesFile
		}
		r.Demands = append(r.Demands, Demand{
			Tool: tool, Version: least, Pinned: slices.Contains(row.Pinned, string(tool)), Where: where,
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
