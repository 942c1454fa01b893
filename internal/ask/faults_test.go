package ask

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script writes a shell script as an executable file and returns its path.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func question(t *testing.T, text string) Question {
	t.Helper()
	q, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// TestNoAnswer checks that a tool that does not work answers neither yes nor no.
func TestNoAnswer(t *testing.T) {
	noStd := `echo '{"message":"can'"'"'t find crate for std","code":{"code":"E0463"},"level":"error","spans":[],"children":[]}' >&2; exit 1`
	for _, tt := range []struct{ name, question, body, said string }{
		{"no library", "feature asm_goto", noStd, "can't find crate for std"},
		{"crash", "feature asm_goto", "kill -SEGV $$", "signal: segmentation fault"},
		{"loader", "rustc -Cpanic=abort", "echo 'error while loading shared libraries: librustc_driver.so' >&2; exit 127", "error while loading shared libraries: librustc_driver.so"},
		{"bootstrap alone works", "feature asm_goto", `[ -n "$RUSTC_BOOTSTRAP" ] || exit 3`, "exit status 3"},
		{"rustdoc", "rustdoc --document-private-items", "exit 9", "exit status 9"},
		{"wrong value", "rustfmt hard_tabs=1", "echo 'The file rustfmt.toml failed to parse.' >&2; exit 1", "The file rustfmt.toml failed to parse."},
		{"no help", "rustfmt hard_tabs=true", `[ "$1" = --check ]`, "exit status 1"},
		{"clippy", "clippy panic", "exit 101", "exit status 101"},
		{"target", "target x86_64-unknown-none", `[ "$2" = --print=target-spec-json ]`, "exit status 1"},
		{"target spec", "target x86_64-unknown-none", "exit 4", "exit status 4"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("TMPDIR", t.TempDir())
			path := script(t, t.TempDir(), "tool", tt.body)
			got, err := Tools{path, path, path, path}.Ask(t.Context(), question(t, tt.question))
			unclear, ok := errors.AsType[*UnclearError](err)
			if !ok || !strings.Contains(unclear.Said, tt.said) || !strings.Contains(err.Error(), tt.question) {
				t.Errorf("%+v, %v; expected an *UnclearError with %q", got, err, tt.said)
			}
		})
	}
}

// TestEnvironment checks that a tool gets only PATH of the caller's environment, and a scratch directory that is
// removed afterwards.
func TestEnvironment(t *testing.T) {
	for _, name := range []string{"RUSTC_BOOTSTRAP", "CARGO_HOME", "RUSTUP_TOOLCHAIN", "RUSTFLAGS", "CLIPPY_ARGS", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "1")
	}
	t.Setenv("TMPDIR", t.TempDir())
	seen := filepath.Join(t.TempDir(), "seen")
	path := script(t, t.TempDir(), "rustc", fmt.Sprintf(`env | sort >>%s; [ "$HOME" = "$PWD" ] && [ "$TMPDIR" = "$PWD" ]`, seen))
	if _, err := (Tools{Rustc: path}).Ask(t.Context(), question(t, "feature asm_goto")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(seen)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		names = append(names, name)
		if dir := value; name == "HOME" {
			if _, err := os.Stat(dir); !os.IsNotExist(err) {
				t.Errorf("%s still exists: %v", dir, err)
			}
		}
	}
	// The shell adds PWD and similar variables.
	got := strings.Join(names, " ")
	if strings.Count(got, "RUSTC_BOOTSTRAP") != 1 || strings.Contains(got, "CARGO") || strings.Contains(got, "RUSTUP") || strings.Contains(got, "FLAGS") ||
		strings.Contains(got, "CLIPPY") || strings.Contains(got, "XDG") {
		t.Errorf("the tool's environment has %s", got)
	}
}

