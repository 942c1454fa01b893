package survey

import (
	"fmt"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsShow is `krustup targets show`.
func targetsShow(a *cli.App, c *urfave.Context) error {
	if c.NArg() != 1 {
		return &cli.UsageError{Text: fmt.Sprintf("krustup targets show takes one target, found %d", c.NArg()), Hint: "krustup targets show arm64"}
	}
	t, err := findTarget(c.Args().First())
	if err != nil {
		return err
	}
	hand, err := cli.ChooseKernel(c)
	if err != nil {
		return err
	}
	m, err := cli.ReadMatrix(a, []targets.Target{t}, hand.Read)
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, newMatrixJSON(m))
	}
	return printTarget(a.Out, m)
}

// printTarget prints one target: its facts, each backend, and the commands to try it.
func printTarget(out io.Writer, m survey.Matrix) error {
	row := m.Rows[0]
	t := row.Target
	facts := targetFacts(m, row)
	facts = append(facts, evidenceRows(t.Evidence)...)
	if _, err := fmt.Fprintln(out, t.Name); err != nil {
		return err
	}
	if err := printFacts(out, facts); err != nil {
		return err
	}
	for _, b := range allBackends {
		s, _ := t.Support(b)
		if _, err := fmt.Fprintf(out, "\n%s: %s\n", b, statusOf(t, b)); err != nil {
			return err
		}
		if err := printFacts(out, append(supportRows(s), probedRows(m, t, b)...)); err != nil {
			return err
		}
	}
	newest, err := survey.NewestKernel()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\nto try it:\n%s", indented(tryLines(m, newest)))
	return err
}

// printFacts prints the facts that have a text, with their names indented.
func printFacts(out io.Writer, facts [][]string) error {
	var rows [][]string
	for _, fact := range facts {
		if fact[1] != "" {
			rows = append(rows, []string{"  " + fact[0], fact[1]})
		}
	}
	return term.Table(out, nil, rows)
}

func supportRows(s targets.Support) [][]string {
	var rows [][]string
	if !s.Since.IsZero() {
		compiler := "rustc"
		if s.Backend == targets.GCCRS {
			compiler = "GCC"
		}
		rows = append(rows, []string{"since", compiler + " " + s.Since.String()})
	}
	for i, triple := range s.Triples {
		rows = append(rows, []string{label("triples", i), tripleText(triple)})
	}
	for i, text := range s.Blockers {
		rows = append(rows, []string{label("blocked by", i), text})
	}
	return append(rows, evidenceRows(s.Evidence)...)
}

// probedRows returns a row for each probe with a backend, the newest first.
func probedRows(m survey.Matrix, t targets.Target, b targets.Backend) [][]string {
	var rows [][]string
	for i, p := range survey.ProbesOf(m.Probed, t.Name, b) {
		rows = append(rows, []string{label("probed", i), probedText(p)})
	}
	return rows
}

func evidenceRows(all []targets.Evidence) [][]string {
	var rows [][]string
	for i, e := range all {
		rows = append(rows, []string{label("evidence", i), e.String()})
	}
	return rows
}

// label returns the name for the first line of a list, "" for the others.
func label(name string, i int) string {
	if i > 0 {
		return ""
	}
	return name
}

func indented(lines []string) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString("  " + line + "\n")
	}
	return out.String()
}
