//go:build e2e

package host

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/toolchain"
)

// TestRealVersionTexts compares what krustup reads in a tool's version text with what the scripts of the kernels in
// KRUSTUP_TEST_TREES read, for fake tools that print it.
func TestRealVersionTexts(t *testing.T) {
	trees := filepath.SplitList(os.Getenv("KRUSTUP_TEST_TREES"))
	if len(trees) == 0 {
		t.Fatal("KRUSTUP_TEST_TREES is empty, expected kernel trees, as `make e2e` sets it")
	}
	numbers := []string{"1.85.1", "0.72.1", "19.1.7", "20.1.0", "1.100.0", "2.44"}
	tails := []string{"", "-dev", "-dev.1", "-nightly", "-beta.3", "git", ".rust", "-4.fc41", " (Fedora 1.2.3-1.fc41)", " (built against libclang 20.1.8)", "-12-g0123456", ".20201116", " 20250101 (experimental)"}
	heads := map[string][]string{
		"rustc":   {"rustc ", "my rustc ", "rust "},
		"bindgen": {"bindgen ", "rust bindgen ", "bindgen-cli "},
		"pahole":  {"v", "pahole v", ""},
		"ld":      {"GNU ld (GNU Binutils for Debian) ", "GNU ld version ", "LLD ", "Ubuntu LLD ", "mold "},
	}
	for _, tree := range trees {
		for tool, list := range heads {
			for _, head := range list {
				for _, number := range numbers {
					for _, tail := range tails {
						if tool == "pahole" && strings.Count(number, ".") == 2 {
							continue // pahole has two numbers
						}
						compareText(t, tree, tool, head+number+tail)
					}
				}
			}
		}
	}
}

// compareText compares one text. The scripts print versions as one number, of which only a prefix may be a number.
func compareText(t *testing.T, tree, tool, text string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), tool)
	if err := os.WriteFile(program, []byte("#!/bin/sh\ncat <<'EOF'\n"+text+"\nEOF\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	want, got := "", ""
	switch tool {
	case "pahole":
		v, err := toolchain.ParseVersionText(toolchain.Pahole, text)
		if err == nil {
			got = fmt.Sprintf("%d%d", v.Major(), v.Minor())
		}
		want = kbuildPahole(t, tree, program)
	case "ld":
		name, v, err := toolchain.ParseLinkerText(text)
		if err == nil {
			got = fmt.Sprintf("%s %d", name, 10000*v.Major()+100*v.Minor()+v.Patch())
		}
		want = kbuildLinker(tree, program)
		if want == "" { // also for a linker that is too old
			return
		}
	default:
		v, err := toolchain.ParseVersionText(toolchain.Component(map[string]string{"rustc": "rust", "bindgen": "bindgen"}[tool]), text)
		if err == nil {
			got = v.String()
		}
		want = kbuildVersion(t, tree, tool, program)
	}
	if got != want {
		t.Errorf("%s, %s prints %q: krustup reads %q, Kbuild %q", filepath.Base(tree), tool, text, got, want)
	}
}

func kbuildPahole(t *testing.T, tree, program string) string {
	t.Helper()
	out, err := exec.Command(filepath.Join(tree, "scripts/pahole-version.sh"), program).Output()
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimSpace(strings.TrimPrefix(string(out), "pahole "))
	digits := strings.TrimRight(text[:len(text)-len(strings.TrimLeft(text, "0123456789"))], " ")
	if strings.HasPrefix(text[len(digits):], ".") && len(digits) < 3 {
		return "" // no v: Kbuild leaves the dot
	}
	return digits
}

func kbuildLinker(tree, program string) string {
	out, err := exec.Command(filepath.Join(tree, "scripts/ld-version.sh"), program).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// kbuildVersion runs the line of rust_is_available.sh that reads the version of rustc or bindgen.
func kbuildVersion(t *testing.T, tree, tool, program string) string {
	t.Helper()
	script, err := os.ReadFile(filepath.Join(tree, "scripts/rust_is_available.sh"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(script)) {
		_, sed, ok := strings.Cut(line, "| sed ")
		if ok && strings.Contains(sed, "*"+tool+" (") {
			out, err := exec.Command("sh", "-c", `"$0" --version | sed `+sed, program).Output()
			if err != nil {
				t.Fatal(err)
			}
			return strings.TrimSpace(string(out))
		}
	}
	t.Fatalf("%s: rust_is_available.sh has no sed line for %s", tree, tool)
	return ""
}
