package manual

import (
	"fmt"
	"strings"
)

// FileName returns the name of the page's manual page: "krustup-ci-init.1".
func (p Page) FileName() string { return strings.ReplaceAll(p.Name, " ", "-") + ".1" }

// Roff returns the page as a manual page in the macros of man(7). date is written YYYY-MM-DD.
func (p Page) Roff(version, date string) string {
	r := &roff{}
	name := strings.TrimSuffix(p.FileName(), ".1")
	r.line(".TH %s 1 %s \"krustup %s\" \"krustup manual\"", strings.ToUpper(name), date, version)
	r.line(".SH NAME\n%s \\- %s", name, escape(p.Summary)) // apropos(1) reads the unescaped name
	r.line(".SH SYNOPSIS")
	for i, synopsis := range p.Synopsis {
		if i > 0 {
			r.line(".br")
		}
		r.line("\\fB%s\\fR%s", escape(p.Name), escape(strings.TrimPrefix(synopsis, p.Name)))
	}
	r.examples(p.Examples)
	r.sections("COMMANDS", p.Commands)
	r.sections("OPTIONS", p.Options)
	r.sections("ENVIRONMENT", []Section{{Rows: p.Environment}})
	r.sections("EXIT STATUS", []Section{{Rows: p.Exit}})
	r.line(".SH SEE ALSO")
	if above := strings.LastIndexByte(p.Name, ' '); above > 0 {
		r.line(".BR %s (1),", strings.ReplaceAll(p.Name[:above], " ", "\\-"))
	}
	r.line("%s of krustup", escape(p.Document))
	return r.out.String()
}

type roff struct{ out strings.Builder }

func (r *roff) line(format string, args ...any) { fmt.Fprintf(&r.out, format+"\n", args...) }

func (r *roff) examples(lines []string) {
	if len(lines) == 0 {
		return
	}
	r.line(".SH EXAMPLES\n.nf")
	for _, line := range lines {
		r.line("%s", escape(line))
	}
	r.line(".fi")
}

func (r *roff) sections(heading string, sections []Section) {
	for i, section := range sections {
		if len(section.Rows) == 0 {
			continue
		}
		if i == 0 {
			r.line(".SH %s", heading)
		}
		if section.Heading != "" && len(sections) > 1 {
			r.line(".SS %s", escape(section.Heading))
		}
		for _, row := range section.Rows {
			r.line(".TP\n\\fB%s\\fR\n%s", escape(row.Term), escape(row.Text))
		}
	}
}

var special = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\[u2026]`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`)

// escape returns text without what roff would interpret. A line that starts with a dot would be a request.
func escape(text string) string {
	text = special.Replace(text)
	if strings.HasPrefix(text, ".") {
		text = `\&` + text
	}
	return text
}
