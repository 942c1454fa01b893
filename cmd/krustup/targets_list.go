package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/term"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// sheet is a list for programs: one record a line.
type sheet struct {
	header []string
	rows   [][]string
}

// chosenForm says how a list is printed: "" for people, "json", "csv" or "markdown".
func chosenForm(c *cli.Context) (string, error) {
	chosen := ""
	for _, name := range []string{"json", "csv", "markdown"} {
		if !c.Bool(name) {
			continue
		}
		if chosen != "" {
			return "", &usageError{text: fmt.Sprintf("--%s and --%s both say how to print the result", chosen, name), hint: "give one of them"}
		}
		chosen = name
	}
	return chosen, nil
}

// write prints a sheet as CSV (RFC 4180, lines ending in LF) or as a Markdown table.
func (s sheet) write(w io.Writer, form string) error {
	if form == "csv" {
		out := csv.NewWriter(w)
		if err := out.Write(s.header); err != nil {
			return err
		}
		return out.WriteAll(s.rows)
	}
	rules := make([]string, len(s.header))
	for i := range rules {
		rules[i] = "---"
	}
	for _, row := range slices.Concat([][]string{s.header, rules}, s.rows) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = strings.ReplaceAll(cell, "|", `\|`)
		}
		if _, err := fmt.Fprintf(w, "| %s |\n", strings.Join(cells, " | ")); err != nil {
			return err
		}
	}
	return nil
}

