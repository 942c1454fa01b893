package survey

import (
	"fmt"
	"io"
	"strings"

	"github.com/krustup/krustup/internal/term"
)

// textWriter writes text and keeps the first error, after which it writes nothing.
type textWriter struct {
	W   io.Writer
	Err error
}

// Printf writes formatted text.
func (t *textWriter) Printf(format string, args ...any) {
	if t.Err == nil {
		_, t.Err = fmt.Fprintf(t.W, format, args...)
	}
}

// Paragraph writes one paragraph, wrapped to the width of a table.
func (t *textWriter) Paragraph(format string, args ...any) {
	if t.Err == nil {
		t.Err = term.Paragraph(t.W, fmt.Sprintf(format, args...), 0)
	}
}

// List writes a label and names separated by commas, wrapped to the width of a table. It writes nothing if there are no
// names.
func (t *textWriter) List(label string, names []string) {
	if len(names) == 0 || t.Err != nil {
		return
	}
	indent := len(label) - len(strings.TrimLeft(label, " "))
	if indent < len(label) {
		indent += 2
	}
	t.Err = term.Paragraph(t.W, label+strings.Join(names, ", "), indent)
}
