package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/krustup/krustup/internal/term"
)

// TextWriter writes text for people and keeps the first error.
type TextWriter struct {
	W   io.Writer
	Err error
}

func (t *TextWriter) Printf(format string, args ...any) {
	if t.Err == nil {
		_, t.Err = fmt.Fprintf(t.W, format, args...)
	}
}

// Paragraph writes one text, within the width of a table.
func (t *TextWriter) Paragraph(format string, args ...any) {
	if t.Err == nil {
		t.Err = term.Paragraph(t.W, fmt.Sprintf(format, args...), 0)
	}
}

// List writes names with commas after a label, within the width of a table; nothing where there are none.
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