// targetsMatrix is `krustup targets`.
func targetsMatrix(a *app, c *cli.Context) error {
	if c.NArg() > 0 {
		return unknownQuestion(c.Args().First())
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	hand, err := kernelAtHand(c)
	if err != nil {
		return err
	}
	m, err := allTargets(a, hand.read)
	if err != nil {
		return err
	}
	switch form {
	case "json":
		return writeJSON(a.out, matrixJSON(m))
	case "csv", "markdown":
		return matrixSheet(m).write(a.out, form)
	}
	return printMatrix(a.out, m, hand.asked)
}

func unknownQuestion(word string) error {
	e := &usageError{text: fmt.Sprintf("unknown question %q: there are lacking, show and diff", word)}
	if near := nearestWord(word, []string{"lacking", "show", "diff"}); near != "" {
		e.hint = "krustup targets " + near
	}
	if t, err := targets.Find(word); err == nil {
		e.hint = "krustup targets show " + t.Name
	}
	return e
}

func printMatrix(out io.Writer, m toolchain.Matrix, asked bool) error {
	var rows [][]string
	with := 0
	for _, row := range m.Rows {
		line := []string{row.Target.Name}
		for _, b := range allBackends {
			line = append(line, string(statusOf(row.Target, b)))
		}
		least := ""
		if row.Rust {
			with++
			least = row.Rustc.Version.String()
		}
		rows = append(rows, append(line, rustWord(row), least))
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
		newest = "; the newest release known, --tree names another"
	}
	_, err := fmt.Fprintf(out, "Linux %s has Rust for %d of %d targets\nfrom %s%s\n", m.Kernel, with, len(m.Rows), m.Source, newest)
	return err
}

func printDisagreements(out io.Writer, m toolchain.Matrix) error {
	rows := [][]string{{"Probed otherwise than claimed:", ""}}
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

// verdicts gives what the newest probe with each backend came to, "" where there is none.
func verdicts(m toolchain.Matrix, t targets.Target) []string {
	words := make([]string, len(allBackends))
	for i, b := range allBackends {
		if p, ok := toolchain.NewestProbe(m.Probed, t.Name, b); ok {
			words[i] = string(p.Result.Verdict)
		}
	}
	return words
}

// probedText says in a line what a probe saw, and how that disagrees with the manifest.
func probedText(p toolchain.Probed) string {
	text := fmt.Sprintf("%s with %s", p.Target, p.Backend)
	if p.Against != "" {
		text += ": " + p.Against
	} else {
		text += " " + string(p.Result.Verdict)
	}
	text += fmt.Sprintf(" (%s", p.Result.Triple)
	if p.Result.Compiler != "" {
		text += ", " + p.Result.Compiler + llvmInside(p.Result)
	}
	text += ", " + p.Date + ")"
	if p.Result.Error != "" {
		text += ": " + p.Result.Error
	}
	return text
}

func statusOf(t targets.Target, b targets.Backend) targets.Status {
	if s, ok := t.Support(b); ok {
		return s.Status
	}
	return targets.Unknown
}

// rustWord says in a word whether the kernel has Rust for the target, and with one compiler only with which.
func rustWord(row toolchain.Row) string {
	switch {
	case !row.Rust:
		return "no"
	case len(row.CC) == 1:
		return string(row.CC[0]) + " only"
	}
	return "yes"
}

func matrixSheet(m toolchain.Matrix) sheet {
	s := sheet{header: []string{"target", "arch", "llvm", "gcc", "gccrs", "kernel", "rust", "cc", "rustc", "bindgen", "since", "why", "probed_llvm", "probed_gcc", "probed_gccrs"}}
	for _, row := range m.Rows {
		line := []string{row.Target.Name, row.Target.Arch}
		for _, b := range allBackends {
			line = append(line, string(statusOf(row.Target, b)))
		}
		rust := "no"
		if row.Rust {
			rust = "yes"
		}
		line = append(line, m.Kernel.String(), rust, compilerNames(row.CC),
			row.Rustc.Version.String(), row.Bindgen.Version.String(), row.Target.Since.String(), row.Why)
		s.rows = append(s.rows, append(line, verdicts(m, row.Target)...))
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

// targetsLacking is `krustup targets lacking`.
func targetsLacking(a *app, c *cli.Context) error {
	if c.NArg() > 0 {
		return &usageError{text: fmt.Sprintf("krustup targets lacking takes no argument, found %q", c.Args().First()), hint: "krustup targets lacking --help"}
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	backends, err := chosenBackends(c)
	if err != nil {
		return err
	}
	hand, err := kernelAtHand(c)
	if err != nil {
		return err
	}
	m := toolchain.TargetMatrix(targets.All())
	if hand.asked {
		m, err = allTargets(a, hand.read)
	} else {
		m.Probed, err = probesBeside(a)
	}
	if err != nil {
		return err
	}
	list := m.Lacking(backends)
	switch form {
	case "json":
		return writeJSON(a.out, lackingJSON(m, c.String("backend"), list))
	case "csv", "markdown":
		return lackingSheet(list).write(a.out, form)
	}
	return printLacking(a.out, m, c.String("backend"), list)
}

func printLacking(out io.Writer, m toolchain.Matrix, backend string, list []toolchain.Lack) error {
	var rows [][]string
	for _, lack := range list {
		rows = append(rows, []string{lack.Row.Target.Name, nearestText(lack)})
		for _, b := range lack.Blockers {
			rows = append(rows, []string{b.By + ": " + b.Text})
		}
		for _, b := range allBackends {
			if p, ok := toolchain.NewestProbe(m.Probed, lack.Row.Target.Name, b); ok && (backend == "" || backend == string(b)) {
				rows = append(rows, []string{"probed: " + probedText(p)})
			}
		}
	}
	if len(rows) > 0 {
		if err := term.Table(out, []string{"TARGET", "NEAREST"}, rows); err != nil {
			return err
		}
	}
	which := "no backend that works"
	if backend != "" {
		which = "no " + backend + " that works"
	}
	if !m.Kernel.IsZero() {
		which += fmt.Sprintf("\nand that Linux %s (from %s) can use", m.Kernel, m.Source)
	}
	_, err := fmt.Fprintf(out, "%d of %d targets have %s\n", len(list), len(m.Rows), which)
	return err
}

// nearestText says what comes nearest to a backend that works.
func nearestText(lack toolchain.Lack) string {
	s := lack.Nearest
	if s.Status == "" {
		return "nothing is known to come near"
	}
	text := string(s.Backend) + " " + string(s.Status)
	if len(s.Triples) > 0 {
		text += fmt.Sprintf(" (%s, tier %d)", s.Triples[0].Name, s.Triples[0].Tier)
	}
	return text
}

func lackingSheet(list []toolchain.Lack) sheet {
	s := sheet{header: []string{"target", "nearest", "nearest_status", "blocked_by", "why"}}
	for _, lack := range list {
		for _, b := range lack.Blockers {
			s.rows = append(s.rows, []string{lack.Row.Target.Name, string(lack.Nearest.Backend), string(lack.Nearest.Status), b.By, b.Text})
		}
	}
	return s
}

// targetsDiff is `krustup targets diff`.
func targetsDiff(a *app, c *cli.Context) error {
	if c.NArg() != 2 {
		return &usageError{text: fmt.Sprintf("krustup targets diff takes two releases or trees, found %d", c.NArg()), hint: "krustup targets diff 6.12 7.3"}
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	var both [2]toolchain.Matrix
	for i, name := range c.Args().Slice() {
		read, err := releaseOrTree(name)
		if err != nil {
			return err
		}
		if both[i], err = allTargets(a, read); err != nil {
			return err
		}
	}
	changes := toolchain.DiffMatrices(both[0], both[1])
	switch form {
	case "json":
		return writeJSON(a.out, diffJSON(both, changes))
	case "csv", "markdown":
		return diffSheet(changes).write(a.out, form)
	}
	return printDiff(a.out, both, changes)
}

// releaseOrTree reads a release, or else the name of a directory.
func releaseOrTree(name string) (toolchain.KernelReader, error) {
	v, err := versions.Parse(name)
	if err == nil {
		return toolchain.ReleaseReader(v), nil
	}
	read, none := treeReader(name)
	if none != nil {
		return nil, &usageError{text: fmt.Sprintf("%q is neither a release nor a directory", name), hint: "krustup targets diff 6.12 7.3"}
	}
	return read, nil
}

// printDiff puts the targets of the same change into one row.
func printDiff(out io.Writer, both [2]toolchain.Matrix, changes []toolchain.Change) error {
	type change struct{ what, from, to string }
	var order []change
	names := map[change][]string{}
	for _, what := range []string{"gained", "lost", "compilers", "rustc", "bindgen"} {
		for _, c := range changes {
			if c.What != what {
				continue
			}
			key := change{c.What, c.From, c.To}
			if names[key] == nil {
				order = append(order, key)
			}
			names[key] = append(names[key], c.Target.Name)
		}
	}
	for _, m := range both {
		with := 0
		for _, row := range m.Rows {
			if row.Rust {
				with++
			}
		}
		if _, err := fmt.Fprintf(out, "Linux %s has Rust for %d of %d targets (from %s)\n", m.Kernel, with, len(m.Rows), m.Source); err != nil {
			return err
		}
	}
	if len(order) == 0 {
		_, err := fmt.Fprintln(out, "nothing changed")
		return err
	}
	for _, c := range order {
		if err := printChangedTargets(out, c.what, c.from, c.to, names[c]); err != nil {
			return err
		}
	}
	return nil
}

func printChangedTargets(out io.Writer, what, from, to string, names []string) error {
	text := map[string]string{
		"gained": "gained Rust: " + to, "lost": "lost Rust: it was " + from,
		"compilers": "compilers: " + from + " before, now " + to, "rustc": "least rustc: " + from + " before, now " + to,
		"bindgen": "least bindgen: " + from + " before, now " + to,
	}[what]
	// The rows of a table of two columns that have one cell are its remarks; here the names are one.
	return term.Table(out, nil, [][]string{{text, ""}, {strings.Join(names, ", ")}})
}

func diffSheet(changes []toolchain.Change) sheet {
	s := sheet{header: []string{"target", "change", "from", "to"}}
	for _, c := range changes {
		s.rows = append(s.rows, []string{c.Target.Name, c.What, c.From, c.To})
	}
	return s
}
