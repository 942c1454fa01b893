package ask

import (
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
	"time"

	"github.com/krustup/krustup/internal/child"
)

const (
	patience   = time.Minute // time limit of one run of a tool
	mostOutput = 1 << 20     // bytes of its output that are kept
)

// asker asks one program one question, in a scratch directory.
type asker struct {
	ctx      context.Context
	question Question
	program  string
	dir      string
}

// heard is the output of a program.
type heard struct {
	diagnostics []diagnostic // rustc's JSON diagnostics
	lines       []string     // the other lines of standard error
	stdout      string
	ok          bool   // the exit code was 0
	end         string // how it ended, if not ok
}

// diagnostic is the part of rustc's diagnostics that is used: https://doc.rust-lang.org/rustc/json.html.
type diagnostic struct {
	Message string
	Code    *struct{ Code string }
	Level   string
	Spans   []struct{ Label string }

	Children []struct{ Message string }
}

// run runs the program, with or without RUSTC_BOOTSTRAP=1. HOME and TMPDIR are the scratch directory, and of the
// caller's environment the program gets only PATH.
func (a asker) run(bootstrap bool, args ...string) (heard, error) {
	ctx, cancel := context.WithTimeoutCause(a.ctx, patience, fmt.Errorf("no answer within %s", patience))
	defer cancel()
	cmd := exec.CommandContext(ctx, a.program, args...)
	cmd.Dir = a.dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + a.dir, "TMPDIR=" + a.dir, "LC_ALL=C"}
	if bootstrap {
		cmd.Env = append(cmd.Env, "RUSTC_BOOTSTRAP=1")
	}
	child.Grouped(cmd)
	stdout, stderr := child.Output{Most: mostOutput}, child.Output{Most: mostOutput}
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

// crate writes a crate and returns its path.
func (a asker) crate(source string) (string, error) {
	name := filepath.Join(a.dir, "asked.rs")
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		return "", fmt.Errorf("asking %q: %w", a.question, err)
	}
	return name, nil
}

// unclear returns an *UnclearError for the program's output.
func (a asker) unclear(h heard) error {
	said := h.firstError()
	if said == "" {
		said = h.end
	}
	return &UnclearError{a.question, said}
}

// coded returns the first diagnostic with one of the codes.
func (h heard) coded(codes ...string) (diagnostic, bool) {
	i := slices.IndexFunc(h.diagnostics, func(d diagnostic) bool { return d.Code != nil && slices.Contains(codes, d.Code.Code) })
	if i < 0 {
		return diagnostic{}, false
	}
	return h.diagnostics[i], true
}

// saying returns the first message that contains one of the phrases, or "". It is for rustc's errors about its command
// line, which have no code and are not JSON if they precede the parsing of --error-format.
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

// firstError returns the first error, else the first line, else "".
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

// release returns the first release that a diagnostic or its notes name, or "".
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

// releases matches how rustc names the release in which a gate became stable or was removed.
var releases = regexp.MustCompile("(?:stable since|removed in) `?([0-9]+\\.[0-9]+(?:\\.[0-9]+)?)")
