package survey

import (
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// The documented forms of what `krustup targets` prints (docs/targets.md).

type jsonEvidence struct {
	URL     string `json:"url,omitempty"`
	Release string `json:"release,omitempty"`
	File    string `json:"file,omitempty"`
	Probe   string `json:"probe,omitempty"`
}

type jsonTriple struct {
	Name string `json:"name"`
	Tier int    `json:"tier"`
}

type jsonSupport struct {
	Backend  targets.Backend `json:"backend"`
	Status   targets.Status  `json:"status"`
	Since    string          `json:"since,omitempty"`
	Triples  []jsonTriple    `json:"triples"`
	Blockers []string        `json:"blockers"`
	Evidence []jsonEvidence  `json:"evidence"`
	Probed   []jsonProbed    `json:"probed"`
}

// jsonProbed is the result of a probe on this machine.
type jsonProbed struct {
	Triple       string        `json:"triple"`
	Result       probe.Verdict `json:"result"`
	Reached      string        `json:"reached,omitempty"`
	Compiler     string        `json:"compiler,omitempty"`
	LLVM         string        `json:"llvm,omitempty"`
	Error        string        `json:"error,omitempty"`
	Date         string        `json:"date"`
	Disagreement string        `json:"disagreement,omitempty"`
}

// TargetJSON is one target: its manifest, the backends, and what the kernel has for it. Kernel is nil when no kernel
// was asked.
type TargetJSON struct {
	Name     string          `json:"name"`
	Aliases  []string        `json:"aliases"`
	Arch     string          `json:"arch"`
	SrcArch  string          `json:"srcarch"`
	Make     []string        `json:"make"`
	Bits     int             `json:"bits"`
	Endian   string          `json:"endian"`
	GNU      string          `json:"gnu,omitempty"`
	Debian   string          `json:"debian,omitempty"`
	Cross    string          `json:"crosstool,omitempty"`
	Clang    string          `json:"clang,omitempty"`
	LLVMMake string          `json:"llvm_make,omitempty"`
	Rustc    []string        `json:"rustc"`
	OwnSpec  bool            `json:"own_spec"`
	LLVMMin  string          `json:"llvm_min,omitempty"`
	Config   []string        `json:"config"`
	Since    string          `json:"since,omitempty"`
	NoRust   string          `json:"no_rust,omitempty"`
	QEMU     string          `json:"qemu,omitempty"`
	Machine  string          `json:"qemu_machine,omitempty"`
	User     string          `json:"qemu_user,omitempty"`
	Note     string          `json:"note,omitempty"`
	Backends []jsonSupport   `json:"backends"`
	Evidence []jsonEvidence  `json:"evidence"`
	Kernel   *jsonKernelSays `json:"kernel,omitempty"`
}

// jsonKernelSays is what the matrix's kernel says about a target.
type jsonKernelSays struct {
	Rust    *bool                `json:"rust"` // nil: not known
	CC      []toolchain.Compiler `json:"cc"`
	Select  *kernel.HaveRust     `json:"have_rust,omitempty"`
	Unmet   string               `json:"unmet,omitempty"`
	Why     string               `json:"why,omitempty"`
	Rustc   string               `json:"rustc,omitempty"`
	Bindgen string               `json:"bindgen,omitempty"`
}

// MatrixJSON is the documented form of `krustup targets` and `krustup targets show` (docs/targets.md).
type MatrixJSON struct {
	Schema         int          `json:"schema"`
	Kernel         string       `json:"kernel,omitempty"`
	Source         string       `json:"read_from,omitempty"`
	Targets        []TargetJSON `json:"targets"`
	Contradictions []string     `json:"contradictions"`
}

func newMatrixJSON(m survey.Matrix) MatrixJSON {
	out := MatrixJSON{Schema: 1, Kernel: m.Kernel.String(), Source: m.Source, Targets: []TargetJSON{}, Contradictions: cli.NonNil(m.Contradictions)}
	for _, row := range m.Rows {
		out.Targets = append(out.Targets, newTargetJSON(m, row))
	}
	return out
}

func newTargetJSON(m survey.Matrix, row survey.Row) TargetJSON {
	t := row.Target
	out := TargetJSON{
		Name: t.Name, Aliases: cli.NonNil(t.Aliases), Arch: t.Arch, SrcArch: t.SrcArch, Make: cli.NonNil(t.Make), Bits: t.Bits,
		Endian: t.Endian, GNU: t.GNU, Debian: t.Debian, Cross: t.Crosstool, Clang: t.Clang, LLVMMake: t.LLVMMake, Rustc: cli.NonNil(t.Rustc), OwnSpec: t.OwnSpec, LLVMMin: t.LLVMMin.String(),
		Config: cli.NonNil(t.Config), Since: t.Since.String(), NoRust: t.NoRust, QEMU: t.QEMU, Machine: t.QEMUMachine,
		User: t.QEMUUser, Note: t.Note, Backends: []jsonSupport{},
		Evidence: evidenceJSON(t.Evidence),
	}
	for _, b := range allBackends {
		if s, ok := t.Support(b); ok {
			support := supportJSON(s)
			support.Probed = probedJSON(survey.ProbesOf(m.Probed, t.Name, b))
			out.Backends = append(out.Backends, support)
		}
	}
	if row.Kernel.IsZero() {
		return out
	}
	out.Kernel = &jsonKernelSays{
		CC: cli.NonNil(row.CC), Unmet: row.Unmet, Why: row.Why,
		Rustc: row.Rustc.Version.String(), Bindgen: row.Bindgen.Version.String(),
	}
	if !row.Unsure {
		out.Kernel.Rust = &row.Rust
	}
	if row.By != (kernel.HaveRust{}) {
		out.Kernel.Select = &row.By
	}
	return out
}

func supportJSON(s targets.Support) jsonSupport {
	out := jsonSupport{
		Backend: s.Backend, Status: s.Status, Since: s.Since.String(), Triples: []jsonTriple{}, Blockers: cli.NonNil(s.Blockers),
		Evidence: evidenceJSON(s.Evidence),
	}
	for _, triple := range s.Triples {
		out.Triples = append(out.Triples, jsonTriple(triple))
	}
	return out
}

func evidenceJSON(all []targets.Evidence) []jsonEvidence {
	out := []jsonEvidence{}
	for _, e := range all {
		out = append(out, jsonEvidence(e))
	}
	return out
}

func probedJSON(probes []survey.Probed) []jsonProbed {
	out := []jsonProbed{}
	for _, p := range probes {
		r := p.Result
		out = append(out, jsonProbed{r.Triple, r.Verdict, r.Reached, r.Compiler, r.LLVM, r.Error, p.Date, p.Against})
	}
	return out
}
