package manifests

import (
	"fmt"
	"slices"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// KernelRow is what one release of Linux requires, as recorded from its tree. Lines and ConfigRust are line numbers in
// that tree; 0 means that the line is unknown.
type KernelRow struct {
	Release    version.Version            `toml:"release"`     // 7.3-rc7, 6.12 for the first of the series, 6.12.107
	Basis      string                     `toml:"basis"`       // what it was recorded from: "tree 7.2.13"
	Tools      map[string]version.Version `toml:"tools"`       // minimum version by tool
	Except     []ToolException            `toml:"except"`      // architectures with another minimum
	Lines      map[string]int             `toml:"lines"`       // in scripts/min-tool-version.sh, of the tool's case; pahole: in changes.rst
	Pinned     []string                   `toml:"pinned"`      // tools whose minimum version is the only supported one
	ConfigRust int                        `toml:"config-rust"` // line of `config RUST` in init/Kconfig
	HaveRust   map[string][]Select        `toml:"have-rust"`   // by SRCARCH: `select HAVE_RUST` lines of its Kconfig
	Hazards    map[string][]string        `toml:"hazards"`     // by rule id: affected SRCARCHs, or "all" for all that have Rust
}

// HasHazard reports whether the row lists a rule for an architecture, given by SRCARCH.
func (row KernelRow) HasHazard(id, srcArch string) bool {
	_, hasRust := row.HaveRust[srcArch]
	return hasRust && (slices.Contains(row.Hazards[id], srcArch) || slices.Contains(row.Hazards[id], "all"))
}

// KernelPoint is what is known of one stable release that was not read as a whole: which hazards it was the first to
// lack or to have.
type KernelPoint struct {
	Release    version.Version     `toml:"release"`
	Fixed      []string            `toml:"fixed,omitempty"`      // rule ids: the fix landed in this release
	Introduced []string            `toml:"introduced,omitempty"` // rule ids: a change of this release brought it
	Present    []string            `toml:"present,omitempty"`    // rule ids: it was seen, or the release has no fix
	HaveRust   map[string][]Select `toml:"have-rust,omitempty"`  // as in KernelRow, for what changed in this release
	Links      []string            `toml:"links"`
}

// PointChange says what a KernelPoint knows of a hazard.
type PointChange int

// What a point knows of a hazard. Before the first two, the release right before the point is known too.
const (
	Fixed PointChange = iota + 1
	Introduced
	Present
)

// Hazard returns what the point knows of a hazard; ok is false if it knows nothing.
func (p KernelPoint) Hazard(id string) (change PointChange, ok bool) {
	switch {
	case slices.Contains(p.Fixed, id):
		return Fixed, true
	case slices.Contains(p.Introduced, id):
		return Introduced, true
	}
	return Present, slices.Contains(p.Present, id)
}

// ToolException is a minimum version for one architecture, given by SRCARCH or by ARCH, whichever the kernel tests.
type ToolException struct {
	Tool    string          `toml:"tool"`
	SrcArch string          `toml:"srcarch,omitempty"`
	Arch    string          `toml:"arch,omitempty"`
	Minimum version.Version `toml:"least"`
}

// Select is one `select HAVE_RUST if …`.
type Select struct {
	If   string `toml:"if,omitempty"` // Kconfig expression; "": unconditional
	Line int    `toml:"line"`
}

// Minimum returns the minimum version of a tool for an architecture; ok is false when the release states none.
func (row KernelRow) Minimum(tool, srcArch, arch string) (least version.Version, ok bool) {
	for _, e := range row.Except {
		if e.Tool == tool && (e.SrcArch != "" && e.SrcArch == srcArch || e.Arch != "" && e.Arch == arch) {
			return e.Minimum, true
		}
	}
	least, ok = row.Tools[tool]
	return least, ok
}

const kernelsFile = "kernels.toml"

type kernelTable struct {
	FirstRust version.Version `toml:"first-rust"`
	Rows      []KernelRow     `toml:"kernel"`
	Points    []KernelPoint   `toml:"point"`
}

var loadKernels = sync.OnceValues(func() (kernelTable, error) {
	data, err := files.ReadFile(kernelsFile)
	if err != nil {
		return kernelTable{}, fmt.Errorf("reading manifest %s: %w", kernelsFile, err)
	}
	rules, err := LoadRules()
	if err != nil {
		return kernelTable{}, err
	}
	return parseKernels("manifests/"+kernelsFile, data, rules)
})

// Kernels returns the releases that krustup knows, oldest first. They are decoded once and shared: callers must not
// modify them.
func Kernels() ([]KernelRow, error) {
	table, err := loadKernels()
	return table.Rows, err
}

// KernelPoints returns what is known of releases between and after the rows, oldest first. Callers must not modify it.
func KernelPoints() ([]KernelPoint, error) {
	table, err := loadKernels()
	return table.Points, err
}

// FirstRust returns the first release with support for Rust.
func FirstRust() (version.Version, error) {
	table, err := loadKernels()
	return table.FirstRust, err
}

func parseKernels(name string, data []byte, rules Rules) (kernelTable, error) {
	var table kernelTable
	if err := DecodeStrict(name, data, &table); err != nil {
		return kernelTable{}, err
	}
	if table.FirstRust.IsZero() {
		return kernelTable{}, fmt.Errorf("%s: first-rust is missing", name)
	}
	for i, row := range table.Rows {
		err := row.check(rules)
		if err == nil && i > 0 && !table.Rows[i-1].Release.Less(row.Release) {
			err = fmt.Errorf("follows %s, expected ascending order without duplicates", table.Rows[i-1].Release)
		}
		if err != nil {
			at := place(name, data, `release = "`+row.Release.String()+`"`)
			return kernelTable{}, fmt.Errorf("%s: kernel %s: %w", at, row.Release, err)
		}
	}
	for i, p := range table.Points {
		err := p.check(rules)
		if err == nil && i > 0 && !table.Points[i-1].Release.Less(p.Release) {
			err = fmt.Errorf("follows %s, expected ascending order without duplicates", table.Points[i-1].Release)
		}
		if err == nil && slices.ContainsFunc(table.Rows, func(row KernelRow) bool { return row.Release.Compare(p.Release) == 0 }) {
			err = fmt.Errorf("has a row of its own")
		}
		if err != nil {
			at := place(name, data, `release = "`+p.Release.String()+`"`)
			return kernelTable{}, fmt.Errorf("%s: point %s: %w", at, p.Release, err)
		}
	}
	return table, nil
}

func (p KernelPoint) check(rules Rules) error {
	if p.Release.IsZero() || len(p.Links) == 0 {
		return fmt.Errorf("release or links is missing")
	}
	for _, link := range p.Links {
		if !webLink.MatchString(link) {
			return fmt.Errorf("link %q, expected an https URL", link)
		}
	}
	all := slices.Concat(p.Fixed, p.Introduced, p.Present)
	if len(all) == 0 && len(p.HaveRust) == 0 {
		return fmt.Errorf("has none of fixed, introduced, present and have-rust")
	}
	slices.Sort(all)
	for i, id := range all {
		if i > 0 && all[i-1] == id {
			return fmt.Errorf("hazard %q is listed twice", id)
		}
		if !slices.ContainsFunc(rules.Hazards, func(h HazardRule) bool { return h.ID == id }) {
			return fmt.Errorf("hazard %q is not in %s", id, rulesFile)
		}
	}
	return nil
}

// kernelTools are the tools that a row states minimum versions of.
var kernelTools = []string{"rustc", "bindgen", "llvm", "gcc", "binutils", "pahole"}

func (row KernelRow) check(rules Rules) error {
	if row.Release.IsZero() || row.Basis == "" {
		return fmt.Errorf("release or basis is missing")
	}
	for _, tool := range kernelTools {
		if row.Tools[tool].IsZero() {
			return fmt.Errorf("tools.%s is missing", tool)
		}
	}
	var named []string
	for tool := range row.Tools {
		named = append(named, tool)
	}
	for tool := range row.Lines {
		named = append(named, tool)
	}
	named = append(named, row.Pinned...)
	for _, e := range row.Except {
		named = append(named, e.Tool)
		if e.Minimum.IsZero() || (e.SrcArch == "") == (e.Arch == "") {
			return fmt.Errorf("exception for %s: expected least, and one of srcarch and arch", e.Tool)
		}
	}
	for _, tool := range named {
		if !slices.Contains(kernelTools, tool) {
			return fmt.Errorf("unknown tool %q", tool)
		}
	}
	if len(row.HaveRust) == 0 {
		return fmt.Errorf("have-rust is empty")
	}
	return row.checkHazards(rules)
}

func (row KernelRow) checkHazards(rules Rules) error {
	for id, arches := range row.Hazards {
		at := slices.IndexFunc(rules.Hazards, func(h HazardRule) bool { return h.ID == id })
		if at < 0 {
			return fmt.Errorf("hazard %q is not in %s", id, rulesFile)
		}
		if len(arches) == 0 {
			return fmt.Errorf("hazard %s lists no architecture", id)
		}
		for _, arch := range arches {
			if _, has := row.HaveRust[arch]; !has && arch != "all" {
				return fmt.Errorf("hazard %s is listed for %s, which has no Rust support in this release", id, arch)
			}
			if arch != "all" && !rules.Hazards[at].AppliesTo(arch) || arch == "all" && len(rules.Hazards[at].SrcArch) > 0 {
				return fmt.Errorf("hazard %s cannot apply to %s: see its srcarch in "+rulesFile, id, arch)
			}
		}
	}
	return nil
}
