package sets

import (
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
)

func resolveCommand(a *cli.App) *urfave.Command {
	return a.Command("resolve", "choose the toolchain set for a kernel, with reasons; touches nothing", "", cli.SelectionFlags(true), func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		sel, err := cli.Choose(a, c)
		if err != nil {
			return err
		}
		set, err := cli.Resolve(c.Context, a, sel.Req, sel.Offline)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, cli.NewSetJSON(set))
		}
		printSet(a.Out, set)
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

func printJSON(out io.Writer, v any) error { return cli.WriteJSON(out, v) }
