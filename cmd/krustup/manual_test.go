package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestManualPages lets mandoc and groff read the manual pages: neither has a warning.
func TestManualPages(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("krustup", "__manual", dir, "2026-11-28").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "krustup*.1"))
	if err != nil || len(pages) < 30 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, name := range []string{"krustup.1", "krustup-install.1", "krustup-ci-init.1"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
	for _, reader := range [][]string{{"mandoc", "-Tlint", "-Wwarning"}, {"groff", "-man", "-Tutf8", "-ww", "-z", "-k"}} {
		t.Run(reader[0], func(t *testing.T) {
			if _, err := exec.LookPath(reader[0]); err != nil {
				t.Skip(reader[0] + " is not installed")
			}
			out, err := exec.Command(reader[0], append(reader[1:], pages...)...).CombinedOutput()
			if err != nil || len(out) > 0 {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	t.Run("text", func(t *testing.T) {
		if _, err := exec.LookPath("mandoc"); err != nil {
			t.Skip("mandoc is not installed")
		}
		out, err := exec.Command("mandoc", "-Tascii", filepath.Join(dir, "krustup-lock.1")).Output()
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Join(strings.Fields(strings.ReplaceAll(string(out), "_\b", "")), " ")
		for _, want := range []string{"krustup lock --check --tree linux-6.12", "with --check: the lock is out of date", "docs/lock.md"} {
			if !strings.Contains(text, want) {
				t.Errorf("the page lacks %q:\n%s", want, text)
			}
		}
	})
}
