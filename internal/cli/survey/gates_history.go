package survey

import (
	"io"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/survey"
)

func gatesHistoryCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{"krustup gates history", "krustup gates history --json"},
		Document: "docs/gates.md",
	}
	return manual.For(a.Command("history", "list the gates and flags of each release of Linux", "", nil, func(c *urfave.Context) error { return gatesHistory(a.Out, c) }))
}

func gatesHistory(out io.Writer, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	history, err := survey.GateHistory()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(out, struct {
			Schema   int                  `json:"schema"`
			Releases []survey.GateRelease `json:"releases"`
		}{1, history})
	}
	var rows [][]string
	for i, r := range history {
		rows = append(rows, []string{
			r.Release.String(), strconv.Itoa(len(r.Gates)), strconv.Itoa(len(r.Alloc)), strconv.Itoa(len(r.Flags)), strconv.Itoa(len(r.Other)),
		})
		if i == 0 {
			rows = append(rows, []string{"gates: " + strings.Join(r.Gates, ", ")}, []string{"flags: " + strings.Join(r.Flags, ", ")}, []string{"other: " + strings.Join(r.Other, ", ")})
			continue
		}
		before := history[i-1]
		for _, diff := range []struct {
			what      string
			was, here []string
		}{{"gates", before.Gates, r.Gates}, {"flags", before.Flags, r.Flags}, {"other", before.Other, r.Other}} {
			if text := signed(survey.Difference(diff.was, diff.here)); text != "" {
				rows = append(rows, []string{diff.what + ": " + text})
			}
		}
	}
	return term.Table(out, []string{"LINUX", "GATES", "OF ALLOC", "FLAGS", "OTHER"}, rows)
}

// signed formats what is new and what is gone, "" for neither.
func signed(gone, fresh []string) string {
	var parts []string
	if len(fresh) > 0 {
		parts = append(parts, "new "+strings.Join(fresh, ", "))
	}
	if len(gone) > 0 {
		parts = append(parts, "gone "+strings.Join(gone, ", "))
	}
	return strings.Join(parts, "; ")
}
