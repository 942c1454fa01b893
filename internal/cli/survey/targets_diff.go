package survey

import (
	"fmt"
	"io"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsDiff is `krustup targets diff`.
func targetsDiff(a *cli.App, c *urfave.Context) error {
	if c.NArg() != 2 {
		return &cli.UsageError{Text: fmt.Sprintf("krustup targets diff takes two releases or trees, found %d", c.NArg()), Hint: "krustup targets diff 6.12 7.3"}
	}
	form, err := chosenForm(c)
	if err != nil {
		return err
	}
	var both [2]survey.Matrix
	for i, name := range c.Args().Slice() {
		read, err := releaseOrTree(name)
		if err != nil {
			return err
		}
		if both[i], err = allTargets(a, read); err != nil {
			return err
		}
	}
	changes := survey.DiffMatrices(both[0], both[1])
	switch form {
	case "json":
		return cli.WriteJSON(a.Out, diffJSON(both, changes))
	case "csv", "markdown":
		return diffSheet(changes).Write(a.Out, form)
	}
	return printDiff(a.Out, both, changes)
}

// releaseOrTree returns a reader for a release, or else for the tree in a directory.
func releaseOrTree(name string) (survey.KernelReader, error) {
	release, err := kernel.ParseRelease(name)
	// A directory can have the name of a vendor's kernel, or of a file of kernel.org.
	if err == nil && release.Vendor == "" && !release.Next && !strings.HasPrefix(name, "linux-") {
		return survey.ReleaseReader(release), nil
	}
	read, none := cli.TreeReader(name)
	if none != nil && err == nil {
		return survey.ReleaseReader(release), nil
	}
	if none != nil {
		return nil, &cli.UsageError{Text: fmt.Sprintf("%q is neither a release nor a directory", name), Hint: "krustup targets diff 6.12 7.3"}
	}
	return read, nil
}

// printDiff prints one row for each change, with all targets that have it.
func printDiff(out io.Writer, both [2]survey.Matrix, changes []survey.Change) error {
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
		"gained": "gained Rust: " + to, "lost": "lost Rust: it had " + from,
		"compilers": "compilers: " + from + " before, now " + to, "rustc": "minimum rustc: " + from + " before, now " + to,
		"bindgen": "minimum bindgen: " + from + " before, now " + to,
	}[what]
	// A row with one cell is printed as a remark below the row before it.
	return term.Table(out, nil, [][]string{{text, ""}, {strings.Join(names, ", ")}})
}

func diffSheet(changes []survey.Change) cli.Sheet {
	s := cli.Sheet{Header: []string{"target", "change", "from", "to"}}
	for _, c := range changes {
		s.Rows = append(s.Rows, []string{c.Target.Name, c.What, c.From, c.To})
	}
	return s
}

type jsonSide struct {
	Kernel         string   `json:"kernel"`
	Source         string   `json:"read_from"`
	Contradictions []string `json:"contradictions"`
}

type jsonChange struct {
	Target string `json:"target"`
	What   string `json:"change"`
	From   string `json:"from,omitempty"`
	To     string `json:"to,omitempty"`
}

type jsonDiff struct {
	Schema  int          `json:"schema"`
	From    jsonSide     `json:"from"`
	To      jsonSide     `json:"to"`
	Changes []jsonChange `json:"changes"`
}

func diffJSON(both [2]survey.Matrix, changes []survey.Change) jsonDiff {
	side := func(m survey.Matrix) jsonSide {
		return jsonSide{m.Kernel.String(), m.Source, cli.NonNil(m.Contradictions)}
	}
	out := jsonDiff{Schema: 1, From: side(both[0]), To: side(both[1]), Changes: []jsonChange{}}
	for _, c := range changes {
		out.Changes = append(out.Changes, jsonChange{c.Target.Name, c.What, c.From, c.To})
	}
	return out
}
