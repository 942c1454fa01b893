package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/krustup/krustup/internal/term"
)

// textWriter writes text for people and keeps the first error.
type textWriter struct {
	w   io.Writer
	err error
}

func (t *textWriter) printf(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintf(t.w, format, args...)
	}
}

// paragraph writes one text, within the width of a table.
func (t *textWriter) paragraph(format string, args ...any) {
	if t.err == nil {
		t.err = term.Paragraph(t.w, fmt.Sprintf(format, args...), 0)
	}
}

// list writes names with commas after a label, within the width of a table; nothing where there are none.
func (t *textWriter) list(label string, names []string) {
	if len(names) == 0 || t.err != nil {
		return
	}
	indent := len(label) - len(strings.TrimLeft(label, " "))
	if indent < len(label) {
		indent += 2
	}
	t.err = term.Paragraph(t.w, label+strings.Join(names, ", "), indent)
}
