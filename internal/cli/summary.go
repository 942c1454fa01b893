package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Summary is the result of an installation, one line a component (docs/json.md).
type Summary []summaryLine

type summaryLine struct {
	Component toolchain.Component `json:"component"`
	Version   string              `json:"version"`
	Label     string              `json:"label"`
	Supplier  string              `json:"supplier"`
	Object    store.ID            `json:"object,omitzero"` // missing: a tool of the host
	Bytes     int64               `json:"bytes"`           // unpacked
	Seconds   float64             `json:"seconds"`         // to unpack, relocate and check it; 0: it was installed already
	Origin    install.Origin      `json:"origin"`
	Fetched   int64               `json:"fetched"` // bytes of the files that were fetched for it
	Why       string              `json:"why,omitempty"`
}

func (w *Watch) summary() Summary {
	lines := Summary{}
	for _, out := range w.settled {
		o := out.Pick.Offer
		lines = append(lines, summaryLine{
			Component: o.Component, Version: o.Version.String(), Label: o.Label, Supplier: o.Supplier, Object: out.ID, Bytes: out.Bytes,
			Seconds: w.took[out.ID.String()].Seconds(), Origin: out.Origin, Fetched: out.Fetch, Why: out.Why,
		})
	}
	return lines
}

// installed reports whether any component was installed now.
func (s Summary) installed() bool {
	for _, line := range s {
		if line.Why != "" {
			return true
		}
	}
	return false
}

// from returns the cell of the table that shows where a component came from, and why it was installed.
func (l summaryLine) from() string {
	switch l.Origin {
	case install.FromStore:
		return "cached"
	case install.FromBase:
		return "cached, in a base store"
	case install.FromHost:
		return "this machine"
	case install.FromArchives:
		return "archives fetched earlier: " + l.Why
	}
	return "fetched: " + l.Why
}

func (s Summary) rows() (header []string, rows [][]string) {
	for _, l := range s {
		took := ""
		if l.Seconds > 0 {
			took = term.Seconds(Duration(l.Seconds))
		}
		rows = append(rows, []string{string(l.Component), l.Version, l.Supplier, term.Bytes(l.Bytes), took, l.from()})
	}
	return []string{"COMPONENT", "VERSION", "SUPPLIER", "SIZE", "TIME", "FROM"}, rows
}

// PrintSummary prints the summary on the screen if a component was installed or the program runs in a CI job. In a job
// of GitHub Actions it also appends the summary to the job's page, with what as its heading.
func PrintSummary(screen *term.Screen, s Summary, what string) {
	header, rows := s.rows()
	if s.installed() || screen.Job() {
		screen.Table(header, rows)
	}
	page := os.Getenv("GITHUB_STEP_SUMMARY")
	if page == "" {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "### krustup: %s\n\n", what)
	_ = (Sheet{header, rows}).Write(&text, "markdown") // writing to a Builder cannot fail
	if err := AppendWholeLines(page, "GITHUB_STEP_SUMMARY", text.String()+"\n"); err != nil {
		screen.Warn("%s", err) // the set is installed nevertheless
	}
}

// AppendWholeLines appends text to a file, after a newline if the last line of the file has none. what names the file
// in errors.
func AppendWholeLines(path, what, text string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if end, err := f.Seek(0, io.SeekEnd); err == nil && end > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, end-1); err == nil && last[0] != '\n' {
			text = "\n" + text
		}
	}
	if _, err := f.WriteString(text); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", what, err)
	}
	return f.Close()
}
