package term

import (
	"io"
	"strings"
	"unicode/utf8"
)

// tableWidth is a width that every terminal has. It is fixed, so a table looks the same in a log and in the manual.
const tableWidth = 80

const remarkIndent = 4

// Table writes rows in columns, two spaces apart, with the header first unless it is nil. The last column is wrapped
// between words to stay within 80 columns; words are never split. A row of one cell, among longer rows, is a remark on
// the row above it: it is indented and spans all columns. The rows stay in the caller's order.
func Table(w io.Writer, header []string, rows [][]string) error {
	if header != nil {
		rows = append([][]string{header}, rows...)
	}
	widths := columnWidths(rows)
	var out strings.Builder
	for _, row := range rows {
		if isRemark(row, widths) {
			indent := strings.Repeat(" ", remarkIndent)
			for _, line := range Wrap(row[0], tableWidth-remarkIndent) {
				out.WriteString(indent + line + "\n")
			}
			continue
		}
		writeRow(&out, row, widths)
	}
	_, err := io.WriteString(w, out.String())
	return err
}

// isRemark reports whether a row is a remark, which does not count for the widths of the columns.
func isRemark(row []string, widths []int) bool { return len(row) == 1 && len(widths) > 1 }

// columnWidths returns the width in runes of each column. The last one is not padded to it.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		if len(row) > len(widths) {
			widths = append(widths, make([]int, len(row)-len(widths))...)
		}
	}
	for _, row := range rows {
		if isRemark(row, widths) {
			continue
		}
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

func writeRow(out *strings.Builder, row []string, widths []int) {
	indent := 0
	var line strings.Builder
	for i, cell := range row {
		if i < len(widths)-1 {
			line.WriteString(cell)
			line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			indent += widths[i] + 2
			continue
		}
		for j, part := range Wrap(cell, tableWidth-indent) {
			if j > 0 {
				out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
				line.Reset()
				line.WriteString(strings.Repeat(" ", indent))
			}
			line.WriteString(part)
		}
	}
	out.WriteString(strings.TrimRight(line.String(), " ") + "\n")
}

// Wrap breaks text between words into lines of at most width runes. A longer word gets its own line. With fewer than 20
// columns, it does not break, because the result would be harder to read.
func Wrap(text string, width int) []string {
	if utf8.RuneCountInString(text) <= width || width < 20 {
		return []string{text}
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}

// Paragraph writes one text, wrapped between words to the width of a table. The leading spaces of the text are kept;
// further lines start with indent spaces.
func Paragraph(w io.Writer, text string, indent int) error {
	start := text[:len(text)-len(strings.TrimLeft(text, " "))]
	lines := Wrap(strings.TrimLeft(text, " "), tableWidth-max(indent, len(start)))
	for i, line := range lines {
		if i > 0 {
			start = strings.Repeat(" ", indent)
		}
		if _, err := io.WriteString(w, start+line+"\n"); err != nil {
			return err
		}
	}
	return nil
}
