//go:build e2e

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/toolchain"
)

// readFiles lists the files that krustup reads from a kernel tree. A history of only these is bisected in seconds.
var readFiles = []string{
	"Makefile", "Kbuild", "Kconfig", "init/Kconfig", "arch/Kconfig", "Documentation/process/changes.rst", "rust",
	"scripts/Kbuild.include", "scripts/min-tool-version.sh", "scripts/rust_is_available.sh", "scripts/generate_rust_target.rs",
	"arch/x86/Kconfig", "arch/x86/Makefile", "arch/s390/Kconfig", "arch/s390/Makefile",
}

// testBisect runs a real `git bisect run` over a history of three real releases. For x86_64, 6.12 requires other tools
// than 7.2 and 7.3. For s390x, 6.12 has no Rust support, and the others require a rustc that is not in Debian stable.
func (e *endToEnd) testBisect(t *testing.T) {
	repo := e.history(t, []string{"6.12", "6.12", "6.12", "6.12", "7.2", "7.2", "7.3", "7.3"}, 5)
	for _, tt := range []struct {
		target string
		skips  bool // commits without Rust support are skipped
	}{{"x86_64", false}, {"s390x", true}} {
		rustc := "rustc " + e.chosenRustc(t, e.tree(t, "7.2"), tt.target)
		seen := filepath.Join(t.TempDir(), "seen")
		e.git(t, repo, "bisect", "start", "v8", "v1")
		e.git(t, repo, "bisect", "run", e.bin, "bisect", "run", "--target", tt.target, "--allow-stale",
			"--", "sh", "-c", `rustc --version >>"$0" && test ! -e broken`, seen)
		log := e.git(t, repo, "bisect", "log")
		if !strings.Contains(log, "# first bad commit: ") || !strings.Contains(log, "] v6: Linux 7.2") {
			t.Errorf("%s: expected v6 as the first bad commit:\n%s", tt.target, log)
		}
		if skipped := strings.Contains(log, "# skip: "); skipped != tt.skips {
			t.Errorf("%s: commits were skipped: %v, expected %v:\n%s", tt.target, skipped, tt.skips, log)
		}
		if used, err := os.ReadFile(seen); err != nil || strings.Count(string(used), rustc+" ") != strings.Count(string(used), "\n") {
			t.Errorf("%s: the commits were tested with %q (%v), expected %s", tt.target, used, err, rustc)
		}
		e.git(t, repo, "bisect", "reset")
	}
	e.git(t, repo, "checkout", "-q", "v1")
	_, err := e.krustup(t, e.home(), "bisect", "run", "--tree", repo, "--target", "s390x", "--", "true")
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != build.BisectSkip {
		t.Errorf("6.12 for s390x: %v, expected exit code %d", err, build.BisectSkip)
	}
}

// history creates a repository with one commit for each kernel, tagged v1, v2 and so on. The commits after the first
// bad ones have a file "broken".
func (e *endToEnd) history(t *testing.T, kernels []string, bad int) string {
	t.Helper()
	repo := t.TempDir()
	e.git(t, repo, "init", "-q")
	for i, kernel := range kernels {
		e.git(t, repo, "rm", "-rfq", "--ignore-unmatch", ".")
		for _, name := range readFiles {
			to := filepath.Join(repo, name)
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), "cp", "-r", filepath.Join(e.tree(t, kernel), name), to).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		if key, want := e.requestKey(t, repo), e.requestKey(t, e.tree(t, kernel)); key != want {
			t.Fatalf("%s: request %s for the copied files, %s for the whole tree", kernel, key, want)
		}
		text := fmt.Sprintf("commit %d\n", i+1)
		if err := os.WriteFile(filepath.Join(repo, "NOTES"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if i >= bad {
			if err := os.WriteFile(filepath.Join(repo, "broken"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		e.git(t, repo, "add", "-A", "-f")
		e.git(t, repo, "commit", "-q", "-m", fmt.Sprintf("v%d: Linux %s", i+1, kernel))
		e.git(t, repo, "tag", fmt.Sprintf("v%d", i+1))
	}
	return repo
}

// requestKey returns the digest of what a tree requires for x86_64.
func (e *endToEnd) requestKey(t *testing.T, tree string) string {
	t.Helper()
	return e.resolved(t, "--offline", "--tree", tree, "--target", "x86_64").Request
}

// chosenRustc returns the version of rustc that is chosen for a tree and a target. It is no constant: the archive moves.
func (e *endToEnd) chosenRustc(t *testing.T, tree, target string) string {
	t.Helper()
	for _, pick := range e.resolved(t, "--allow-stale", "--tree", tree, "--target", target).Picks {
		if pick.Component == toolchain.Rust {
			return pick.Version
		}
	}
	t.Fatalf("no rustc is chosen for %s", target)
	return ""
}

func (e *endToEnd) resolved(t *testing.T, args ...string) (set cli.SetJSON) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.must(t, e.home(), append([]string{"resolve", "--json"}, args...)...)), &set); err != nil {
		t.Fatal(err)
	}
	return set
}

func (e *endToEnd) git(t *testing.T, repo string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", append([]string{"-C", repo, "-c", "user.name=A", "-c", "user.email=a@example.org"}, args...)...)
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+e.home(), "GIT_CONFIG_GLOBAL=/dev/null")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
