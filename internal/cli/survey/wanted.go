package survey

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
)

func wantedCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringSliceFlag{Name: "list", Usage: "only this `LIST`: 2, 354, 514, 355, kernel, roadmap …"},
		&urfave.StringFlag{Name: "kind", Usage: "only this `KIND`: " + strings.Join(manifests.WantedKinds, ", ")},
		&urfave.StringFlag{Name: "priority", Usage: "only this `PRIORITY`: " + strings.Join(manifests.WantedPriorities, ", ")},
		&urfave.StringFlag{Name: "status", Usage: "only this `STATUS`: " + strings.Join(manifests.WantedStatuses, ", ")},
		&urfave.BoolFlag{Name: "probe", Usage: "ask rustc, rustdoc, rustfmt and clippy; fail where the ledger differs"},
		cli.RustcFlag(),
		&urfave.StringSliceFlag{Name: "with", Usage: "ask the newest installed `rust=VERSION`, a version or range"},
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup wanted --list 354 --probe",
			"krustup wanted feature-asm_goto",
		},
		Exit:     "1  with --probe: a tool and the ledger disagree",
		Document: "docs/wanted.md",
	}
	return manual.For(a.Command("wanted", "list the Rust features that Linux needs, and their status", "[ENTRY]", flags, func(c *urfave.Context) error {
		ledger, err := manifests.LoadWanted()
		if err != nil {
			return err
		}
		chosen, err := chosenEntries(c, ledger)
		if err != nil {
			return err
		}
		if err := checkProbe(c); err != nil {
			return err
		}
		shown := wanted{lists: shownLists(c, ledger)}
		for _, e := range chosen {
			shown.entries = append(shown.entries, newWantedJSON(e))
		}
		if c.Bool("probe") {
			if err := askAll(a, c, chosen, &shown); err != nil {
				return err
			}
		}
		if err := printWanted(a, c, shown); err != nil {
			return err
		}
		if n := shown.disagreements(); n > 0 {
			return &cli.ExitError{
				Code: failure.Failed, Text: fmt.Sprintf("rustc %s and the ledger disagree about %s", shown.rustc, term.Count(n, "entry", "entries")),
				Hint: "krustup wanted --probe ENTRY shows what the tool said; the ledger is manifests/wanted.toml",
			}
		}
		return nil
	}))
}

// checkProbe returns an error for options that name a compiler when none is asked.
func checkProbe(c *urfave.Context) error {
	for _, name := range []string{"rustc", "with"} {
		if c.IsSet(name) && !c.Bool("probe") {
			return &cli.UsageError{Text: "--" + name + " names the compiler to ask, and nothing is asked without --probe", Hint: "krustup wanted --probe --" + name + " …"}
		}
	}
	return nil
}

// chosenEntries returns the entries that the options select, or the named one.
func chosenEntries(c *urfave.Context, ledger manifests.Wanted) ([]manifests.WantedEntry, error) {
	listed, err := onLists(c, ledger)
	if err != nil {
		return nil, err
	}
	for name, values := range map[string][]string{"kind": manifests.WantedKinds, "priority": manifests.WantedPriorities, "status": manifests.WantedStatuses} {
		if got := c.String(name); c.IsSet(name) && !slices.Contains(values, got) {
			return nil, &cli.UsageError{Text: fmt.Sprintf("--%s %q: expected one of %s", name, got, strings.Join(values, ", "))}
		}
	}
	if c.NArg() > 1 {
		return nil, &cli.UsageError{Text: "wanted takes one entry at most", Hint: "krustup wanted " + c.Args().First()}
	}
	fits := func(option, value string) bool { return c.String(option) == "" || c.String(option) == value }
	var chosen []manifests.WantedEntry
	for _, e := range listed {
		if (c.NArg() == 0 || e.ID == c.Args().First()) && fits("kind", e.Kind) && fits("priority", e.Priority) && fits("status", e.Status) {
			chosen = append(chosen, e)
		}
	}
	if c.NArg() == 1 && len(chosen) == 0 {
		return nil, unknownEntry(c.Args().First(), ledger)
	}
	return chosen, nil
}

// onLists returns the entries on the lists that --list names, in the ledger's order.
func onLists(c *urfave.Context, ledger manifests.Wanted) ([]manifests.WantedEntry, error) {
	if !c.IsSet("list") {
		return ledger.Entries, nil
	}
	on := map[string]bool{}
	for _, name := range c.StringSlice("list") {
		entries, ok := ledger.On(strings.TrimPrefix(name, "#"))
		if !ok {
			var known []string
			for _, l := range ledger.Lists {
				known = append(known, l.Name)
			}
			return nil, &cli.UsageError{Text: fmt.Sprintf("--list %q: expected one of %s", name, strings.Join(known, ", "))}
		}
		for _, e := range entries {
			on[e.ID] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(ledger.Entries), func(e manifests.WantedEntry) bool { return !on[e.ID] }), nil
}

// unknownEntry returns the error for an entry that was not found. It names up to five entries that contain the text.
func unknownEntry(asked string, ledger manifests.Wanted) error {
	for _, e := range ledger.Entries {
		if e.ID == asked {
			return &cli.UsageError{Text: fmt.Sprintf("entry %s is excluded by the options", asked), Hint: "krustup wanted " + asked}
		}
	}
	var near []string
	for _, e := range ledger.Entries {
		if len(near) < 5 && (strings.Contains(e.ID, asked) || strings.Contains(strings.ToLower(e.Title), strings.ToLower(asked))) {
			near = append(near, e.ID)
		}
	}
	if len(near) == 0 {
		return &cli.UsageError{Text: fmt.Sprintf("unknown entry %q", asked), Hint: "`krustup wanted` lists them"}
	}
	return &cli.UsageError{Text: fmt.Sprintf("unknown entry %q: similar ones are %s", asked, strings.Join(near, ", ")), Hint: "krustup wanted " + near[0]}
}
