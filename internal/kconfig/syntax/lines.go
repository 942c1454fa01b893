package syntax

import "strings"

// line is one statement, with continued lines joined and without comments.
type line struct {
	number int
	word   string // the first word
	rest   string
}

// statements calls f for each statement of a file. It skips help texts.
func statements(data []byte, f func(line)) {
	lines := strings.Split(string(data), "\n")
	for i := 0; i < len(lines); i++ {
		number, text := i+1, lines[i]
		for strings.HasSuffix(text, `\`) && i+1 < len(lines) {
			i++
			text = text[:len(text)-1] + lines[i]
		}
		text = strings.TrimSpace(strings.TrimSuffix(withoutComment(text), `\`))
		switch text {
		case "":
		case "help", "---help---":
			i = skipHelp(lines, i+1) - 1
		default:
			l := line{number: number, word: text}
			if at := strings.IndexAny(text, " \t"); at >= 0 {
				l.word, l.rest = text[:at], strings.TrimSpace(text[at+1:])
			}
			f(l)
		}
	}
}

// withoutComment cuts a line at the first # that is not in a string or a macro.
func withoutComment(line string) string {
	if strings.IndexByte(line, '#') < 0 {
		return line
	}
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '#':
			return line[:i]
		case '"', '\'':
			_, n, what := quotedAt(line[i:])
			if what != "" {
				return line // the expression parser reports it; in a macro line a lone apostrophe does no harm
			}
			i += n - 1
		case '$':
			n := macroLength(line[i:])
			if n == 0 {
				return line
			}
			i += n - 1
		}
	}
	return line
}

// skipHelp returns the index of the first line after a help text: the first that is not blank and is indented less than
// the first line of the help text (HELP in scripts/kconfig/lexer.l).
func skipHelp(lines []string, from int) int {
	first := 0
	for i := from; i < len(lines); i++ {
		text := strings.TrimLeft(lines[i], " \t")
		if strings.TrimSpace(text) == "" {
			continue
		}
		indent := 0
		for _, c := range lines[i][:len(lines[i])-len(text)] {
			if c == '\t' {
				indent = indent&^7 + 8
			} else {
				indent++
			}
		}
		if indent == 0 || indent < first {
			return i
		}
		if first == 0 {
			first = indent
		}
	}
	return len(lines)
}
