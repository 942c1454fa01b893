//go:build e2e

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makeIn runs make in a copy of the project, with the same date and version everywhere.
func makeIn(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("make", append([]string{"-C", dir, "VERSION=1.2.3"}, args...)...)
	cmd.Env = append(os.Environ(), "SOURCE_DATE_EPOCH=1790000000", "MAKEFLAGS=", "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("make %v: %v\n%s", args, err, out)
	}
}

// projectCopy returns a copy of the project's files.
func projectCopy(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("sh", "-c", `tar -C ../.. --exclude=./.git --exclude=./bin --exclude=./dist --exclude=./demo --exclude=./e2e -cf - . | tar -xf - -C "$1"`, "sh", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return dir
}

// filesBelow returns the paths of all files below a directory.
func filesBelow(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			path, _ = filepath.Rel(dir, path) // path is below dir
			list = append(list, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestEndToEndMakeInstall installs into a DESTDIR, where another program's files stand, and removes all that it installed.
func TestEndToEndMakeInstall(t *testing.T) {
	dir, dest := projectCopy(t, "krustup"), t.TempDir()
	other := filepath.Join(dest, "usr/share/man/man1/krust.1")
	if err := os.MkdirAll(filepath.Dir(other), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	makeIn(t, dir, "install", "PREFIX=/usr", "DESTDIR="+dest)
	have := filesBelow(t, dest)
	for _, want := range []string{
		"usr/bin/krustup", "usr/share/man/man1/krustup.1", "usr/share/man/man1/krustup-ci-init.1",
		"usr/share/bash-completion/completions/krustup", "usr/share/zsh/site-functions/_krustup",
		"usr/share/fish/vendor_completions.d/krustup.fish", "usr/share/doc/krustup/LICENSE", "usr/share/doc/krustup/docs/lock.md",
	} {
		if !slices.Contains(have, want) {
			t.Errorf("%s is not installed", want)
		}
	}
	out, err := exec.Command(filepath.Join(dest, "usr/bin/krustup"), "--version").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "krustup 1.2.3 ") {
		t.Errorf("%v: %s", err, out)
	}
	makeIn(t, dir, "uninstall", "PREFIX=/usr", "DESTDIR="+dest)
	if left := filesBelow(t, dest); !slices.Equal(left, []string{"usr/share/man/man1/krust.1"}) {
		t.Errorf("after uninstall: %v", left)
	}
}

// TestEndToEndDist builds the archives in two directories: their bytes are the same.
func TestEndToEndDist(t *testing.T) {
	var sums []string
	for _, name := range []string{"one", "another-place"} {
		dir := projectCopy(t, name)
		makeIn(t, dir, "dist")
		check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
		check.Dir = filepath.Join(dir, "dist")
		if out, err := check.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		text, err := os.ReadFile(filepath.Join(dir, "dist", "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(text))
	}
	if sums[0] != sums[1] || !strings.Contains(sums[0], "krustup-1.2.3-x86_64.tar.gz") || !strings.Contains(sums[0], "krustup-1.2.3-aarch64.tar.gz") {
		t.Errorf("checksums\n%sand\n%s", sums[0], sums[1])
	}
}
