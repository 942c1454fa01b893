package kernel

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Arch is the pair of names that Kbuild has for an architecture: SRCARCH, the directory under arch/, and ARCH, which
// also distinguishes its variants ("x86" with "x86_64" or "i386", "parisc" with "parisc64"). Both must be set.
type Arch struct {
	SrcArch string
	Arch    string
}

var archName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (a Arch) check() error {
	if !archName.MatchString(a.SrcArch) || !archName.MatchString(a.Arch) {
		return fmt.Errorf("architecture SRCARCH=%q ARCH=%q: expected two names such as x86 and x86_64", a.SrcArch, a.Arch)
	}
	return nil
}

// The files that Read reads, in addition to those that manifests/rules.toml names.
const (
	changesFile   = "Documentation/process/changes.rst"
	scriptFile    = "scripts/min-tool-version.sh"
	availableFile = "scripts/rust_is_available.sh"
	initKconfig   = "init/Kconfig"
)

// Read returns what a Linux source tree requires of the tools for one architecture. The error is a *NotTreeError if the
// directory is not a kernel tree, and a *ScriptError if its scripts/min-tool-version.sh does more than print versions.
// A tree without Rust, or without the architecture, is not an error: see Requirements.RustInit and HaveRust.
func Read(tree string, arch Arch) (Requirements, error) {
	if err := arch.check(); err != nil {
		return Requirements{}, err
	}
	root, err := filepath.Abs(tree)
	if err != nil {
		return Requirements{}, fmt.Errorf("reading kernel tree %s: %w", tree, err)
	}
	t := openTree(root)
	if err := t.check(); err != nil {
		return Requirements{}, err
	}
	r := Requirements{Tree: root, Source: "tree", SrcArch: arch.SrcArch}
	if r.Kernel, err = t.version(); err != nil {
		return Requirements{}, err
	}
	if r.Demands, err = t.demands(arch); err != nil {
		return Requirements{}, err
	}
	if r.RustInit, err = t.configLine(initKconfig, "RUST"); err != nil {
		return Requirements{}, err
	}
	if r.RustInit != (Where{}) {
		if r.Lacks, err = t.lacking(arch.SrcArch); err != nil {
			return Requirements{}, err
		}
	}
	if r.HaveRust, err = t.haveRust(arch.SrcArch); err != nil {
		return Requirements{}, err
	}
	if r.RustInit == (Where{}) || len(r.HaveRust) == 0 {
		return r, nil
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return Requirements{}, err
	}
	r.Hazards, err = t.hazards(rules.Hazards, r)
	return r, err
}

// demands returns the versions that the tree states, sorted by tool.
func (t *files) demands(arch Arch) ([]Demand, error) {
	demands, err := t.scriptDemands(arch)
	if err != nil {
		return nil, err
	}
	pahole, ok, err := t.paholeDemand()
	if err != nil {
		return nil, err
	}
	if ok {
		demands = append(demands, pahole)
	}
	if err := t.pin(demands); err != nil {
		return nil, err
	}
	slices.SortFunc(demands, func(a, b Demand) int { return strings.Compare(string(a.Tool), string(b.Tool)) })
	return demands, nil
}

var paholeRow = regexp.MustCompile(`^pahole(?:[ \t]+\(optional\))?[ \t]+([0-9][0-9.]*)[ \t]+pahole --version`)

// paholeDemand reads the table in changes.rst, because no script states a version of pahole.
func (t *files) paholeDemand() (Demand, bool, error) {
	lines, err := t.lines(changesFile)
	if err != nil {
		return Demand{}, false, err
	}
	for i, line := range lines {
		m := paholeRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		minimum, err := version.Parse(m[1])
		if err != nil {
			return Demand{}, false, fmt.Errorf("%s:%d: %w", changesFile, i+1, err)
		}
		return Demand{Tool: Pahole, Version: minimum, Where: Where{File: changesFile, Line: i + 1}}, true, nil
	}
	return Demand{}, false, nil
}

// pin marks the demands that only one version meets. Up to 6.10 rust_is_available.sh warned about any rustc or bindgen
// that was "too new", because those kernels supported exactly one version of each. A tree with a fork of liballoc in
// rust/alloc compiles only with the rustc that it was forked from.
func (t *files) pin(demands []Demand) error {
	lines, err := t.lines(availableFile)
	if err != nil {
		return err
	}
	pinned := map[Tool]bool{Rustc: t.exists("rust/alloc/lib.rs")}
	for _, line := range lines {
		if strings.Contains(line, "is too new") {
			pinned[Rustc] = pinned[Rustc] || strings.Contains(line, "Rust compiler")
			pinned[Bindgen] = pinned[Bindgen] || strings.Contains(line, "Rust bindings generator")
		}
	}
	for i := range demands {
		demands[i].Pinned = pinned[demands[i].Tool]
	}
	return nil
}
