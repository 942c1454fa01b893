package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// Sheet is a list for programs: one record a line.
type Sheet struct {
	Header []string
	Rows   [][]string
}

// ChosenForm says how a list is printed: "" for people, "json", "csv" or "markdown".
func ChosenForm(c *urfave.Context) (string, error) {
	chosen := ""
	for _, name := range []string{"json", "csv", "markdown"} {
		if !c.Bool(name) {
			continue
		}
		if chosen != "" {
			return "", &UsageError{Text: fmt.Sprintf("--%s and --%s both say how to print the result", chosen, name), Hint: "give one of them"}
		}
		chosen = name
	}
	return chosen, nil
}

// Write prints a sheet as CSV (RFC 4180, lines ending in LF) or as a Markdown table.
func (s Sheet) Write(w io.Writer, form string) error {
	if form == "csv" {
		out := csv.NewWriter(w)
		if err := out.Write(s.Header); err != nil {
			return err
		}
		return out.WriteAll(s.Rows)
	}
	rules := make([]string, len(s.Header))
	for i := range rules {
		rules[i] = "---"
	}
	for _, row := range slices.Concat([][]string{s.Header, rules}, s.Rows) {
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
