package syntax

import "strings"

// line is one statement, with continued lines joined and without comments.
type line struct {
	number int
	word   string // the first word
	op     string // = := or += if the statement assigns a variable
	rest   string
}

// statements calls f for each statement of a file, by the rules of scripts/kconfig/lexer.l. It skips help texts.
func statements(data []byte, f func(line)) {
	s := &scanner{text: string(data), number: 1}
	for s.pos < len(s.text) {
		number := s.number
		if name, op, value := s.assignment(); op != "" {
			f(line{number, name, op, value})
			continue
		}
		text, number := s.statement()
		l := line{number: number, word: text}
		if end := strings.IndexFunc(text, func(r rune) bool { return r > 0x7f || !isWord(byte(r)) }); end > 0 {
			l.word, l.rest = text[:end], strings.TrimSpace(text[end:])
		}
		switch {
		case text == "":
		case text == "help", text == "---help---":
			s.skipHelp()
			f(line{number: number, word: "help"})
		default:
			f(l)
		}
	}
}

// scanner reads the text of a file.
type scanner struct {
	text   string
	pos    int
	number int // of the line at pos
}

// physical returns the rest of the line at pos, without the line break.
func (s *scanner) physical() string {
	rest, _, _ := strings.Cut(s.text[s.pos:], "\n")
	return rest
}

// advance moves to the start of the next line.
func (s *scanner) advance() {
	if n := strings.IndexByte(s.text[s.pos:], '\n'); n >= 0 {
		s.pos += n + 1
	} else {
		s.pos = len(s.text)
	}
	s.number++
}

// keywords are the words that cannot be the name of a variable.
var keywords = map[string]bool{}

func init() {
	for _, word := range strings.Fields(`bool choice comment config def_bool def_tristate default depends endchoice endif endmenu
		help hex if imply int mainmenu menu menuconfig modules on prompt range select source string transitional tristate visible`) {
		keywords[word] = true
	}
}

// assignment reads `name op value` at the start of a line. The value is the rest of the line as it is: it has no
// comment and does not continue. op is "" if the line is another statement; nothing is read then.
func (s *scanner) assignment() (name, op, value string) {
	text := skipped(s.physical())
	end := 0
	for end < len(text) && isWord(text[end]) {
		end++
	}
	if end == 0 || keywords[text[:end]] {
		return "", "", ""
	}
	rest := skipped(text[end:])
	for _, o := range []string{"=", ":=", "+="} {
		if after, ok := strings.CutPrefix(rest, o); ok {
			s.advance()
			return text[:end], o, strings.TrimLeft(after, " \t")
		}
	}
	return "", "", ""
}

// skipped returns what follows the blanks and the characters that mean nothing at the start of a text, such as a byte
// order mark.
func skipped(text string) string {
	for text != "" && !isWord(text[0]) && !strings.ContainsRune("#\"'$", rune(text[0])) && text != "\\" &&
		operatorAt(text) == "" && !strings.HasPrefix(text, ":=") && !strings.HasPrefix(text, "+=") {
		text = text[1:]
	}
	return text
}

// statement reads one statement and returns the number of the line that it begins on. A backslash continues a line only
// outside of comments and strings. Characters that mean nothing are ignored, as conf does with a warning.
func (s *scanner) statement() (text string, number int) {
	var b strings.Builder
	for number = s.number; s.pos < len(s.text); {
		rest := s.physical()
		if rest == "" {
			s.advance()
			return strings.TrimSpace(b.String()), number
		}
		switch c := rest[0]; {
		case c == '#':
			s.pos += len(rest)
		case rest == `\`:
			s.advance()
			if strings.TrimSpace(b.String()) == "" {
				number = s.number
			}
			b.WriteByte(' ')
		case c == '"' || c == '\'':
			s.pos += s.quoted(&b, rest)
		case c == '$':
			n := macroLength(rest)
			if n == 0 {
				n = len(rest) // the parser of expressions reports it
			}
			b.WriteString(rest[:n])
			s.pos += n
		default:
			n := 0
			for n < len(rest) && (isBlank(rest[n]) || isWord(rest[n])) {
				n++
			}
			if n == 0 {
				n = len(operatorAt(rest))
			}
			b.WriteString(rest[:n])
			s.pos += max(n, 1)
		}
	}
	return strings.TrimSpace(b.String()), number
}

// quoted copies a string. One that the line does not close ends with the line.
func (s *scanner) quoted(b *strings.Builder, rest string) int {
	if _, n, what := quotedAt(rest); what == "" {
		b.WriteString(rest[:n])
		return n
	}
	b.WriteString(strings.TrimSuffix(rest, `\`))
	b.WriteByte(rest[0])
	return len(rest)
}

// skipHelp skips a help text, from the line after `help`. It ends before a line that is indented less than its first
// line, and after a line that is followed by one that is not indented at all. So a first line that is not indented
// belongs to it.
func (s *scanner) skipHelp() {
	first := 0
	for s.pos < len(s.text) {
		text := s.physical()
		indent, blanks := indentation(text)
		switch {
		case blanks == len(text):
		case indent > 0 && indent < first:
			return
		case first == 0:
			first = indent
		}
		s.advance()
		if s.pos < len(s.text) && s.text[s.pos] != '\n' && !isBlank(s.text[s.pos]) {
			return
		}
	}
}

// indentation returns the column that the blanks at the start of a line lead to, and their number.
func indentation(text string) (column, blanks int) {
	for blanks < len(text) && isBlank(text[blanks]) {
		if text[blanks] == '\t' {
			column = column&^7 + 8
		} else {
			column++
		}
		blanks++
	}
	return column, blanks
}
