package sets

import (
	"cmp"
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
)

func resolveCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup resolve --tree linux-6.12 --target arm64 --target riscv64",
			"krustup resolve --kernel 7.2 --with \"rust=>= 1.90\"",
		},
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("resolve", "choose the set for a kernel and print why; install nothing", "", cli.ManySelectionFlags(), func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		choices, err := cli.ChooseSets(a, c)
		if err != nil {
			return err
		}
		if c.Bool("json") {
			return writeEach(a.Out, "sets", choices, func(choice cli.Choice) cli.SetJSON { return cli.NewSetJSON(choice.Set) })
		}
		for i, choice := range choices {
			if i > 0 {
				fmt.Fprintln(a.Out)
			}
			printSet(a.Out, choice.Set)
		}
		return nil
	}))
}

// writeEach writes the JSON form of one item, or of several as a list with a name.
func writeEach[T, J any](out io.Writer, name string, items []T, form func(T) J) error {
	if len(items) == 1 {
		return cli.WriteJSON(out, form(items[0]))
	}
	list := make([]J, len(items))
	for i, item := range items {
		list[i] = form(item)
	}
	return cli.WriteJSON(out, map[string]any{"schema": 1, name: list})
}

// printSet prints a set as text: what was chosen and why, and what was rejected and why.
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
				fmt.Fprintf(w, "  - not %s (%s): %s\n", cmp.Or(r.Version.String(), "one of unknown version"), r.Suite, r.Reason)
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
		more = fmt.Sprintf(", and %d of unknown size", unknown)
	}
	fmt.Fprintf(w, "\n%s, %s to fetch at most%s\n", term.Count(len(set.Artifacts()), "file", "files"), term.Bytes(size), more)
}
