//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// testSecondJob acts as a CI job with a full cache: it deletes the home and restores the directories that `ci paths`
// lists. The set must then be ready in less than a second without a request.
func (e *endToEnd) testSecondJob(t *testing.T) {
	dir := t.TempDir()
	home, lock := filepath.Join(dir, "home"), filepath.Join(dir, "krustup.lock")
	selection := []string{"--tree", e.tree(t, "6.12"), "--target", "arm64"}
	e.must(t, e.home(), append([]string{"lock", "--lock", lock}, selection...)...)
	run := func(name string, args ...string) {
		t.Helper()
		if out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	run("mkdir", home)
	run("cp", "-a", filepath.Join(e.home(), "archives"), home)
	locked := append([]string{"install", "--locked", "--lock", lock}, selection...)
	e.must(t, home, append(locked, "--offline")...)
	key := e.must(t, home, append([]string{"ci", "key", "--locked", "--lock", lock}, selection...)...)
	cache := filepath.Join(dir, strings.TrimSpace(key))
	run("mkdir", cache)
	paths := strings.Fields(e.must(t, home, "ci", "paths"))
	for _, path := range paths {
		run("mv", path, cache)
	}
	makeRemovable(t, home)
	run("rm", "-rf", home)
	run("mkdir", home)
	for _, path := range paths {
		run("mv", filepath.Join(cache, filepath.Base(path)), path)
	}
	t.Setenv("KRUSTUP_DEBIAN_MIRROR", "http://127.0.0.1:9/debian")
	t.Setenv("GITHUB_ENV", filepath.Join(dir, "env"))
	t.Setenv("GITHUB_PATH", filepath.Join(dir, "path"))
	began := time.Now()
	e.must(t, home, locked...)
	e.must(t, home, append([]string{"env", "--format", "github"}, selection...)...)
	took := time.Since(began)
	t.Logf("second job: install and env in %s", took.Round(time.Millisecond))
	if took > time.Second {
		t.Errorf("ready after %s, expected less than a second", took)
	}
	if written, err := os.ReadFile(filepath.Join(dir, "env")); err != nil || !strings.Contains(string(written), "RUSTC="+home) {
		t.Errorf("GITHUB_ENV has %q (%v)", written, err)
	}
	makeRemovable(t, home)
}
