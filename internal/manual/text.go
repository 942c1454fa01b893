package manual

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/krustup/krustup/internal/term"
)

// Text returns the page as `krustup help` prints it, at most width columns wide where words permit it.
func (p Page) Text(width int) string {
	var out strings.Builder
	out.WriteString(strings.Join(term.Wrap(sentence(p.Summary), width), "\n") + "\n")
	block(&out, "Usage", p.Synopsis)
	block(&out, "Examples", p.Examples)
	terms := widest(p.Commands, p.Options)
	for _, section := range p.Commands {
		rows(&out, section, terms, width)
	}
	for _, section := range p.Options {
		rows(&out, section, terms, width)
	}
	for _, section := range []Section{{"Environment", p.Environment}, {"Exit codes", p.Exit}} {
		rows(&out, section, widest([]Section{section}), width)
	}
	if p.Document != "" {
		block(&out, "Read on", []string{p.Document})
	}
	return out.String()
}

// sentence returns a summary with a capital letter and a full stop.
func sentence(summary string) string {
	first, size := utf8.DecodeRuneInString(summary)
	return string(unicode.ToUpper(first)) + summary[size:] + "."
}

func block(out *strings.Builder, heading string, lines []string) {
	if len(lines) > 0 {
		fmt.Fprintf(out, "\n%s:\n  %s\n", heading, strings.Join(lines, "\n  "))
	}
}

// longTerm is the width from which a term has a line of its own, so that the texts beside the others have room.
const longTerm = 26

// widest returns the width of the widest term that has its text beside it.
func widest(lists ...[]Section) int {
	most := 0
	for _, sections := range lists {
		for _, section := range sections {
			for _, row := range section.Rows {
				if n := utf8.RuneCountInString(row.Term); n <= longTerm {
					most = max(most, n)
				}
			}
		}
	}
	return most
}

// rows writes a section, with the texts in a column behind terms of the given width.
func rows(out *strings.Builder, section Section, terms, width int) {
	if len(section.Rows) == 0 {
		return
	}
	fmt.Fprintf(out, "\n%s:\n", section.Heading)
	indent := strings.Repeat(" ", terms+4)
	for _, row := range section.Rows {
		lines := term.Wrap(row.Text, max(width-len(indent), 20))
		if utf8.RuneCountInString(row.Term) > terms {
			fmt.Fprintf(out, "  %s\n", row.Term)
		} else {
			padding := strings.Repeat(" ", terms-utf8.RuneCountInString(row.Term))
			out.WriteString(strings.TrimRight("  "+row.Term+padding+"  "+lines[0], " ") + "\n")
			lines = lines[1:]
		}
		for _, line := range lines {
			out.WriteString(indent + line + "\n")
		}
	}
}
