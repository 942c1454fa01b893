// Package term is how anything looks on a screen. It has one voice for each kind of line:
//
//	result    to stdout, as the command prints it: a person or a program asked for it
//	note      krustup: fetched rustc_1.85.1_amd64.deb (3.9 MB, 0.4s)
//	warning   krustup: warning: rustc has LLVM 21 inside and clang is 19
//	error     krustup: error: no such directory
//	hint      krustup: hint: krustup update fetches it
//
// Notes, warnings, errors, hints and progress go to stderr. There is one bar for the sum of all work in flight, on a
// terminal only; elsewhere a line for each thing that is finished, without carriage returns.
//
// Invariant: colour never carries meaning alone, and neither colour nor anything that moves the cursor is written to
// what is not a terminal, or where NO_COLOR, TERM=dumb or CI say that nobody watches.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	xterm "golang.org/x/term"
)

// Options steer a Screen.
type Options struct {
	Quiet bool                // no notes and no progress; warnings, errors and hints stay
	Env   func(string) string // the environment, nil for os.Getenv: NO_COLOR, TERM and CI count
}

// Screen writes for people. It is safe for use by several goroutines at once.
type Screen struct {
	mu     sync.Mutex // over err, and over the bar, which may be drawn while another goroutine has a line to write
	err    io.Writer
	quiet  bool
	redraw bool // err is a terminal that somebody watches
	colour bool
	bar    *Progress // the one that is drawn, or nil
}

// New makes a Screen that writes to err.
func New(err io.Writer, opts Options) *Screen {
	env := opts.Env
	if env == nil {
		env = os.Getenv
	}
	s := &Screen{err: err, quiet: opts.Quiet}
	if !isTerminal(err) || env("TERM") == "dumb" {
		return s
	}
	// https://no-color.org: set and not empty. A CI's log keeps every redraw of a bar as a line.
	s.colour = env("NO_COLOR") == ""
	s.redraw = env("CI") == "" || env("CI") == "false"
	return s
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Note writes what a person may want to know, and nobody has to.
func (s *Screen) Note(format string, args ...any) {
	if !s.quiet {
		s.line("", "", format, args)
	}
}

// Warn writes what may go wrong later.
func (s *Screen) Warn(format string, args ...any) { s.line("warning:", "\x1b[33m", format, args) }

// Error writes what went wrong.
func (s *Screen) Error(format string, args ...any) { s.line("error:", "\x1b[31m", format, args) }

// Hint writes how to put it right.
func (s *Screen) Hint(format string, args ...any) { s.line("hint:", "\x1b[36m", format, args) }

func (s *Screen) line(kind, colour, format string, args []any) {
	text := "krustup: "
	switch {
	case kind != "" && s.colour:
		text += colour + kind + "\x1b[0m "
	case kind != "":
		text += kind + " "
	}
	text += strings.TrimRight(fmt.Sprintf(format, args...), "\n") + "\n"
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.erase()
	}
	// One write a line, so that lines of several processes do not mix. There is nowhere to report a failure to.
	_, _ = io.WriteString(s.err, text)
}
