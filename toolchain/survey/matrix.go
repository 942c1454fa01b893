package survey

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Matrix is what is known of targets, and what one kernel says about each. Without a kernel, Kernel is zero and the
// rows have only their Target.
type Matrix struct {
	Kernel         version.Version
	Source         string   // as in kernel.Requirements: "tree", "kernels.toml (tree 7.3.4)"
	Notes          []string // as in kernel.Requirements
	Tree           string   // absolute path of the tree, "" for a release
	Rows           []Row    // in the order of the targets that were given
	Contradictions []string
	Probed         []Probed // probes on this machine, the newest first
}

// Row is one target of a Matrix.
type Row struct {
	Target  targets.Target
	Kernel  version.Version      // zero when no kernel was asked
	Rust    bool                 // the kernel builds Rust for the target
	Unsure  bool                 // whether it does is not known: a select holds, Why says what speaks against it
	CC      []toolchain.Compiler // with these C compilers, clang first
	By      kernel.HaveRust      // the select that holds, else the first that does not
	Unmet   string               // a Kconfig expression: what a compiler that is not in CC still needs
	Why     string               // why the kernel has no Rust support for the target, one clause
	Rustc   kernel.Demand        // minimum rustc for the target's ARCH; zero when the kernel states none
	Bindgen kernel.Demand
}

// KernelReader returns what one kernel requires on an architecture: kernel.Read of a tree, or kernel.Known of a
// release.
type KernelReader func(kernel.Arch) (kernel.Requirements, error)

// TreeReader returns a reader of the tree in a directory. Its errors are those of kernel.Read.
func TreeReader(tree string) KernelReader {
	return func(arch kernel.Arch) (kernel.Requirements, error) { return kernel.Read(tree, arch) }
}

// ReleaseReader returns a reader that looks a release up in manifests/kernels.toml. Its errors are those of
// kernel.Known.
func ReleaseReader(release kernel.Release) KernelReader {
	return func(arch kernel.Arch) (kernel.Requirements, error) { return kernel.Known(release, arch) }
}

// NewestKernel returns the newest release, without candidates, that manifests/kernels.toml has a row for.
func NewestKernel() (version.Version, error) {
	rows, err := manifests.Kernels()
	if err != nil {
		return version.Version{}, err
	}
	for _, row := range slices.Backward(rows) {
		if row.Release.Prerelease() == "" {
			return row.Release, nil
		}
	}
	return version.Version{}, fmt.Errorf("manifests/kernels.toml has no release")
}

// TargetMatrix returns a Matrix without a kernel.
func TargetMatrix(list []targets.Target) Matrix {
	var m Matrix
	for _, t := range list {
		m.Rows = append(m.Rows, Row{Target: t})
	}
	return m
}

// KernelMatrix returns what a kernel says about each target. The kernel takes precedence over the manifests; where they
// differ, Contradictions has a line that names both places. The errors are those of read.
func KernelMatrix(list []targets.Target, read KernelReader) (Matrix, error) {
	var m Matrix
	asked := map[kernel.Arch]kernel.Requirements{}
	for _, t := range list {
		arch := kernel.Arch{SrcArch: t.SrcArch, Arch: t.Arch}
		r, done := asked[arch]
		if !done {
			var err error
			if r, err = read(arch); err != nil {
				return Matrix{}, err
			}
			asked[arch] = r
			contradicted, err := contradictRelease(r, arch)
			if err != nil {
				return Matrix{}, err
			}
			m.contradict(contradicted...)
		}
		m.Kernel, m.Source, m.Notes, m.Tree = r.Kernel, r.Source, r.Notes, r.Tree
		row, err := newRow(t, r)
		if err != nil {
			return Matrix{}, err
		}
		m.Rows = append(m.Rows, row)
		m.contradict(row.contradictions(r.Tree)...)
	}
	return m, nil
}

// contradict adds lines without duplicates: the targets of one architecture share their selects.
func (m *Matrix) contradict(lines ...string) {
	for _, line := range lines {
		if !slices.Contains(m.Contradictions, line) {
			m.Contradictions = append(m.Contradictions, line)
		}
	}
}

