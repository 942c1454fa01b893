//go:build e2e

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/toolchain/kbuild"
)

// testBundle installs a set from a bundle without a network and proves a kernel with it. It also lets apt use a mirror.
func (e *endToEnd) testBundle(t *testing.T) {
	tree := e.tree(t, "6.12")
	selection := []string{"--tree", tree, "--target", "arm64", "--supplier", "debian"}
	dir := t.TempDir()
	kit := filepath.Join(dir, "kit.tar.zst")
	t.Log(e.must(t, e.home(), append([]string{"bundle", "--json", "-o", kit}, selection...)...))
	home := filepath.Join(dir, "home")
	defer makeRemovable(t, home)
	for range 2 { // the second has nothing to do
		began := time.Now()
		e.runWithoutNetwork(t, home, append([]string{"install", "-q", "--locked", "--from", kit}, selection...)...)
		t.Logf("install --from: %s", time.Since(began).Round(10*time.Millisecond))
	}
	out := e.runWithoutNetwork(t, home, append([]string{"prove", "--json", "--output", filepath.Join(dir, "build")}, selection...)...)
	var proof kbuild.Proof
	if err := json.Unmarshal([]byte(out), &proof); err != nil || proof.Result != kbuild.Passed {
		t.Errorf("prove without a network: %v, %v\n%s", proof.Result, err, out)
	}
	mirror := filepath.Join(dir, "mirror")
	e.must(t, e.home(), append(append([]string{"mirror"}, selection...), mirror)...)
	checkWithApt(t, filepath.Join(mirror, "debian"))
}

// runWithoutNetwork runs the program in a namespace without a network or loopback and returns its stdout.
func (e *endToEnd) runWithoutNetwork(t *testing.T, home string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "unshare", append([]string{"--map-root-user", "--net", e.bin}, args...)...)
	cmd.Dir = t.TempDir() // with no krustup.lock
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+home)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("krustup %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return string(out)
}

// checkWithApt updates apt from a mirror in a separate root, and downloads packages. So another client verifies the
// layout and the signatures.
func checkWithApt(t *testing.T, mirror string) {
	t.Helper()
	const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"
	if _, err := os.Stat(keyring); err != nil {
		t.Skip("this machine has no Debian archive keyring")
	}
	root := t.TempDir()
	for _, dir := range []string{"etc/apt/apt.conf.d", "etc/apt/preferences.d", "etc/apt/sources.list.d", "var/lib/apt/lists/partial", "var/cache/apt/archives/partial", "var/lib/dpkg", "here"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{
		"apt.conf":              fmt.Sprintf("Dir %q;\nDir::State::status %q;\nAPT::Sandbox::User \"root\";\n", root, filepath.Join(root, "var/lib/dpkg/status")),
		"var/lib/dpkg/status":   "",
		"etc/apt/sources.list":  fmt.Sprintf("deb [signed-by=%s] file:%s trixie main\n", keyring, mirror),
		"etc/apt/apt.conf.d/01": "Acquire::Languages { \"en\"; };\n",
	} {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"update"}, {"download", "rustc", "bindgen"}} {
		cmd := exec.CommandContext(t.Context(), "apt-get", args...)
		cmd.Dir = filepath.Join(root, "here")
		cmd.Env = append(os.Environ(), "APT_CONFIG="+filepath.Join(root, "apt.conf"))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("apt-get %v: %v\n%s", args, err, out)
		}
	}
	if found, _ := filepath.Glob(filepath.Join(root, "here/rustc_*.deb")); len(found) != 1 {
		t.Errorf("apt downloaded %v, expected rustc", found)
	}
}
