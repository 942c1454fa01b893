package survey

import (
	"fmt"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/probe"
	"github.com/krustup/krustup/internal/term"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
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

// targetFacts returns name and text of what is known of a target, except its backends. The text of an unknown fact is
// empty.
func targetFacts(m survey.Matrix, row survey.Row) [][]string {
	t := row.Target
	return [][]string{
		{"also", strings.Join(t.Aliases, ", ")},
		{"kernel", strings.Join(append([]string{"ARCH=" + t.Arch}, t.Make...), " ") + ", arch/" + t.SrcArch},
		{"machine", fmt.Sprintf("%d bits, %s endian", t.Bits, t.Endian)},
		{"GNU triple", t.GNU},
		{"Debian triple", t.Debian},
		{"crosstool", t.Crosstool},
		{"clang", clangText(t)},
		{"rustc", strings.Join(t.Rustc, ", ")},
		{"configuration", strings.Join(t.Config, "; ")},
		{"emulator", strings.TrimSpace(t.QEMU + " " + t.QEMUUser)},
		{"note", t.Note},
		{"Linux " + m.Kernel.String(), kernelText(row)},
		{"", "read from " + m.Source},
		{"Rust since", sinceText(t)},
		{"", t.NoRust},
	}
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

// clangText returns make's LLVM variable and clang's --target for the target.
func clangText(t targets.Target) string {
	if t.Clang == "" {
		return t.LLVMMake
	}
	return strings.TrimSpace(t.LLVMMake + " --target=" + t.Clang)
}

// sinceText returns the first release with Rust for the target.
func sinceText(t targets.Target) string {
	if t.Since.IsZero() {
		return "no known release has it"
	}
	return "Linux " + t.Since.String()
}

// kernelText returns what the matrix's kernel has for the target.
func kernelText(row survey.Row) string {
	if !row.Rust {
		return "no Rust: " + row.Why
	}
	text := "Rust with " + strings.ReplaceAll(compilerNames(row.CC), " ", " and ")
	condition := "`select HAVE_RUST`"
	if row.By.Condition != "" {
		condition = "`select HAVE_RUST if " + row.By.Condition + "`"
	}
	return fmt.Sprintf("%s: %s (%s); rustc >= %s, bindgen >= %s", text, condition, row.By.Where, row.Rustc.Version, row.Bindgen.Version)
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

func tripleText(t targets.Triple) string { return fmt.Sprintf("%s (tier %d)", t.Name, t.Tier) }

// label returns the name for the first line of a list, "" for the others.
func label(name string, i int) string {
	if i > 0 {
		return ""
	}
	return name
}

// tryLines returns the commands that try the target: an installation and a proof with this kernel, or with the newest
// one when only that has Rust for the target, else a probe of each backend.
func tryLines(m survey.Matrix, newest versions.Version) []string {
	row := m.Rows[0]
	tree, release := m.Tree, m.Kernel.Series()
	if !row.Rust && !row.Target.Since.IsZero() || row.Rustc.Version.IsZero() {
		tree, release = "", newest.Series()
	}
	name, kernel := row.Target.Name, "--tree "+quoted(tree)
	if row.Rust || !row.Target.Since.IsZero() {
		var lines []string
		if tree == "" {
			kernel = "--tree linux-" + release
			lines = append(lines, fmt.Sprintf("krustup source %s -o linux-%s", release, release))
		}
		options := kernel + " --target " + name
		if row.Rust && row.CC[0] != toolchain.Clang {
			options += " --cc " + string(row.CC[0])
		}
		return append(lines, "krustup install "+options, "krustup prove "+options)
	}
	if tree == "" {
		kernel = "--kernel " + release
	}
	lines := []string{"krustup install " + kernel}
	for _, b := range allBackends {
		if statusOf(row.Target, b) != targets.None && len(probeTriples(probe.Backend(b), row.Target)) > 0 {
			lines = append(lines, fmt.Sprintf("krustup probe %s --backend %s %s", kernel, b, name))
		}
	}
	return lines
}

// quoted returns a word as it is written in a shell.
func quoted(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func indented(lines []string) string {
	var out strings.Builder
	for _, line := range lines {
		out.WriteString("  " + line + "\n")
	}
	return out.String()
}
