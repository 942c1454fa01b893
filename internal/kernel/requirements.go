package kernel

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Where is the place that a fact was read from: a file of the tree, relative to its root, and a line from 1;
// Line 0 means the file as a whole (or its absence).
type Where struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"`
}

func (w Where) String() string {
	if w.Line == 0 {
		return w.File
	}
	return fmt.Sprintf("%s:%d", w.File, w.Line)
}

// ParseWhere reads what String wrote.
func ParseWhere(text string) Where {
	if i := strings.LastIndexByte(text, ':'); i > 0 {
		if line, err := strconv.Atoi(text[i+1:]); err == nil && line > 0 {
			return Where{text[:i], line}
		}
	}
	return Where{File: text}
}

// Tool is a program that a kernel states a least version of, by the name of scripts/min-tool-version.sh.
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

// Demand is the least version of a tool that the kernel states; Pinned means that it is the only one it was made for
// (rustc and bindgen up to 6.10).
type Demand struct {
	Tool    Tool            `json:"tool"`
	Version version.Version `json:"version"`
	Pinned  bool            `json:"pinned,omitempty"`
	Where   Where           `json:"where"`
}

// Hazard is a range of versions of a tool with which this tree is known not to build, though no file of it says so.
type Hazard struct {
	ID    string        `json:"id"`
	Tool  Tool          `json:"tool"`
	Bad   version.Range `json:"bad"`
	Sure  bool          `json:"sure"` // seen or proven to fail; else a warning only
	What  string        `json:"what"` // one clause for people
	Where Where         `json:"where"`
	Links []string      `json:"links,omitempty"`
}

// HaveRust is one `select HAVE_RUST [if …]` of an architecture.
type HaveRust struct {
	Condition string `json:"condition"` // Kconfig expression, "" when unconditional
	Where     Where  `json:"where"`
}

// Requirements is what one kernel asks of the tools for one architecture.
type Requirements struct {
	Kernel   version.Version `json:"kernel"`            // 6.12.107, 7.3-rc7
	Tree     string          `json:"-"`                 // absolute path of the tree, "" when only the release was known
	Source   string          `json:"source"`            // what the facts were read from: "tree" or "kernels.toml (tree 7.2.6)"
	SrcArch  string          `json:"srcarch"`           // directory under arch/
	Demands  []Demand        `json:"demands"`           // sorted by Tool
	HaveRust []HaveRust      `json:"have_rust"`         // empty: no Rust for this architecture in this kernel
	RustInit Where           `json:"config_rust"`       // `config RUST` in init/Kconfig; zero when the kernel has no Rust at all
	Hazards  []Hazard        `json:"hazards,omitempty"` // those that apply to this architecture
}

// Demand gives the demand on a tool; ok is false when the kernel states none.
func (r Requirements) Demand(tool Tool) (d Demand, ok bool) {
	for _, d := range r.Demands {
		if d.Tool == tool {
			return d, true
		}
	}
	return Demand{}, false
}
