package debian

import (
	"bytes"
	"fmt"
	"io"
	"iter"
)

// stanza is one paragraph of a control file (deb822(5)): lines of the form "Field: value". A line that starts with a
// space or a tab continues the value before it.
type stanza []byte

// maxStanza bounds the size of a paragraph in bytes. The largest in Debian (Provides of librust-*-dev) have some 30 kB.
const maxStanza = 4 << 20

// scanStanzas calls visit for each paragraph of r. The bytes of a paragraph are valid only until visit returns. name is
// used in messages.
func scanStanzas(name string, r io.Reader, visit func(stanza) error) error {
	whole := make([]byte, 1<<20)
	buf := whole[:0] // bytes read but not visited yet; always a part of whole
	searched := 0    // buf has no end of a paragraph before this offset
	for {
		if end := bytes.Index(buf[searched:], []byte("\n\n")); end >= 0 {
			end += searched + 1
			if err := visitStanza(name, buf[:end], visit); err != nil {
				return err
			}
			buf, searched = buf[end+1:], 0
			continue
		}
		searched = max(0, len(buf)-1)
		if len(buf) > maxStanza {
			return &FormatError{Name: name, Reason: fmt.Sprintf("a paragraph has more than %d bytes", maxStanza)}
		}
		if len(buf) == cap(buf) {
			// Move the incomplete paragraph to the front, over those that were visited.
			if len(buf) == len(whole) {
				whole = make([]byte, 2*len(whole))
			}
			buf = whole[:copy(whole, buf)]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return visitRest(name, buf, visit)
		}
		if err != nil {
			return fmt.Errorf("reading %s: %w", name, err)
		}
	}
}

// visitRest visits the paragraphs that are left at the end of the file. No empty line needs to follow the last one.
func visitRest(name string, buf []byte, visit func(stanza) error) error {
	for len(buf) > 0 {
		end := bytes.Index(buf, []byte("\n\n"))
		if end < 0 {
			return visitStanza(name, buf, visit)
		}
		if err := visitStanza(name, buf[:end+1], visit); err != nil {
			return err
		}
		buf = buf[end+2:]
	}
	return nil
}

func visitStanza(name string, text []byte, visit func(stanza) error) error {
	text = bytes.Trim(text, "\n")
	if len(text) == 0 {
		return nil
	}
	if text[0] == ' ' || text[0] == '\t' {
		return &FormatError{Name: name, Reason: fmt.Sprintf("a paragraph starts with a continuation line: %.60q", text)}
	}
	return visit(stanza(text))
}

// fields yields the name and the value of each field. White space around the value is removed; continuation lines are
// part of the value, with their line ends. A line without a colon is skipped, as apt does.
func (s stanza) fields() iter.Seq2[[]byte, []byte] {
	return func(yield func(name, value []byte) bool) {
		for rest := []byte(s); len(rest) > 0; {
			end := fieldEnd(rest)
			field := rest[:end]
			rest = rest[min(end+1, len(rest)):]
			colon := bytes.IndexByte(field, ':')
			if colon <= 0 || bytes.IndexByte(field[:colon], '\n') >= 0 {
				continue
			}
			if !yield(field[:colon], bytes.TrimSpace(field[colon+1:])) {
				return
			}
		}
	}
}

// fieldEnd returns the index of the first line end that no continuation line follows.
func fieldEnd(rest []byte) int {
	end := 0
	for {
		next := bytes.IndexByte(rest[end:], '\n')
		if next < 0 {
			return len(rest)
		}
		end += next
		if end+1 >= len(rest) || rest[end+1] != ' ' && rest[end+1] != '\t' {
			return end
		}
		end++
	}
}