func newRow(t targets.Target, r kernel.Requirements) (Row, error) {
	row := Row{Target: t, Kernel: r.Kernel}
	row.Rustc, _ = r.Demand(kernel.Rustc)
	row.Bindgen, _ = r.Demand(kernel.Bindgen)
	if r.RustInit == (kernel.Where{}) {
		row.Why = fmt.Sprintf("Linux %s has no Rust support, which was added in 6.1", r.Kernel)
		return row, nil
	}
	settled, err := settle(t, r)
	if err != nil {
		return Row{}, err
	}
	for _, cc := range []toolchain.Compiler{toolchain.Clang, toolchain.GNU} {
		settled["CC_IS_CLANG"], settled["CC_IS_GCC"] = cc == toolchain.Clang, cc == toolchain.GNU
		ok, by, unmet := r.Supports(settled)
		switch {
		case ok:
			row.CC, row.By = append(row.CC, cc), by
		case len(row.CC) == 0 && row.Unmet == "":
			row.By, row.Unmet = by, unmet
		case row.Unmet == "":
			row.Unmet = unmet
		}
	}
	row.Rust = len(row.CC) > 0
	row.By.Condition, row.Unmet = printable(row.By.Condition), printable(row.Unmet)
	switch {
	case !row.Rust:
		row.Why = row.why(r)
	case t.SelectedAnyway:
		row.Rust, row.Unsure, row.CC = false, true, nil
		row.Why = fmt.Sprintf("`select HAVE_RUST` holds (%s), but %s; no build of it was tried", row.By.Where, t.NoRust)
	}
	return row, nil
}

// why returns, as one clause, why the kernel has no Rust support for the target.
func (row Row) why(r kernel.Requirements) string {
	kconfig := "arch/" + row.Target.SrcArch + "/Kconfig"
	later := ""
	if !row.Target.Since.IsZero() && r.Kernel.Less(row.Target.Since) {
		later = fmt.Sprintf("; Linux %s does", row.Target.Since)
	}
	switch {
	case len(r.HaveRust) > 0:
		return fmt.Sprintf("`select HAVE_RUST if %s` requires %s (%s)%s", row.By.Condition, row.Unmet, row.By.Where, later)
	case r.Tree != "" && !isDir(filepath.Join(r.Tree, "arch", row.Target.SrcArch)):
		return fmt.Sprintf("Linux %s has no arch/%s", r.Kernel, row.Target.SrcArch)
	}
	return fmt.Sprintf("%s of Linux %s has no `select HAVE_RUST`%s", kconfig, r.Kernel, later)
}

// printable removes characters that could move the cursor: a condition is text from a tree, and trees are untrusted.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return -1
	}, text)
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// Usable reports whether a backend compiles Rust for the target, and, when a kernel was asked, that kernel's.
func (row Row) Usable(b targets.Backend) bool {
	s, ok := row.Target.Support(b)
	return ok && s.Status == targets.Works && (row.Kernel.IsZero() || row.Rust && !row.pinnedBelow(s))
}

// pinnedBelow reports whether the kernel is pinned to a rustc that is older than the backend requires.
func (row Row) pinnedBelow(s targets.Support) bool {
	return s.Backend != targets.GCCRS && row.Rustc.Pinned && row.Rustc.Version.Less(s.Since)
}

// settle returns the values of the symbols that are known for a target on this kernel. A condition may name a derived
// symbol, which cannot be set directly (RUSTC_SUPPORTS_ARM64 depends on CPU_LITTLE_ENDIAN). A tree defines its
// dependencies, which take precedence over the target's manifest. kernels.toml does not have them; then the symbol is
// off if the manifest says so or knows no release with Rust for the target.
func settle(t targets.Target, r kernel.Requirements) (map[string]bool, error) {
	symbols := maps.Clone(t.Symbols)
	if symbols == nil {
		symbols = map[string]bool{}
	}
	var derived []string
	for _, h := range r.HaveRust {
		derived = append(derived, derivedSymbol.FindAllString(h.Condition, -1)...)
	}
	if len(derived) > 0 && r.Tree != "" {
		return symbols, settleByTree(symbols, derived, r)
	}
	for _, name := range derived {
		if _, known := symbols[name]; !known && t.Since.IsZero() {
			symbols[name] = false
		}
	}
	return symbols, nil
}

