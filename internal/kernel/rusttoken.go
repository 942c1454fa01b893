package kernel

import "strings"

// rustToken is one token of Rust: an identifier, a string with its quotes, or one character. At the end text is empty.
type rustToken struct {
	text string
	line int
}

// ident reports whether the token is an identifier. A string may begin with a letter too: b"…".
func (t rustToken) ident() bool {
	return t.text != "" && !(t.text[0] >= '0' && t.text[0] <= '9') && strings.Trim(t.text, wordCharacters) == ""
}

// rustLexer splits Rust into tokens, as far as the attributes at the start of a crate need it: no numbers, no lifetimes
// (https://doc.rust-lang.org/reference/tokens.html).
type rustLexer struct {
	text string
	line int
	peek *rustToken
}

func newRustLexer(source string) *rustLexer {
	l := &rustLexer{text: strings.TrimPrefix(source, "\ufeff"), line: 1}
	// A first line that starts with #! is for the shell, unless it starts an attribute.
	if strings.HasPrefix(l.text, "#!") && !strings.HasPrefix(strings.TrimLeft(l.text[2:], " \t\r\n"), "[") {
		l.skip(lineEnd(l.text))
	}
	return l
}

func lineEnd(text string) int {
	if i := strings.IndexByte(text, '\n'); i >= 0 {
		return i
	}
	return len(text)
}

// skip advances by n bytes and returns them.
func (l *rustLexer) skip(n int) string {
	passed := l.text[:n]
	l.line += strings.Count(passed, "\n")
	l.text = l.text[n:]
	return passed
}

// look returns the next token without consuming it.
func (l *rustLexer) look() rustToken {
	if l.peek == nil {
		t := l.scan()
		l.peek = &t
	}
	return *l.peek
}

func (l *rustLexer) next() rustToken {
	t := l.look()
	l.peek = nil
	return t
}

// take consumes the next token if its text matches, and reports whether it did.
func (l *rustLexer) take(text string) bool {
	if l.look().text != text {
		return false
	}
	l.next()
	return true
}

func (l *rustLexer) scan() rustToken {
	l.skipBlank()
	if l.text == "" {
		return rustToken{line: l.line}
	}
	t := rustToken{line: l.line}
	t.text = l.skip(tokenLength(l.text))
	return t
}

// skipBlank skips white space and comments, including doc comments.
func (l *rustLexer) skipBlank() {
	for {
		l.skip(len(l.text) - len(strings.TrimLeft(l.text, " \t\r\n")))
		switch {
		case strings.HasPrefix(l.text, "//"):
			l.skip(lineEnd(l.text))
		case strings.HasPrefix(l.text, "/*"):
			l.skip(blockComment(l.text))
		default:
			return
		}
	}
}

// blockComment returns the length of a block comment, which may contain others.
func blockComment(text string) int {
	depth := 0
	for i := 0; i+1 < len(text); i++ {
		switch text[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
			if depth == 0 {
				return i + 1
			}
		}
	}
	return len(text)
}

const wordCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

func tokenLength(text string) int {
	word := len(text) - len(strings.TrimLeft(text, wordCharacters))
	rest := text[word:]
	switch {
	case word <= 2 && strings.HasSuffix(text[:word], "r") && (strings.HasPrefix(rest, `"`) || strings.HasPrefix(rest, "#")):
		if n := rawString(rest); n > 0 {
			return word + n
		}
		return max(1, word)
	case word <= 1 && (word == 0 || text[0] == 'b' || text[0] == 'c') && strings.HasPrefix(rest, `"`):
		return word + plainString(rest)
	case word > 0:
		return word
	}
	return 1
}

// rawString returns the length of #"…"# with any number of hashes, or 0 if text does not start with one.
func rawString(text string) int {
	hashes := len(text) - len(strings.TrimLeft(text, "#"))
	if !strings.HasPrefix(text[hashes:], `"`) {
		return 0
	}
	end := strings.Index(text[hashes+1:], `"`+text[:hashes])
	if end < 0 {
		return len(text)
	}
	return hashes + 1 + end + 1 + hashes
}

func plainString(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(text)
}