// TestNoEnd checks that a tool that does not end is killed when the context ends, together with its children.
func TestNoEnd(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	alive := filepath.Join(t.TempDir(), "alive")
	path := script(t, t.TempDir(), "rustc", fmt.Sprintf("(sleep 5; touch %s) & wait", alive))
	ctx, cancel := context.WithTimeoutCause(t.Context(), 500*time.Millisecond, errors.New("enough"))
	defer cancel()
	began := time.Now()
	_, err := Tools{Rustc: path}.Ask(ctx, question(t, "feature asm_goto"))
	if err == nil || !strings.Contains(err.Error(), "enough") || time.Since(began) > 4*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
	time.Sleep(time.Until(began.Add(6 * time.Second)))
	if _, err := os.Stat(alive); err == nil {
		t.Error("a process that the tool started outlived it")
	}
}

func TestAbsentTool(t *testing.T) {
	q := question(t, "clippy panic")
	_, err := Tools{Rustc: "/nonexistent/rustc"}.Ask(t.Context(), q)
	if absent, ok := errors.AsType[*MissingToolError](err); !ok || absent.Question != q {
		t.Error(err)
	}
	if _, err := (Tools{Rustc: "/nonexistent/rustc"}).Ask(t.Context(), question(t, "feature asm_goto")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v, expected %v", err, os.ErrNotExist)
	}
}

func TestQuestions(t *testing.T) {
	for _, text := range []string{"feature asm_goto", "rustc -Cjump-tables=n", "rustc --check-cfg=cfg(x)", "rustfmt wrap_comments=true", "clippy panic", "target x86_64-unknown-none"} {
		if q := question(t, text); q.String() != text {
			t.Errorf("%q became %q", text, q)
		}
	}
	for text, want := range map[string]string{
		"":                                "expected feature NAME",
		"gate asm_goto":                   "expected feature NAME",
		"feature":                         "expected a name",
		"feature a)]\nfn main() {}":       "expected a name",
		"rustc -o/dev/null":               "expected a name",
		"rustc --emit=metadata=/dev/null": "no path",
		"rustc --out-dir=..":              "no path",
		"rustc asked.rs":                  "expected a name",
		"rustfmt wrap_comments":           "expected a name",
		"rustfmt a=1\nb=2":                "expected a name",
		"clippy clippy::panic":            "expected a name",
		"target ../x.json":                "expected a name",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, expected %q", text, err, want)
		}
	}
	if _, err := (Tools{Rustc: "/bin/true"}).Ask(t.Context(), Question{}); err == nil {
		t.Error("the zero Question was asked")
	}
}

// TestBeside finds the tools of a toolchain through a proxy, and next to a rustc that is not in its sysroot.
func TestBeside(t *testing.T) {
	sysroot, proxies := t.TempDir(), t.TempDir()
	bin := filepath.Join(sysroot, "bin")
	real := script(t, bin, "rustc", "exit 1")
	rustdoc := script(t, bin, "rustdoc", "")
	proxy := script(t, proxies, "rustc", `[ "$RUSTUP_AUTO_INSTALL" = 0 ] || exit 1; [ "$1" = -vV ] && echo "rustc 1.95.0-nightly" && echo "release: 1.95.0-nightly" || echo `+sysroot)
	script(t, proxies, "rustfmt", "")
	got, err := Beside(t.Context(), proxy)
	if want := (Tools{Rustc: real, Rustdoc: rustdoc}); err != nil || got != want {
		t.Errorf("%+v, %v; expected %+v", got, err, want)
	}
	alone := script(t, t.TempDir(), "rustc", "echo /nonexistent")
	if got, err := Beside(t.Context(), alone); err != nil || got != (Tools{Rustc: alone}) {
		t.Errorf("%+v, %v", got, err)
	}
	if v, err := (Tools{Rustc: proxy}).Release(t.Context()); err != nil || v.String() != "1.95.0-nightly" {
		t.Errorf("%s, %v", v, err)
	}
	if _, err := (Tools{Rustc: alone}).Release(t.Context()); err == nil || !strings.Contains(err.Error(), `"/nonexistent"`) {
		t.Error(err)
	}
	if _, err := Beside(t.Context(), real); err == nil {
		t.Error("Beside returns tools for a rustc that fails")
	}
}
