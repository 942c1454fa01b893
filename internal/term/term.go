// Package term is how anything looks on a screen. It has one voice for each kind of line:
//
//	result    to stdout, as the command prints it: a person or a program asked for it
//	note      krustup: fetched rustc_1.85.1_amd64.deb (3.9 MB, 0.4s)
//	warning   krustup: warning: rustc has LLVM 21 inside and clang is 19
//	error     krustup: error: no such directory
//	hint      krustup: hint: krustup update fetches it
//
// Notes, warnings, errors, hints and progress go to stderr. There is one bar for the sum of all work in flight, on a
// terminal only; elsewhere a line for each thing that is finished, without carriage returns. In a job of GitHub Actions
// warnings and errors are its annotations, and what belongs together is a group.
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
	Env   func(string) string // the environment, nil for os.Getenv: NO_COLOR, TERM, CI and GITHUB_ACTIONS count
}

// Screen writes for people. It is safe for use by several goroutines at once.
type Screen struct {
	mu     sync.Mutex // over err, and over the bar, which may be drawn while another goroutine has a line to write
	err    io.Writer
	quiet  bool
	redraw bool // err is a terminal that somebody watches
	colour bool
	job    bool      // a CI's job: its log is kept, and nobody watches
	github bool      // and that of GitHub Actions
	group  bool      // a group of lines is open
	bar    *Progress // the one that is drawn, or nil
}

// New makes a Screen that writes to err.
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
	// https://no-color.org: set and not empty. A CI's log keeps every redraw of a bar as a line.
	s.colour = env("NO_COLOR") == ""
	s.redraw = !s.job
	return s
}

// Job reports whether a CI's job writes to this screen, so that its log has to say more than a person would ask for.
func (s *Screen) Job() bool { return s.job }

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && xterm.IsTerminal(int(f.Fd()))
}

// voice is one kind of line.
type voice struct{ word, colour, command string }

var (
	note    = voice{}
	warning = voice{"warning:", "\x1b[33m", "warning"}
	failure = voice{"error:", "\x1b[31m", "error"}
	advice  = voice{word: "hint:", colour: "\x1b[36m"}
)

// Note writes what a person may want to know, and nobody has to.
func (s *Screen) Note(format string, args ...any) {
	if !s.quiet {
		s.line(note, Place{}, format, args)
	}
}

// Warn writes what may go wrong later.
func (s *Screen) Warn(format string, args ...any) { s.line(warning, Place{}, format, args) }

// Error writes what went wrong.
func (s *Screen) Error(format string, args ...any) { s.line(failure, Place{}, format, args) }

// ErrorAt writes what is wrong in a file; format says where too, since only GitHub shows the place by itself.
func (s *Screen) ErrorAt(at Place, format string, args ...any) { s.line(failure, at, format, args) }

// Hint writes how to put it right.
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
	// One write a line, so that lines of several processes do not mix. There is nowhere to report a failure to.
	_, _ = io.WriteString(s.err, s.spoken(v, at, text))
}

// spoken gives a line as its readers want it.
func (s *Screen) spoken(v voice, at Place, text string) string {
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

// Table writes a table for people among the notes.
func (s *Screen) Table(header []string, rows [][]string) {
	if s.quiet {
		return
	}
	var text strings.Builder
	_ = Table(&text, header, rows) // a Builder takes all
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bar != nil {
		s.bar.erase()
	}
	_, _ = io.WriteString(s.err, text.String())
}

// Excerpt writes lines of another program's output, each behind a bar that shows whose they are.
func (s *Screen) Excerpt(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, line := range lines {
		fmt.Fprintf(s.err, "| %s\n", strings.ReplaceAll(strings.TrimRight(line, "\r"), "##[", "## ["))
	}
}
