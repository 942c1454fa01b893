package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// sheet is a list for programs: one record a line.
type sheet struct {
	header []string
	rows   [][]string
}

// chosenForm says how a list is printed: "" for people, "json", "csv" or "markdown".
func chosenForm(c *urfave.Context) (string, error) {
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
