package cli

import (
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// PickJSON is one pick of a SetJSON.
type PickJSON struct {
	Component toolchain.Component  `json:"component"`
	Version   string               `json:"version"`
	Label     string               `json:"label"`
	Supplier  string               `json:"supplier"`
	Suite     string               `json:"suite"`
	Channel   string               `json:"channel,omitempty"`
	Backends  []targets.Backend    `json:"backends,omitempty"`
	Stale     bool                 `json:"stale,omitempty"`
	Unsigned  bool                 `json:"unsigned,omitempty"`
	Untrusted bool                 `json:"untrusted,omitempty"`
	Once      string               `json:"once,omitempty"`
	LLVM      string               `json:"llvm,omitempty"`
	Libclang  string               `json:"libclang,omitempty"`
	Object    string               `json:"object"`
	Reasons   []toolchain.Reason   `json:"reasons"`
	Artifacts []toolchain.Artifact `json:"artifacts"`
}

// SetJSON is the format of a set in the output of --json (docs/json.md).
type SetJSON struct {
	Schema   int                   `json:"schema"`
	Kernel   string                `json:"kernel"`
	Source   string                `json:"read_from"`
	Target   string                `json:"target"`
	Host     toolchain.Host        `json:"host"`
	CC       toolchain.Compiler    `json:"cc"`
	Request  string                `json:"request"`
	Picks    []PickJSON            `json:"picks"`
	Rejected []toolchain.Rejection `json:"rejected"`
	Warnings []string              `json:"warnings"`
}

// NewSetJSON converts a set to its JSON format.
func NewSetJSON(set toolchain.Set) SetJSON {
	out := SetJSON{
		Schema: 1, Kernel: set.Kernel.String(), Source: set.Source, Target: set.Target, Host: set.Host, CC: set.CC,
		Request: set.Key.String(), Picks: []PickJSON{}, Rejected: NonNil(set.Rejected), Warnings: NonNil(set.Warnings),
	}
	for _, p := range set.Picks {
		o := p.Offer
		out.Picks = append(out.Picks, PickJSON{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Suite: o.Suite,
			Channel: o.Channel, Backends: o.Backends, Stale: o.Stale, Unsigned: o.Unsigned, Untrusted: o.Untrusted, Once: o.Once, LLVM: o.LLVM.String(), Libclang: o.Libclang.String(), Object: toolchain.ObjectID(p).String(),
			Reasons: p.Reasons, Artifacts: p.Recipe.Artifacts,
		})
	}
	return out
}
