package term_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/term"
)

// job returns a screen as in a job of GitHub Actions.
func job(out io.Writer) *term.Screen {
	return term.New(out, term.Options{Env: environment("CI", "true", "GITHUB_ACTIONS", "true")})
}

// The escaping of annotations is that of packages/core/src/command.ts in actions/toolkit, which every runner reverses.
func TestAnnotations(t *testing.T) {
	for _, test := range []struct {
		name, want string
		write      func(*term.Screen)
	}{
		{"note", "krustup: fetched 100%\n", func(s *term.Screen) { s.Note("fetched 100%%") }},
		{"warning", "::warning title=krustup::LLVM 21: 100%25, a, b\n", func(s *term.Screen) { s.Warn("LLVM 21: 100%%, a, b") }},
		{"lines", "::error title=krustup::one%0Atwo%0D%0Athree\n", func(s *term.Screen) { s.Error("one\ntwo\r\nthree\n") }},
		{"file", "::error file=rust/kernel/a.rs,line=3,col=7,title=krustup::x\n", func(s *term.Screen) {
			s.ErrorAt(term.Place{File: "rust/kernel/a.rs", Line: 3, Column: 7}, "x")
		}},
		{"file alone", "::error file=krustup.lock,title=krustup::x\n", func(s *term.Screen) { s.ErrorAt(term.Place{File: "krustup.lock", Column: 7}, "x") }},
		{"file with everything", "::error file=a%2Cline=1%3A%3A%25%0A,title=krustup::x\n", func(s *term.Screen) {
			s.ErrorAt(term.Place{File: "a,line=1::%\n"}, "x")
		}},
		{"hint", "krustup: hint: krustup update\n", func(s *term.Screen) { s.Hint("krustup update") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			test.write(job(&out))
			if out.String() != test.want {
				t.Errorf("%q, expected %q", out.String(), test.want)
			}
		})
	}
}

// Text from a server or a compiler cannot contain commands for the runner.
func TestUntrustedTextIsNoCommand(t *testing.T) {
	var out bytes.Buffer
	s := job(&out)
	s.Note("the server says:\n  ::add-mask::a\n##[add-mask]b")
	s.Hint("and\n::stop-commands::x")
	s.Excerpt([]string{"::error::no", "##[error]no", "plain\r"})
	s.Warn("one\n::add-mask::c")
	for line := range strings.Lines(out.String()) {
		line = strings.TrimSpace(line)
		if strings.Contains(line, "##[") || strings.HasPrefix(line, "::") && !strings.HasPrefix(line, "::warning title=krustup::one%0A::add-mask") {
			t.Errorf("the runner would execute %q", line)
		}
	}
}

func TestGroups(t *testing.T) {
	var out bytes.Buffer
	s := job(&out)
	end := s.Group("install: 100%")
	s.Group("inner")()
	s.Note("fetched a")
	s.Warn("stale")
	end()
	end()
	s.Note("between")
	s.Group("second")
	s.Error("failed") // must not be hidden in a folded group
	s.Note("after")
	const want = "::group::install: 100%25\nkrustup: fetched a\n::warning title=krustup::stale\n::endgroup::\nkrustup: between\n" +
		"::group::second\n::endgroup::\n::error title=krustup::failed\nkrustup: after\n"
	if out.String() != want {
		t.Errorf("%q, expected %q", out.String(), want)
	}
}

// Outside of GitHub Actions, a group has no markers.
func TestNoGroups(t *testing.T) {
	for _, env := range [][]string{nil, {"CI", "true"}, {"GITHUB_ACTIONS", "false"}} {
		var out bytes.Buffer
		s := term.New(&out, term.Options{Env: environment(env...)})
		end := s.Group("install")
		s.Note("fetched a")
		end()
		if out.String() != "krustup: fetched a\n" {
			t.Errorf("%v: %q", env, out.String())
		}
	}
}

func TestJob(t *testing.T) {
	for _, test := range []struct {
		env  []string
		want bool
	}{{nil, false}, {[]string{"CI", "true"}, true}, {[]string{"CI", "1"}, true}, {[]string{"CI", "false"}, false}, {[]string{"GITHUB_ACTIONS", "true"}, true}} {
		if got := term.New(io.Discard, term.Options{Env: environment(test.env...)}).Job(); got != test.want {
			t.Errorf("%v: job is %v, expected %v", test.env, got, test.want)
		}
	}
}

// No carriage returns of a progress bar are written to a log, even where a CI system gives its jobs a terminal.
func TestNoCarriageReturnsInJobs(t *testing.T) {
	screen, read := pty(t)
	s := term.New(screen, term.Options{Env: environment("CI", "true")})
	p := s.Progress(1000, "fetching")
	for range 10 {
		p.Add(100)
	}
	p.Finish("rustc", 1000, 0)
	s.Table([]string{"COMPONENT", "FROM"}, [][]string{{"rust", "cached"}})
	p.Close()
	// The terminal itself turns each line feed into a carriage return and a line feed.
	if text := strings.ReplaceAll(read(), "\r\n", "\n"); strings.Contains(text, "\r") || !strings.Contains(text, "krustup: rustc (1.0 kB, 0.0s)\n") {
		t.Errorf("%q", text)
	}
}