// derivedSymbol matches the symbols that an architecture's Rust depends on since 6.12.
var derivedSymbol = regexp.MustCompile(`\bRUSTC_SUPPORTS_[A-Z0-9_]+`)

// settleByTree turns off the derived symbols whose dependencies in the architecture's Kconfig do not hold, and leaves
// the others open. Symbols that the file does not define, or that cannot be parsed in it, stay as they are. kernel.Read
// took the selects from this file, so it is a regular file of bounded size.
func settleByTree(symbols map[string]bool, derived []string, r kernel.Requirements) error {
	name := "arch/" + r.SrcArch + "/Kconfig"
	data, err := os.ReadFile(filepath.Join(r.Tree, filepath.FromSlash(name)))
	if err != nil {
		return fmt.Errorf("reading kernel tree: %w", err)
	}
	file, _ := syntax.ParseFile(name, data)
	for _, entry := range file.Entries {
		if !slices.Contains(derived, entry.Symbol) {
			continue
		}
		delete(symbols, entry.Symbol)
		for _, d := range entry.Depends {
			only := kernel.Requirements{HaveRust: []kernel.HaveRust{{Condition: d.Holds().String()}}}
			if ok, _, _ := only.Supports(symbols); !ok {
				symbols[entry.Symbol] = false
			}
		}
	}
	return nil
}

// contradictions returns a line for each difference between the kernel and the target's manifest. A release candidate
// counts as its release.
func (row Row) contradictions(tree string) []string {
	t, manifest := row.Target, "manifests/targets/"+row.Target.SrcArch+".toml"
	where := row.By.Where.String()
	if row.By.Where == (kernel.Where{}) {
		where = "arch/" + t.SrcArch + "/Kconfig"
	}
	series, err := version.Parse(row.Kernel.Series())
	if err != nil {
		return nil
	}
	expected := !t.Since.IsZero() && !series.Less(t.Since)
	switch {
	case row.Rust && !expected && t.Since.IsZero():
		return []string{fmt.Sprintf("%s: Linux %s has Rust support for %s, but %s knows no release that does", where, row.Kernel, t.Name, manifest)}
	case row.Rust && !expected:
		return []string{fmt.Sprintf("%s: Linux %s has Rust support for %s, but %s says since %s", where, row.Kernel, t.Name, manifest, t.Since)}
	case !row.Rust && expected:
		return []string{fmt.Sprintf("%s: Linux %s has no Rust support for %s, but %s says since %s", where, row.Kernel, t.Name, manifest, t.Since)}
	case !row.Rust || tree == "":
		return nil
	}
	known := map[toolchain.Compiler]bool{toolchain.Clang: t.LLVM, toolchain.GNU: t.GCC}
	var lines []string
	for _, cc := range row.CC {
		if !known[cc] {
			lines = append(lines, fmt.Sprintf("%s: Linux %s allows Rust for %s with %s, but %s does not", where, row.Kernel, t.Name, cc, manifest))
		}
	}
	return lines
}

// contradictRelease compares a tree with the row of manifests/kernels.toml for the same release, if there is one.
func contradictRelease(r kernel.Requirements, arch kernel.Arch) ([]string, error) {
	rows, err := manifests.Kernels()
	if err != nil || r.Tree == "" {
		return nil, err
	}
	if !slices.ContainsFunc(rows, func(row manifests.KernelRow) bool { return row.Release.Compare(r.Kernel) == 0 }) {
		return nil, nil
	}
	known, err := kernel.Known(kernel.Release{Version: r.Kernel}, arch)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, tool := range []kernel.Tool{kernel.Rustc, kernel.Bindgen} {
		got, _ := r.Demand(tool)
		want, _ := known.Demand(tool)
		if got.Version.Compare(want.Version) != 0 {
			lines = append(lines, fmt.Sprintf("%s requires %s %s, but manifests/kernels.toml says %s for Linux %s on %s",
				got.Where, tool, orNone(got.Version.String()), want.Version, r.Kernel, arch.Arch))
		}
	}
	got, want := selects(r.HaveRust), selects(known.HaveRust)
	if got != want {
		lines = append(lines, fmt.Sprintf("arch/%s/Kconfig has %s, but manifests/kernels.toml says %s for Linux %s",
			arch.SrcArch, orNone(got), orNone(want), r.Kernel))
	}
	return lines, nil
}

