//go:build e2e

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// endToEnd runs the real program against the real archive. Its store is kept between runs (KRUSTUP_E2E_DIR, default
// e2e/ in the checkout), so that a second run fetches nothing.
type endToEnd struct {
	bin, dir string
}

// proofCase is one proof of `make e2e`.
type proofCase struct {
	kernel, target, cc string
	flags              []string
	also               []string      // --also of prove
	ci                 bool          // also run with KRUSTUP_E2E=ci
	want               kbuild.Result // "": passed
}

// The kernels are Debian's: 6.12 from trixie, 7.2 and 7.3 from its backports.
var proofCases = []proofCase{
	{kernel: "6.12", target: "arm64", cc: "clang", ci: true},
	{kernel: "6.12", target: "x86_64", cc: "clang"},
	{kernel: "6.12", target: "x86_64", cc: "gcc"},
	{kernel: "7.2", target: "x86_64", cc: "clang", ci: true, also: []string{"rustfmtcheck", "rust-analyzer"}},
	{kernel: "7.2", target: "riscv64", cc: "clang", ci: true},
	{kernel: "7.2", target: "arm64", cc: "gcc", ci: true},
	{kernel: "7.2", target: "s390x", cc: "clang", ci: true},
	{kernel: "7.2", target: "armv7", cc: "clang"},
	{kernel: "7.2", target: "loongarch64", cc: "clang"},
	{kernel: "7.2", target: "um", cc: "clang"},
	{kernel: "7.2", target: "arm64", cc: "clang"},
	{kernel: "7.2", target: "x86_64", cc: "gcc"},
	{kernel: "7.2", target: "armv7", cc: "gcc"},
	{kernel: "7.2", target: "loongarch64", cc: "gcc"},
	{kernel: "7.2", target: "s390x", cc: "gcc"},
	{kernel: "7.2", target: "um", cc: "gcc"},
	{kernel: "7.3", target: "ppc64le", cc: "clang", ci: true},
	// With GCC arch/powerpc/include/asm/asm-compat.h writes an asm constraint "YZ<>" that bindgen's clang does not
	// know.
	{kernel: "7.3", target: "ppc64le", cc: "gcc", want: kbuild.TreeFailed},
	{kernel: "7.3", target: "ppc32", cc: "clang"},
	{kernel: "7.3", target: "ppc32", cc: "gcc"},
}

// TestEndToEnd is `make e2e`. KRUSTUP_E2E=full selects all targets and kernels, any other value the cases that CI has
// time for. It is not part of `make test`, which needs no real archive.
func TestEndToEnd(t *testing.T) {
	size := os.Getenv("KRUSTUP_E2E")
	e := newEndToEnd(t)
	t.Run("update", e.testUpdate)
	t.Run("choices", e.testChoices)
	t.Run("extras", e.testExtras)
	for _, c := range proofCases {
		if size != "full" && !c.ci {
			continue
		}
		t.Run(c.kernel+"/"+c.target+"/"+c.cc, func(t *testing.T) { e.testProof(t, c) })
	}
	t.Run("explain", func(t *testing.T) { e.testExplain(t, size == "full") })
	t.Run("macros", e.testMacros)
	t.Run("place", e.testPlace)
	if size == "full" { // two builds to the end
		t.Run("rust in place", e.testRustInPlace)
	}
	t.Run("probe", e.testProbe)
	t.Run("wanted", e.testWanted)
	t.Run("bisect", e.testBisect)
	t.Run("module", e.testModule)
	t.Run("gates", e.testGates)
	t.Run("suppliers", e.testMixedSuppliers)
	t.Run("bundle", e.testBundle)
	t.Run("install again", e.testInstallAgain)
	t.Run("concurrent installs", e.testConcurrentInstalls)
	t.Run("interrupted install", e.testInterruptedInstall)
	t.Run("second job", e.testSecondJob)
}

