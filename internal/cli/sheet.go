package cli

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/term"
)

// Sheet is a table that other programs read: one record a row.
type Sheet struct {
	Header []string
	Rows   [][]string
}

// Write writes the sheet as CSV (RFC 4180, but lines end in LF) if form is "csv", else as a Markdown table.
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

// TextWriter writes text and keeps the first error, after which it writes nothing.
type TextWriter struct {
	W   io.Writer
	Err error
}

// Printf writes formatted text.
func (t *TextWriter) Printf(format string, args ...any) {
	if t.Err == nil {
		_, t.Err = fmt.Fprintf(t.W, format, args...)
	}
}

// Paragraph writes one paragraph, wrapped to the width of a table.
func (t *TextWriter) Paragraph(format string, args ...any) {
	if t.Err == nil {
		t.Err = term.Paragraph(t.W, fmt.Sprintf(format, args...), 0)
	}
}

// List writes a label and names separated by commas, wrapped to the width of a table. It writes nothing if there are no
// names.
func (t *TextWriter) List(label string, names []string) {
	if len(names) == 0 || t.Err != nil {
		return
	}
	indent := len(label) - len(strings.TrimLeft(label, " "))
	if indent < len(label) {
		indent += 2
	}
	t.Err = term.Paragraph(t.W, label+strings.Join(names, ", "), indent)
}
