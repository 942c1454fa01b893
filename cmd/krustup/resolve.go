package main

import (
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
)

func resolveCommand(a *app) *urfave.Command {
	return a.command("resolve", "choose the toolchain set for a kernel, with reasons; touches nothing", "", selectionFlags(true), func(c *urfave.Context) error {
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

func printJSON(out io.Writer, v any) error { return writeJSON(out, v) }