func newEndToEnd(t *testing.T) *endToEnd {
	t.Helper()
	bin := os.Getenv("KRUSTUP_BIN")
	if bin == "" {
		t.Fatal("KRUSTUP_BIN is not set: `make e2e` builds the program and sets it")
	}
	dir := os.Getenv("KRUSTUP_E2E_DIR")
	if dir == "" {
		dir = filepath.Join("..", "..", "e2e")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &endToEnd{bin: bin, dir: dir}
}

// krustup runs the program and returns its stdout. It logs the stderr of a failed run.
func (e *endToEnd) krustup(t *testing.T, home string, args ...string) (string, error) {
	t.Helper()
	stdout, stderr, err := e.run(t, home, args...)
	if stderr != "" && err != nil {
		t.Logf("krustup %s:\n%s", strings.Join(args, " "), stderr)
	}
	return stdout, err
}

func (e *endToEnd) run(t *testing.T, home string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, e.bin, args...)
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+home)
	var out, notes bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &notes
	err = cmd.Run()
	return out.String(), strings.TrimSpace(notes.String()), err
}

func (e *endToEnd) must(t *testing.T, home string, args ...string) string {
	t.Helper()
	out, err := e.krustup(t, home, args...)
	if err != nil {
		t.Fatalf("krustup %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (e *endToEnd) home() string { return filepath.Join(e.dir, "home") }

func (e *endToEnd) testUpdate(t *testing.T) {
	began := time.Now()
	t.Logf("%s%s", e.must(t, e.home(), "update", "--allow-stale"), time.Since(began))
}

// resolve runs `krustup resolve` and returns the set, and its versions and suites by component.
func (e *endToEnd) resolve(t *testing.T, args ...string) (versions, suites map[string]string, set cli.SetJSON) {
	t.Helper()
	out := e.must(t, e.home(), append([]string{"resolve", "--json", "--offline"}, args...)...)
	if err := json.Unmarshal([]byte(out), &set); err != nil {
		t.Fatalf("resolve --json: %v", err)
	}
	versions, suites = map[string]string{}, map[string]string{}
	for _, p := range set.Picks {
		versions[string(p.Component)], suites[string(p.Component)] = p.Version, p.Suite
	}
	return versions, suites, set
}

// testChoices checks the versions that krustup chooses from Debian 13's archive.
func (e *endToEnd) testChoices(t *testing.T) {
	for _, target := range []string{"x86_64", "arm64", "armv7", "riscv64", "loongarch64", "um"} {
		versions, suites, set := e.resolve(t, "--kernel", "7.2", "--target", target)
		for _, c := range []string{"rust", "bindgen", "llvm"} {
			if !strings.HasPrefix(suites[c], "trixie") || suites[c] == "trixie-backports" {
				t.Errorf("7.2 %s: %s %s is from %s, expected stable", target, c, versions[c], suites[c])
			}
		}
		if !strings.HasPrefix(versions["llvm"], "19.") {
			t.Errorf("7.2 %s: LLVM %s, expected 19", target, versions["llvm"])
		}
		explained := false
		for _, r := range set.Rejected {
			explained = explained || (r.Component == "llvm" && r.Version.Major() == 22 && strings.Contains(r.Reason.Text, "known-bad pair"))
		}
		if !explained {
			t.Errorf("7.2 %s: rejected %v, expected LLVM 22 because of a known-bad pair", target, set.Rejected)
		}
	}
	versions, _, _ := e.resolve(t, "--kernel", "7.2", "--with", "bindgen=0.72.1", "--allow-stale")
	if !strings.HasPrefix(versions["llvm"], "22.") {
		t.Errorf("7.2 with bindgen 0.72.1: LLVM %s, expected 22", versions["llvm"])
	}
	for _, tt := range []struct{ kernel, target, minimum string }{{"7.2", "s390x", "1.96"}, {"7.3", "ppc64le", "1.95"}} {
		versions, suites, _ := e.resolve(t, "--kernel", tt.kernel, "--target", tt.target)
		if suites["rust"] != "trixie-backports" || versions["rust"] < tt.minimum {
			t.Errorf("%s %s: rust %s from %s, expected at least %s from backports", tt.kernel, tt.target, versions["rust"], suites["rust"], tt.minimum)
		}
	}
	e.resolve(t, "--kernel", "7.2", "--target", "arm64", "--host", runtime.GOARCH)
}

func (e *endToEnd) tree(t *testing.T, kernel string) string {
	t.Helper()
	dir := filepath.Join(e.dir, "linux-"+kernel)
	if _, err := os.Stat(filepath.Join(dir, "Makefile")); err == nil {
		return dir
	}
	began := time.Now()
	e.must(t, e.home(), "source", "-o", dir, kernel)
	t.Logf("source %s: %s", kernel, time.Since(began).Round(time.Second))
	return dir
}

func (e *endToEnd) testProof(t *testing.T, c proofCase) {
	tree := e.tree(t, c.kernel)
	selection := append([]string{"--tree", tree, "--target", c.target, "--cc", c.cc}, c.flags...)
	began := time.Now()
	e.must(t, e.home(), append([]string{"install"}, selection...)...)
	installed := time.Since(began)
	e.must(t, e.home(), append([]string{"check"}, selection...)...)
	args := append([]string{"prove", "--json", "--output", t.TempDir()}, selection...)
	if len(c.also) > 0 {
		args = append(args, "--also", strings.Join(c.also, ","))
	}
	out, err := e.krustup(t, e.home(), args...)
	var proof kbuild.Proof
	if err := json.Unmarshal([]byte(out), &proof); err != nil {
		t.Fatalf("prove --json: %v\n%s", err, out)
	}
	t.Logf("| %s | %s | %s | %s | install %s | %.1f min | %s %s |", proof.Kernel, proof.Target, proof.CC, versionsText(proof.Versions),
		installed.Round(100*time.Millisecond), proof.Seconds/60, proof.Result, proof.Error)
	want := c.want
	if want == "" {
		want = kbuild.Passed
	}
	if proof.Result != want || (err == nil) != (want == kbuild.Passed) {
		t.Errorf("result %s (%v), expected %s: %s, log %s", proof.Result, err, want, proof.Error, proof.Log)
	}
}

func versionsText(v map[string]string) string {
	return fmt.Sprintf("rustc %s, bindgen %s, LLVM %s, GCC %s", v["rust"], v["bindgen"], v["llvm"], v["gcc"])
}

// testInstallAgain installs a set that is in the store already, with a mirror at which every request fails.
func (e *endToEnd) testInstallAgain(t *testing.T) {
	tree := e.tree(t, "6.12")
	e.must(t, e.home(), "install", "--tree", tree, "--target", "arm64")
	cmd := exec.CommandContext(t.Context(), e.bin, "install", "--tree", tree, "--target", "arm64")
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+e.home(), "KRUSTUP_DEBIAN_MIRROR=http://127.0.0.1:9/debian")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("second install: %v\n%s", err, out)
	}
}

// testConcurrentInstalls starts two installations of one set at once, in a store that has only archives and catalogues.
func (e *endToEnd) testConcurrentInstalls(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{"archives", "catalogues"} {
		if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(e.home(), dir), home).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			_, err := e.krustup(t, home, "install", "--tree", filepath.Join(e.dir, "linux-6.12"), "--target", "arm64", "--offline")
			errs <- err
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Error(err)
	}
	e.must(t, home, "run", "--tree", filepath.Join(e.dir, "linux-6.12"), "--target", "arm64", "--", "rustc", "-vV")
	makeRemovable(t, home)
}

// testInterruptedInstall interrupts an installation and checks that the next one succeeds.
func (e *endToEnd) testInterruptedInstall(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{"archives", "catalogues"} {
		if out, err := exec.CommandContext(t.Context(), "cp", "-a", filepath.Join(e.home(), dir), home).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	args := []string{"install", "--tree", filepath.Join(e.dir, "linux-6.12"), "--target", "arm64", "--offline"}
	cmd := exec.CommandContext(t.Context(), e.bin, args...)
	cmd.Env = append(os.Environ(), "KRUSTUP_HOME="+home)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 130 {
		t.Errorf("interrupted install: %v, expected exit 130", err)
	}
	e.must(t, home, args...)
	if left, _ := os.ReadDir(filepath.Join(home, "tmp")); len(left) > 0 {
		t.Errorf("tmp/ holds %v after a complete installation", left)
	}
	makeRemovable(t, home)
}

// makeRemovable adds write permission to the read-only files of a store, so that the test's directory can be removed.
func makeRemovable(t *testing.T, dir string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), "chmod", "-R", "u+w", dir).CombinedOutput(); err != nil {
		t.Logf("chmod: %v: %s", err, out)
	}
}
