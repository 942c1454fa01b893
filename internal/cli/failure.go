package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/failure"
)

// counted counts what is written to standard output: a command that has printed its result prints no error there.
type counted struct {
	io.Writer
	bytes int
}

// Fd returns the descriptor of the file below, for its width; an invalid one if there is none.
func (w *counted) Fd() uintptr {
	if f, ok := w.Writer.(interface{ Fd() uintptr }); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

func (w *counted) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	w.bytes += n
	return n, err
}

// writeFailure writes to standard output what a program that reads the result needs to notice the failure.
func (a *App) writeFailure(err error, text, hint string, code int) {
	if format := a.evaluated(); format != "" {
		// Nothing can be done about a failed write: the error itself is already on the screen.
		fmt.Fprint(a.Out, map[string]string{"sh": "false\n", "fish": "false\n", "make": "--krustup-env-failed\n"}[format])
	}
	if out, ok := a.Out.(*counted); !a.wantsJSON() || ok && out.bytes > 0 {
		return
	}
	_ = WriteJSON(a.Out, failure.NewJSON(err, text, hint, code))
}

// options returns the words of the command line before "--".
func (a *App) options() []string {
	if at := slices.Index(a.args, "--"); at >= 0 {
		return a.args[:at]
	}
	return a.args
}

// wantsJSON reports whether the command line asks for JSON. It reads the words, because a wrong option leaves no parsed
// command line.
func (a *App) wantsJSON() bool {
	options := a.options()
	return slices.Contains(options, "--json") || slices.Contains(options, "-json") || a.envFormat() == "json"
}

// evaluated returns the format of `krustup env` whose output a shell or make evaluates, "" for other commands. Without a
// set the output is a command that fails (in make: an option that it refuses): `eval "$(krustup env)"` has the status of
// that command, and would else go on with the host's tools.
func (a *App) evaluated() string {
	if format := a.envFormat(); format != "" && !slices.Contains(a.options(), "--json") {
		return format
	}
	return ""
}

// envFormat returns the value of --format of `krustup env`, "" for other commands.
func (a *App) envFormat() string {
	options := a.options()
	if len(options) < 2 || options[1] != "env" {
		return ""
	}
	format := "sh"
	for i, word := range options {
		name, value, joined := strings.Cut(strings.TrimLeft(word, "-"), "=")
		switch {
		case !strings.HasPrefix(word, "-") || name != "format":
		case joined:
			format = value
		case i+1 < len(options):
			format = options[i+1]
		}
	}
	return format
}
