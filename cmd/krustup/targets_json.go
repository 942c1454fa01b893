package main

import (
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
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

// jsonProbed is what a probe on this machine saw, the newest first.
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

type jsonTarget struct {
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

// jsonKernelSays is what the kernel at hand says of a target.
type jsonKernelSays struct {
	Rust    bool                 `json:"rust"`
	CC      []toolchain.Compiler `json:"cc"`
	Select  *kernel.HaveRust     `json:"have_rust,omitempty"`
	Unmet   string               `json:"unmet,omitempty"`
	Why     string               `json:"why,omitempty"`
	Rustc   string               `json:"rustc,omitempty"`
	Bindgen string               `json:"bindgen,omitempty"`
}

type jsonMatrix struct {
	Schema         int          `json:"schema"`
	Kernel         string       `json:"kernel,omitempty"`
	Source         string       `json:"read_from,omitempty"`
	Targets        []jsonTarget `json:"targets"`
	Contradictions []string     `json:"contradictions"`
}

func matrixJSON(m toolchain.Matrix) jsonMatrix {
	out := jsonMatrix{Schema: 1, Kernel: m.Kernel.String(), Source: m.Source, Targets: []jsonTarget{}, Contradictions: list(m.Contradictions)}
	for _, row := range m.Rows {
		out.Targets = append(out.Targets, targetJSON(row, m.Probed))
	}
	return out
}

// list makes a list of nothing [] and not null.
func list[E any](l []E) []E {
	if l == nil {
		return []E{}
	}
	return l
}

func targetJSON(row toolchain.Row, probed []toolchain.Probed) jsonTarget {
	t := row.Target
	out := jsonTarget{
		Name: t.Name, Aliases: list(t.Aliases), Arch: t.Arch, SrcArch: t.SrcArch, Make: list(t.Make), Bits: t.Bits,
		Endian: t.Endian, GNU: t.GNU, Debian: t.Debian, Cross: t.Crosstool, Clang: t.Clang, LLVMMake: t.LLVMMake, Rustc: list(t.Rustc), OwnSpec: t.OwnSpec, LLVMMin: t.LLVMMin.String(),
		Config: list(t.Config), Since: t.Since.String(), NoRust: t.NoRust, QEMU: t.QEMU, Machine: t.QEMUMachine,
		User: t.QEMUUser, Note: t.Note, Backends: []jsonSupport{},
		Evidence: evidenceJSON(t.Evidence),
	}
	for _, b := range allBackends {
		if s, ok := t.Support(b); ok {
			support := supportJSON(s)
			support.Probed = probedJSON(probed, t.Name, b)
			out.Backends = append(out.Backends, support)
		}
	}
	if row.Kernel.IsZero() {
		return out
	}
	out.Kernel = &jsonKernelSays{
		Rust: row.Rust, CC: list(row.CC), Unmet: row.Unmet, Why: row.Why,
		Rustc: row.Rustc.Version.String(), Bindgen: row.Bindgen.Version.String(),
	}
	if row.By != (kernel.HaveRust{}) {
		out.Kernel.Select = &row.By
	}
	return out
}

func supportJSON(s targets.Support) jsonSupport {
	out := jsonSupport{
		Backend: s.Backend, Status: s.Status, Since: s.Since.String(), Triples: []jsonTriple{}, Blockers: list(s.Blockers),
		Evidence: evidenceJSON(s.Evidence),
	}
	for _, triple := range s.Triples {
		out.Triples = append(out.Triples, jsonTriple{triple.Name, triple.Tier})
	}
	return out
}

func evidenceJSON(all []targets.Evidence) []jsonEvidence {
	out := []jsonEvidence{}
	for _, e := range all {
		out = append(out, jsonEvidence{e.URL, e.Release, e.File, e.Probe})
	}
	return out
}

func probedJSON(all []toolchain.Probed, target string, b targets.Backend) []jsonProbed {
	out := []jsonProbed{}
	for _, p := range all {
		if p.Target == target && p.Backend == b {
			r := p.Result
			out = append(out, jsonProbed{r.Triple, r.Verdict, r.Reached, r.Compiler, r.LLVM, r.Error, p.Date, p.Against})
		}
	}
	return out
}

type jsonBlocker struct {
	By  string `json:"by"`
	Why string `json:"why"`
}

type jsonNearest struct {
	Backend targets.Backend `json:"backend"`
	Status  targets.Status  `json:"status"`
	Triples []jsonTriple    `json:"triples"`
}

// jsonProbedBy is a jsonProbed that names its backend.
type jsonProbedBy struct {
	Backend targets.Backend `json:"backend"`
	jsonProbed
}

type jsonLack struct {
	Target  string         `json:"target"`
	Blocked []jsonBlocker  `json:"blocked"`
	Probed  []jsonProbedBy `json:"probed"`
	Nearest *jsonNearest   `json:"nearest,omitempty"`
}

type jsonLacking struct {
	Schema         int        `json:"schema"`
	Kernel         string     `json:"kernel,omitempty"`
	Source         string     `json:"read_from,omitempty"`
	Backend        string     `json:"backend,omitempty"`
	Lacking        []jsonLack `json:"lacking"`
	Contradictions []string   `json:"contradictions"`
}

func lackingJSON(m toolchain.Matrix, backend string, lacks []toolchain.Lack) jsonLacking {
	out := jsonLacking{
		Schema: 1, Kernel: m.Kernel.String(), Source: m.Source, Backend: backend, Lacking: []jsonLack{},
		Contradictions: list(m.Contradictions),
	}
	for _, lack := range lacks {
		l := jsonLack{Target: lack.Row.Target.Name, Blocked: []jsonBlocker{}, Probed: []jsonProbedBy{}}
		for _, b := range allBackends {
			for _, p := range probedJSON(m.Probed, l.Target, b) {
				l.Probed = append(l.Probed, jsonProbedBy{b, p})
			}
		}
		for _, b := range lack.Blockers {
			l.Blocked = append(l.Blocked, jsonBlocker{b.By, b.Text})
		}
		if s := lack.Nearest; s.Status != "" {
			l.Nearest = &jsonNearest{s.Backend, s.Status, supportJSON(s).Triples}
		}
		out.Lacking = append(out.Lacking, l)
	}
	return out
}

type jsonSide struct {
	Kernel         string   `json:"kernel"`
	Source         string   `json:"read_from"`
	Contradictions []string `json:"contradictions"`
}

type jsonChange struct {
	Target string `json:"target"`
	What   string `json:"change"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

type jsonDiff struct {
	Schema  int          `json:"schema"`
	From    jsonSide     `json:"from"`
	To      jsonSide     `json:"to"`
	Changes []jsonChange `json:"changes"`
}

func diffJSON(both [2]toolchain.Matrix, changes []toolchain.Change) jsonDiff {
	side := func(m toolchain.Matrix) jsonSide {
		return jsonSide{m.Kernel.String(), m.Source, list(m.Contradictions)}
	}
	out := jsonDiff{Schema: 1, From: side(both[0]), To: side(both[1]), Changes: []jsonChange{}}
	for _, c := range changes {
		out.Changes = append(out.Changes, jsonChange{c.Target.Name, c.What, c.From, c.To})
	}
	return out
}
