package survey

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/term"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// gatesCommand reports what keeps a kernel from building with stable Rust.
func gatesCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(true),
		&urfave.BoolFlag{Name: "all", Usage: "also show what is not reached by any build for the target"},
		&urfave.BoolFlag{Name: "probe", Usage: "ask the compiler about each, and report where gates.toml differs"},
		&urfave.StringFlag{Name: "rustc", Usage: "ask this `RUSTC` (default: the set's, else the newest installed)"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup gates --tree linux-7.3 --with rust=1.97.1",
			"krustup gates --kernel 7.2 --probe",
		},
		Exit:     "1  with --probe: the compiler and gates.toml disagree\n3  the kernel has no Rust",
		Document: "docs/gates.md",
	}
	command := manual.For(a.Command("gates", "show a kernel's unstable Rust, and what keeps it from stable", "", flags, func(c *urfave.Context) error { return showGates(a, c) }))
	command.Subcommands = []*urfave.Command{gatesHistoryCommand(a), gatesTryCommand(a)}
	cli.InheritOptions(command)
	return command
}

func showGates(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	if c.IsSet("rustc") && !c.Bool("probe") {
		return &cli.UsageError{Text: "--rustc names the compiler to ask, and nothing is asked without --probe", Hint: "krustup gates --probe --rustc " + c.String("rustc")}
	}
	report, shown, err := gateReport(a, c)
	if err != nil {
		return err
	}
	shown.all = c.Bool("all")
	if c.Bool("probe") {
		if shown.probed, report, shown.from, err = probedReport(a, c, report); err != nil {
			return err
		}
	}
	if c.Bool("json") {
		err = cli.WriteJSON(a.Out, newGatesJSON(report, shown))
	} else {
		err = printGates(a.Out, report, shown)
	}
	if n := shown.probed.disagreements(); err == nil && n > 0 {
		return &cli.ExitError{Code: failure.Failed, Text: fmt.Sprintf("rustc %s and gates.toml disagree about %s", shown.probed.rustc, term.Count(n, "use", "uses"))}
	}
	return err
}

// probedReport asks a compiler about the uses of a report, and returns its answers with a report judged by its release.
func probedReport(a *cli.App, c *urfave.Context, report survey.GateReport) (probedGates, survey.GateReport, string, error) {
	fail := func(err error) (probedGates, survey.GateReport, string, error) {
		return probedGates{}, survey.GateReport{}, "", err
	}
	tools, err := probingTools(a, c)
	if err != nil {
		return fail(err)
	}
	jobs, err := a.Jobs()
	if err != nil {
		return fail(err)
	}
	probed, err := probeGates(c.Context, jobs, tools, report.Uses)
	if err != nil {
		return fail(err)
	}
	report, err = report.By(probed.rustc, probed.said(report.AsOf))
	if err != nil {
		return fail(err)
	}
	return probed, report, "asked directly: " + tools.Rustc, nil
}

// gateReport judges the kernel of the command line, and returns what is to be shown with it.
func gateReport(a *cli.App, c *urfave.Context) (survey.GateReport, gatesShown, error) {
	fail := func(err error) (survey.GateReport, gatesShown, error) { return survey.GateReport{}, gatesShown{}, err }
	sel, err := cli.Choose(a, c)
	if err != nil {
		return fail(err)
	}
	uses, err := cli.ChosenUses(c, sel)
	if err != nil {
		return fail(err)
	}
	for _, note := range uses.Notes {
		a.Screen().Warn("%s", note)
	}
	if len(uses.List) == 0 {
		return fail(&cli.ExitError{Code: failure.NoSet, Text: fmt.Sprintf("Linux %s has no Rust support: there is nothing to report", uses.Kernel)})
	}
	rustc, from, err := judgingRustc(a, c, sel)
	if err != nil {
		return fail(err)
	}
	fewest, err := chooseFewest(a, c, sel, uses)
	if err != nil {
		return fail(err)
	}
	if req := sel.Req.Requirements; len(req.HaveRust) == 0 {
		a.Screen().Warn("Linux %s has no Rust support for %s: the report shows what it would use", uses.Kernel, sel.Req.Target.Name)
	}
	report, err := survey.ReportGates(uses, sel.Req.Target, rustc)
	return report, gatesShown{from: from, fewest: fewest}, err
}

// judgingRustc returns the rustc to judge by: the one that --with names, else that of the set that resolve would
// choose, else the kernel's minimum. It fetches no catalogue.
func judgingRustc(a *cli.App, c *urfave.Context, sel cli.Selection) (rustc versions.Version, from string, err error) {
	if wish, asked := sel.Req.With[toolchain.Rust]; asked && wish.Channel == "" {
		if named, err := versions.Parse(wish.Range.String()); err == nil {
			return named, "named by --with", nil
		}
	}
	// Warnings about the set are dropped: the command is not about the set.
	set, err := cli.ResolveBy(c.Context, a, sel.Req, true, toolchain.Resolve)
	if err == nil {
		for _, p := range set.Picks {
			if p.Offer.Component == toolchain.Rust {
				return p.Offer.Version, "from the set that `krustup resolve` chooses", nil
			}
		}
	}
	if c.IsSet("with") || c.Context.Err() != nil {
		return versions.Version{}, "", err
	}
	demand, ok := sel.Req.Requirements.Demand(kernel.Rustc)
	if !ok {
		return versions.Version{}, "", &cli.UsageError{
			Text: fmt.Sprintf("Linux %s states no minimum rustc, so there is none to judge by", sel.Req.Requirements.Kernel),
			Hint: "name one: --with rust=1.96.1",
		}
	}
	why := "no set fits"
	if failure.Is[*toolchain.NoCatalogueError](err) {
		why = "no catalogue was fetched"
	}
	return demand.Version, fmt.Sprintf("the minimum of this kernel; %s", why), nil
}
