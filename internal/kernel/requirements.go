package kernel

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Where is the place that a fact was read from: a file, relative to the root of the tree, and a line, counted from 1.
// Line 0 means the file as a whole, or that it is missing.
type Where struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

// String returns "file:line", or only the file if Line is 0.
func (w Where) String() string {
	if w.Line == 0 {
		return w.File
	}
	return fmt.Sprintf("%s:%d", w.File, w.Line)
}

// ParseWhere parses the output of Where.String. Text without a line number is a file as a whole.
func ParseWhere(text string) Where {
	if i := strings.LastIndexByte(text, ':'); i > 0 {
		if line, err := strconv.Atoi(text[i+1:]); err == nil && line > 0 {
			return Where{text[:i], line}
		}
	}
	return Where{File: text}
}

// Tool is a program that a kernel states a minimum version of, by its name in scripts/min-tool-version.sh.
type Tool string

// The tools of scripts/min-tool-version.sh, and pahole from Documentation/process/changes.rst.
const (
	Rustc    Tool = "rustc"
	Bindgen  Tool = "bindgen"
	LLVM     Tool = "llvm"
	GCC      Tool = "gcc"
	Binutils Tool = "binutils"
	Pahole   Tool = "pahole"
)

// Demand is the minimum version of a tool that the kernel states. Pinned means that the kernel supports no other
// version (rustc and bindgen up to 6.10).
type Demand struct {
	Tool    Tool            `json:"tool"`
	Version version.Version `json:"version"`
	Pinned  bool            `json:"pinned,omitempty"`
	Where   Where           `json:"where"`
}

// Hazard is a range of versions of a tool with which this tree is known not to build, or not to build well, although
// none of its files says so. A rule of manifests/rules.toml with several ranges has one Hazard for each.
type Hazard struct {
	ID     string           `json:"id"`
	Tool   Tool             `json:"tool"`
	Bad    version.Range    `json:"bad"`
	Effect manifests.Effect `json:"effect"`
	Kind   string           `json:"kind,omitempty"` // of manifests.HazardRule
	What   string           `json:"what"`           // one clause that describes the failure, for messages
	Where  Where            `json:"where"`
	Links  []string         `json:"links,omitempty"`
}

// Decides reports whether the hazard has a part in the choice of tools. Otherwise it only warns.
func (h Hazard) Decides() bool { return h.Effect != manifests.Warns }

// HaveRust is one `select HAVE_RUST [if …]` of an architecture.
type HaveRust struct {
	Condition string `json:"condition"` // Kconfig expression, "" if unconditional
	Where     Where  `json:"where"`
}

// Requirements holds what one kernel requires of the tools for one architecture.
type Requirements struct {
	Kernel   version.Version `json:"kernel"`            // 6.12.107, 7.3-rc7
	Tree     string          `json:"-"`                 // absolute path of the tree, "" if only the release is known
	Source   string          `json:"source"`            // what the facts were read from: "tree" or "kernels.toml (tree 7.2.6)"
	Notes    []string        `json:"notes,omitempty"`   // what a user should know of Source: the release itself was not read
	SrcArch  string          `json:"srcarch"`           // directory under arch/
	Demands  []Demand        `json:"demands"`           // sorted by Tool
	HaveRust []HaveRust      `json:"have_rust"`         // empty: no Rust for this architecture in this kernel
	RustInit Where           `json:"config_rust"`       // `config RUST` in init/Kconfig; zero if the kernel has no Rust support
	Hazards  []Hazard        `json:"hazards,omitempty"` // those that apply to this architecture

	// HaveRustLater is what the next release that was read has in place of HaveRust, if it is unknown which of them
	// this release has.
	HaveRustLater []HaveRust `json:"have_rust_later,omitempty"`

	// Lacks is a file that the tree does not have although it has Rust, as in a sparse checkout. Without it Demands or
	// HaveRust are not what the kernel says.
	Lacks string `json:"-"`
}

// Demand returns the demand on a tool; ok is false if the kernel states none.
func (r Requirements) Demand(tool Tool) (d Demand, ok bool) {
	for _, d := range r.Demands {
		if d.Tool == tool {
			return d, true
		}
	}
	return Demand{}, false
}