// selects returns selects of HAVE_RUST as text without line numbers, which a patch above them changes.
func selects(list []kernel.HaveRust) string {
	var parts []string
	for _, h := range list {
		text := "`select HAVE_RUST`"
		if h.Condition != "" {
			text = "`select HAVE_RUST if " + printable(h.Condition) + "`"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Blocker is one reason why a target has no working backend.
type Blocker struct {
	By   string // a targets.Backend, or "kernel"
	Text string // one clause
}

// Lack is a target without a working backend, with what blocks it and the backend that is nearest to working.
type Lack struct {
	Row      Row
	Blockers []Blocker
	Nearest  targets.Support // zero when no backend is known to generate any code
}

// Lacking returns the rows for which none of the backends is Usable, in the order of the rows.
func (m Matrix) Lacking(backends []targets.Backend) []Lack {
	var list []Lack
	for _, row := range m.Rows {
		if slices.ContainsFunc(backends, row.Usable) {
			continue
		}
		lack := Lack{Row: row}
		if !row.Kernel.IsZero() && !row.Rust {
			lack.Blockers = append(lack.Blockers, Blocker{By: "kernel", Text: row.Why})
		}
		for _, b := range backends {
			lack.Blockers = append(lack.Blockers, row.blockers(b)...)
			s, _ := row.Target.Support(b)
			if closeness[s.Status] > closeness[lack.Nearest.Status] {
				lack.Nearest = s
			}
		}
		list = append(list, lack)
	}
	return list
}

// closeness ranks statuses by how near they are to working; none and unknown are 0.
var closeness = map[targets.Status]int{targets.Works: 3, targets.Partial: 2, targets.Experimental: 1}

// blockers returns what keeps one backend from working, nil when it works.
func (row Row) blockers(b targets.Backend) []Blocker {
	s, ok := row.Target.Support(b)
	switch {
	case !ok:
		return []Blocker{{string(b), "not examined"}}
	case s.Status == targets.Works && !row.Kernel.IsZero() && row.pinnedBelow(s):
		return []Blocker{{string(b), fmt.Sprintf("works with rustc %s or later, but Linux %s is pinned to %s", s.Since, row.Kernel, row.Rustc.Version)}}
	case s.Status == targets.Works:
		return nil
	case len(s.Blockers) == 0:
		return []Blocker{{string(b), string(s.Status)}}
	}
	var list []Blocker
	for _, text := range s.Blockers {
		list = append(list, Blocker{string(b), text})
	}
	return list
}

// Change is one difference between two kernels for one target. What is "gained", "lost", "compilers", "rustc" or
// "bindgen"; the last three are only reported for a target that both kernels have Rust for.
type Change struct {
	Target   targets.Target
	What     string
	From, To string // versions, or names of compilers; "" where a kernel has no Rust support for the target
}

// DiffMatrices returns what changed from one kernel to another, by target and then by What in the order above. Both
// matrices must have the same targets in the same order.
func DiffMatrices(from, to Matrix) []Change {
	var list []Change
	for i, before := range from.Rows {
		after := to.Rows[i]
		add := func(what, from, to string) {
			if from != to {
				list = append(list, Change{Target: after.Target, What: what, From: from, To: to})
			}
		}
		switch {
		case !before.Rust && after.Rust:
			add("gained", "", after.minimumTools())
		case before.Rust && !after.Rust:
			add("lost", before.minimumTools(), "")
		case before.Rust:
			add("compilers", joinCompilers(before.CC), joinCompilers(after.CC))
			add("rustc", before.Rustc.Version.String(), after.Rustc.Version.String())
			add("bindgen", before.Bindgen.Version.String(), after.Bindgen.Version.String())
		}
	}
	return list
}

// minimumTools returns the minimum versions as text.
func (row Row) minimumTools() string {
	return fmt.Sprintf("rustc %s, bindgen %s", orNone(row.Rustc.Version.String()), orNone(row.Bindgen.Version.String()))
}

func joinCompilers(list []toolchain.Compiler) string {
	names := make([]string, len(list))
	for i, cc := range list {
		names[i] = string(cc)
	}
	return strings.Join(names, ", ")
}
