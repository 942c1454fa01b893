package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Summary is what an installation came to, component by component (docs/json.md).
type Summary []summaryLine

type summaryLine struct {
	Component toolchain.Component `json:"component"`
	Version   string              `json:"version"`
	Label     string              `json:"label"`
	Supplier  string              `json:"supplier"`
	Object    store.ID            `json:"object,omitzero"` // absent: a tool of the host
	Bytes     int64               `json:"bytes"`           // unpacked
	Seconds   float64             `json:"seconds"`         // to make it of its files; 0: it was there
	Origin    install.Origin      `json:"origin"`
	Fetched   int64               `json:"fetched"` // bytes of the files that were fetched for it
	Why       string              `json:"why,omitempty"`
}

func (w *watch) summary() Summary {
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

// made reports whether anything was not there already.
func (s Summary) made() bool {
	for _, line := range s {
		if line.Why != "" {
			return true
		}
	}
	return false
}

// from says in a few words where a component came from.
func (l summaryLine) from() string {
	switch l.Origin {
	case install.FromStore:
		return "cached"
	case install.FromBase:
		return "cached, in a store behind"
	case install.FromHost:
		return "this machine"
	case install.FromArchives:
		return "made of files at hand: " + l.Why
	}
	return "fetched: " + l.Why
}

func (s Summary) rows() (header []string, rows [][]string) {
	for _, l := range s {
		took := ""
		if l.Seconds > 0 {
			took = term.Seconds(time.Duration(l.Seconds * float64(time.Second)))
		}
		rows = append(rows, []string{string(l.Component), l.Version, l.Supplier, term.Bytes(l.Bytes), took, l.from()})
	}
	return []string{"COMPONENT", "VERSION", "SUPPLIER", "SIZE", "TIME", "FROM"}, rows
}

// PrintSummary writes the summary where people look: the screen, when something was made or a log is kept, and the page of a
// job of GitHub Actions.
func PrintSummary(screen *term.Screen, s Summary, what string) {
	header, rows := s.rows()
	if s.made() || screen.Job() {
		screen.Table(header, rows)
	}
	page := os.Getenv("GITHUB_STEP_SUMMARY")
	if page == "" {
		return
	}
	var text strings.Builder
	fmt.Fprintf(&text, "### krustup: %s\n\n", what)
	_ = (Sheet{header, rows}).Write(&text, "markdown") // a Builder takes all
	if err := AppendWholeLines(page, "GITHUB_STEP_SUMMARY", text.String()+"\n"); err != nil {
		screen.Warn("%s", err) // the tools are there all the same
	}
}

// AppendWholeLines appends to a file, on a line of their own even where what is there does not end in one.
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
