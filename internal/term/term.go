// Package term writes messages, progress and tables to a terminal or a log. Each kind of line has one form:
//
//	result    to stdout, as the command prints it: the output that was asked for
//	note      krustup: fetched rustc_1.85.1_amd64.deb (3.9 MB, 0.4s)
//	warning   krustup: warning: rustc has LLVM 21 inside and clang is 19
//	error     krustup: error: no such directory
//	hint      krustup: hint: krustup update fetches it
//
// Notes, warnings, errors, hints and progress go to stderr. On a terminal, one progress bar shows the sum of all work
// in flight; elsewhere, each finished item gets a line, without carriage returns. In a job of GitHub Actions, warnings
// and errors are annotations, and related lines are a group.
//
// Invariant: colour never carries meaning alone, and neither colour nor cursor movement is written to anything but a
// terminal. NO_COLOR disables colour, CI disables cursor movement, and TERM=dumb disables both.
package term

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	xterm "golang.org/x/term"
)

// Options configure a Screen.
type Options struct {
	Quiet bool                // write no notes and no progress, only warnings, errors and hints
	Env   func(string) string // the environment, for NO_COLOR, TERM, CI and GITHUB_ACTIONS; nil: os.Getenv
}

// Screen writes messages for people. It is safe for concurrent use.
type Screen struct {
	mu     sync.Mutex // guards err, and the bar, which may be drawn while another goroutine writes a line
	err    io.Writer
	quiet  bool
	redraw bool // err is a terminal that can redraw a bar
	colour bool
	job    bool      // a CI job: its output is read as a log
	github bool      // a job of GitHub Actions
	group  bool      // a group of lines is open
	bar    *Progress // the bar that is drawn, or nil
}

// New returns a Screen that writes to err.
func New(err io.Writer, opts Options) *Screen {
	env := opts.Env
	if env == nil {
		env = os.Getenv
	}
	s := &Screen{err: err, quiet: opts.Quiet, github: env("GITHUB_ACTIONS") == "true"}
	s.job = s.github || env("CI") != "" && env("CI") != "false"
	if !isTerminal(err) || env("TERM") == "dumb" {
		return s
	}
	// https://no-color.org: set and not empty. The log of a CI job keeps every redraw of a bar as a line.
	s.colour = env("NO_COLOR") == ""
	s.redraw = !s.job
	return s
}

// Job reports whether this is the screen of a CI job, whose log should say more than a person at a terminal needs.
func (s *Screen) Job() bool { return s.job }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// Width returns the columns of the terminal that w writes to, and 80 for anything else.
func Width(w io.Writer) int {
	if f, ok := w.(interface{ Fd() uintptr }); ok { // a file, or what wraps one
		if columns, _, err := xterm.GetSize(int(f.Fd())); err == nil && columns > 0 {
			return columns
		}
	}
	return tableWidth
}

// voice is the form of one kind of line.
type voice struct{ word, colour, command string }

var (
	note    = voice{}
	warning = voice{"warning:", "\x1b[33m", "warning"}
	failure = voice{"error:", "\x1b[31m", "error"}
	advice  = voice{word: "hint:", colour: "\x1b[36m"}
)

// Note writes information, unless the screen is quiet.
func (s *Screen) Note(format string, args ...any) {
	if !s.quiet {
		s.line(note, Place{}, format, args)
	}
}

// Warn writes a problem that may cause an error later.
func (s *Screen) Warn(format string, args ...any) { s.line(warning, Place{}, format, args) }

// Error writes an error.
func (s *Screen) Error(format string, args ...any) { s.line(failure, Place{}, format, args) }

// ErrorAt writes an error in a file. The message has to name the place too, because only GitHub shows at by itself.
func (s *Screen) ErrorAt(at Place, format string, args ...any) { s.line(failure, at, format, args) }

// Hint writes how to resolve an error.
func (s *Screen) Hint(format string, args ...any) { s.line(advice, Place{}, format, args) }

func (s *Screen) line(v voice, at Place, format string, args []any) {
	text := strings.TrimRight(fmt.Sprintf(format, args...), "\n")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.erase()
	}
	if v == failure {
		s.endGroup()
	}
	// Each line is one write, so that lines of several processes do not mix. There is nowhere to report a failure to.
	_, _ = io.WriteString(s.err, s.format(v, at, text))
}

// format returns a line as it is written.
func (s *Screen) format(v voice, at Place, text string) string {
	if s.github && v.command != "" {
		return annotation(v.command, at, text)
	}
	begin := "krustup: "
	switch {
	case v.word != "" && s.colour:
		begin += v.colour + v.word + "\x1b[0m "
	case v.word != "":
		begin += v.word + " "
	}
	if s.github {
		text = disarm(text)
	}
	return begin + text + "\n"
}

// Table writes a table to stderr, like a note.
func (s *Screen) Table(header []string, rows [][]string) {
	if s.quiet {
		return
	}
	var text strings.Builder
	_ = Table(&text, header, rows) // writing to a Builder cannot fail
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.erase()
	}
	_, _ = io.WriteString(s.err, text.String())
}

// Excerpt writes lines of another program's output, each marked with a leading bar.
func (s *Screen) Excerpt(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range lines {
		fmt.Fprintf(s.err, "| %s\n", strings.ReplaceAll(strings.TrimRight(line, "\r"), "##[", "## ["))
	}
}
