package ask

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	patience   = time.Minute // what one run of a tool may take
	mostOutput = 1 << 20     // bytes of what it prints that are read
)

// asker puts one question to one program, in a scratch directory.
type asker struct {
	ctx      context.Context
	question Question
	program  string
	dir      string
}

// heard is what a program said: JSON diagnostics of rustc, and the other lines.
type heard struct {
	diagnostics []diagnostic
	lines       []string
	stdout      string
	ok          bool // it ended with 0
	end         string
}

// diagnostic is the part that is read of rustc's: https://doc.rust-lang.org/rustc/json.html.
type diagnostic struct {
	Message string
	Code    *struct{ Code string }
	Level   string
	Spans   []struct{ Label string }

	Children []struct{ Message string }
}

// run runs the program, with RUSTC_BOOTSTRAP=1 or without. It sees the scratch directory as its home and its place for
// temporary files, and nothing of the caller's environment but PATH.
func (a asker) run(bootstrap bool, args ...string) (heard, error) {
	ctx, cancel := context.WithTimeoutCause(a.ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	cmd := exec.CommandContext(ctx, a.program, args...)
	cmd.Dir = a.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.dir, "TMPDIR=" + a.dir, "LC_ALL=C"}
	if bootstrap {
		cmd.Env = append(cmd.Env, "RUSTC_BOOTSTRAP=1")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what it starts ends with it
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if ctx.Err() != nil {
		return heard{}, fmt.Errorf("asking %q of %s: %w", a.question, a.program, context.Cause(ctx))
	}
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		return heard{}, fmt.Errorf("asking %q: %w", a.question, err)
	}
	h := heard{stdout: stdout.String(), ok: err == nil}
	if err != nil {
		h.end = err.Error()
	}
	for line := range strings.Lines(stderr.String()) {
		var d diagnostic
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &d) == nil {
			h.diagnostics = append(h.diagnostics, d)
		} else if line = strings.TrimSpace(line); line != "" {
			h.lines = append(h.lines, strings.TrimPrefix(line, "error: "))
		}
	}
	return h, nil
}

// crate writes a crate, and gives its place.
func (a asker) crate(source string) (string, error) {
	name := filepath.Join(a.dir, "asked.rs")
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		return "", fmt.Errorf("asking %q: %w", a.question, err)
	}
	return name, nil
}

// unclear makes the error for what was said.
func (a asker) unclear(h heard) error {
	said := h.firstError()
	if said == "" {
		said = h.end
	}
	return &UnclearError{a.question, said}
}

// coded gives the first diagnostic with one of some codes.
func (h heard) coded(codes ...string) (diagnostic, bool) {
	i := slices.IndexFunc(h.diagnostics, func(d diagnostic) bool { return d.Code != nil && slices.Contains(codes, d.Code.Code) })
	if i < 0 {
		return diagnostic{}, false
	}
	return h.diagnostics[i], true
}

// saying gives the first message with one of some phrases: rustc's errors about its command line have no code, and those
// that come before it has read that it should speak JSON are lines.
func (h heard) saying(phrases ...string) string {
	for _, text := range h.messages() {
		if slices.ContainsFunc(phrases, func(p string) bool { return strings.Contains(text, p) }) {
			return text
		}
	}
	return ""
}

func (h heard) messages() []string {
	var all []string
	for _, d := range h.diagnostics {
		all = append(all, d.Message)
	}
	return append(all, h.lines...)
}

// firstError gives the first error, else the first line; "" when nothing was said.
func (h heard) firstError() string {
	for _, d := range h.diagnostics {
		if strings.HasPrefix(d.Level, "error") {
			return d.Message
		}
	}
	if said := h.saying("error"); said != "" {
		return said
	}
	return strings.Join(h.lines[:min(1, len(h.lines))], "")
}

// release gives the first release that a diagnostic and its notes name.
func (d diagnostic) release() string {
	texts := []string{d.Message}
	for _, s := range d.Spans {
		texts = append(texts, s.Label)
	}
	for _, c := range d.Children {
		texts = append(texts, c.Message)
	}
	for _, text := range texts {
		if found := releases.FindStringSubmatch(text); found != nil {
			return found[1]
		}
	}
	return ""
}

// releases is how rustc names the release that a gate became stable or went in.
var releases = regexp.MustCompile("(?:stable since|removed in) `?([0-9]+\\.[0-9]+(?:\\.[0-9]+)?)")

// bounded keeps the first mostOutput bytes that are written to it.
type bounded struct{ kept bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	b.kept.Write(p[:min(len(p), mostOutput-b.kept.Len())])
	return len(p), nil
}

func (b *bounded) String() string { return b.kept.String() }
