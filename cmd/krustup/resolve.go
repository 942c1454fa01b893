package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

func resolveCommand(a *app) *cli.Command {
	return a.command("resolve", "choose the toolchain set for a kernel, with reasons; touches nothing", "", selectionFlags(true), func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		sel, err := choose(a, c)
		if err != nil {
			return err
		}
		set, err := resolveSet(c.Context, a, sel.req, sel.offline)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return writeJSON(a.out, setJSON(set))
		}
		printSet(a.out, set)
		return nil
	})
}

// printSet shows a set as a person reads it: what was chosen, why, and what was not.
func printSet(w io.Writer, set toolchain.Set) {
	fmt.Fprintf(w, "Linux %s for %s, with %s, on %s (from %s)\n", set.Kernel, set.Target, set.CC, set.Host, set.Source)
	for _, p := range set.Picks {
		o := p.Offer
		fmt.Fprintf(w, "\n%s %s  %s %s %s\n", o.Component, o.Version, o.Supplier, o.Suite, o.Label)
		for _, r := range p.Reasons {
			fmt.Fprintf(w, "  - %s\n", r)
		}
		for _, r := range set.Rejected {
			if r.Component == o.Component {
				fmt.Fprintf(w, "  - not %s (%s): %s\n", r.Version, r.Suite, r.Reason)
			}
		}
	}
	var size int64
	unknown := 0
	for _, artifact := range set.Artifacts() {
		size += artifact.Size
		if artifact.Size == 0 {
			unknown++
		}
	}
	more := ""
	if unknown > 0 {
		more = fmt.Sprintf(", and %d whose sizes only their server tells", unknown)
	}
	fmt.Fprintf(w, "\n%d files, %s to fetch at most%s\n", len(set.Artifacts()), term.Bytes(size), more)
}

// jsonPick and jsonSet are the documented form of a set (docs/json.md).
type jsonPick struct {
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
	LLVM      string               `json:"llvm,omitempty"`
	Libclang  string               `json:"libclang,omitempty"`
	Object    string               `json:"object"`
	Reasons   []toolchain.Reason   `json:"reasons"`
	Artifacts []toolchain.Artifact `json:"artifacts"`
}

type jsonSet struct {
	Schema   int                   `json:"schema"`
	Kernel   string                `json:"kernel"`
	Source   string                `json:"read_from"`
	Target   string                `json:"target"`
	Host     toolchain.Host        `json:"host"`
	CC       toolchain.Compiler    `json:"cc"`
	Request  string                `json:"request"`
	Picks    []jsonPick            `json:"picks"`
	Rejected []toolchain.Rejection `json:"rejected"`
	Warnings []string              `json:"warnings"`
}

func setJSON(set toolchain.Set) jsonSet {
	out := jsonSet{
		Schema: 1, Kernel: set.Kernel.String(), Source: set.Source, Target: set.Target, Host: set.Host, CC: set.CC,
		Request: set.Key.String(), Picks: []jsonPick{}, Rejected: set.Rejected, Warnings: set.Warnings,
	}
	if out.Rejected == nil {
		out.Rejected = []toolchain.Rejection{}
	}
	if out.Warnings == nil {
		out.Warnings = []string{}
	}
	for _, p := range set.Picks {
		o := p.Offer
		out.Picks = append(out.Picks, jsonPick{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Suite: o.Suite,
			Channel: o.Channel, Backends: o.Backends, Stale: o.Stale, Unsigned: o.Unsigned, Untrusted: o.Untrusted, LLVM: o.LLVM.String(), Libclang: o.Libclang.String(), Object: toolchain.ObjectID(p).String(),
			Reasons: p.Reasons, Artifacts: p.Recipe.Artifacts,
		})
	}
	return out
}

func printJSON(out io.Writer, v any) error { return writeJSON(out, v) }

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
