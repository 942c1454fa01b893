package survey

import (
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/manual"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsMatrix is `krustup targets`.
func targetsMatrix(a *cli.App, c *urfave.Context) error {
	if c.NArg() > 0 {
		return unknownSubcommand(c.Args().First())
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	hand, err := cli.ChooseKernel(c)
	if err != nil {
		return err
	}
	m, err := allTargets(a, hand.Read)
	if err != nil {
		return err
	}
	switch form {
	case "json":
		return cli.WriteJSON(a.Out, newMatrixJSON(m))
	case "csv", "markdown":
		return matrixSheet(m).Write(a.Out, form)
	}
	return printMatrix(a.Out, m, hand.Asked)
}

func unknownSubcommand(word string) error {
	e := &cli.UsageError{Text: fmt.Sprintf("unknown subcommand %q: expected lacking, show or diff", word)}
	if near := manual.Nearest(word, []string{"lacking", "show", "diff"}); near != "" {
		e.Hint = "krustup targets " + near
	}
	if t, err := targets.Find(word); err == nil {
		e.Hint = "krustup targets show " + t.Name
	}
	return e
}

func printMatrix(out io.Writer, m survey.Matrix, asked bool) error {
	var rows [][]string
	with := 0
	for _, row := range m.Rows {
		line := append([]string{row.Target.Name}, statuses(row.Target)...)
		minimum := ""
		if row.Rust {
			with++
			minimum = row.Rustc.Version.String()
		}
		rows = append(rows, append(line, rustWord(row), minimum))
		if probed := verdicts(m, row.Target); strings.Join(probed, "") != "" {
			rows = append(rows, slices.Concat([]string{"  probed"}, probed, []string{"", ""}))
		}
	}
	if err := term.Table(out, []string{"TARGET", "LLVM", "GCC", "GCCRS", "RUST", "RUSTC >="}, rows); err != nil {
		return err
	}
	if err := printDisagreements(out, m); err != nil {
		return err
	}
	newest := ""
	if !asked {
		newest = "; the newest known release, --tree names another"
	}
	_, err := fmt.Fprintf(out, "Linux %s has Rust for %d of %d targets\nfrom %s%s\n", m.Kernel, with, len(m.Rows), m.Source, newest)
	return err
}

func printDisagreements(out io.Writer, m survey.Matrix) error {
	rows := [][]string{{"Probes that contradict the manifests:", ""}}
	for _, p := range m.Probed {
		if p.Against != "" {
			rows = append(rows, []string{probedText(p)})
		}
	}
	if len(rows) == 1 {
		return nil
	}
	return term.Table(out, nil, rows)
}

// statuses returns what each backend can do for a target, in the order of allBackends.
func statuses(t targets.Target) []string {
	words := make([]string, len(allBackends))
	for i, b := range allBackends {
		words[i] = string(statusOf(t, b))
	}
	return words
}

// verdicts returns the verdict of the newest probe with each backend, "" where there is none.
func verdicts(m survey.Matrix, t targets.Target) []string {
	words := make([]string, len(allBackends))
	for i, b := range allBackends {
		if p, ok := survey.NewestProbe(m.Probed, t.Name, b); ok {
			words[i] = string(p.Result.Verdict)
		}
	}
	return words
}

func matrixSheet(m survey.Matrix) cli.Sheet {
	s := cli.Sheet{Header: []string{"target", "arch", "llvm", "gcc", "gccrs", "kernel", "rust", "cc", "rustc", "bindgen", "since", "why", "probed_llvm", "probed_gcc", "probed_gccrs"}}
	for _, row := range m.Rows {
		line := append([]string{row.Target.Name, row.Target.Arch}, statuses(row.Target)...)
		rust := "no"
		switch {
		case row.Unsure:
			rust = "unknown"
		case row.Rust:
			rust = "yes"
		}
		line = append(line, m.Kernel.String(), rust, compilerNames(row.CC),
			row.Rustc.Version.String(), row.Bindgen.Version.String(), row.Target.Since.String(), row.Why)
		s.Rows = append(s.Rows, append(line, verdicts(m, row.Target)...))
	}
	return s
}

func compilerNames(list []toolchain.Compiler) string {
	names := make([]string, len(list))
	for i, cc := range list {
		names[i] = string(cc)
	}
	return strings.Join(names, " ")
}
