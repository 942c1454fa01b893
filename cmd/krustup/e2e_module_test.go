//go:build e2e

package main

import (
	"debug/elf"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/internal/failure"
)

// moduleConfig is a minimal kernel with modules and Rust. The second step depends on the result of the first.
var moduleConfig = []string{"CONFIG_64BIT=y\nCONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_PRINTK=y\n", "CONFIG_RUST=y\n"}

// testModule builds Linux 7.2 with a set, and then an out-of-tree Rust module with the set that the build directory
// requires. Another rustc must be refused, and rust-analyzer must get a project for both.
func (e *endToEnd) testModule(t *testing.T) {
	tree, buildDir := e.tree(t, "7.2"), t.TempDir()
	selection := []string{"--tree", tree, "--target", "x86_64"}
	e.must(t, e.home(), append([]string{"install"}, selection...)...)
	kernelMake := func(goals ...string) {
		t.Helper()
		e.must(t, e.home(), append(append([]string{"make"}, selection...), append([]string{"--", "-s", "O=" + buildDir}, goals...)...)...)
	}
	kernelMake("allnoconfig")
	for _, lines := range moduleConfig {
		f, err := os.OpenFile(filepath.Join(buildDir, ".config"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteString(lines); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		kernelMake("olddefconfig")
	}
	// Without a full vmlinux there is no Module.symvers, which is an error in modpost unless this variable is set.
	words := []string{"--", "KBUILD_MODPOST_WARN=1"}
	if os.Getenv("KRUSTUP_E2E") == "full" {
		kernelMake("vmlinux", "modules")
		words = nil
	} else {
		kernelMake("prepare", "modules_prepare")
	}

	module := t.TempDir()
	if err := os.CopyFS(module, os.DirFS("testdata/module")); err != nil {
		t.Fatal(err)
	}
	var result build.ModuleJSON
	out := e.must(t, e.home(), append([]string{"module", "--headers", buildDir, "-M", module, "--json"}, words...)...)
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("module --json: %v\n%s", err, out)
	}
	if len(result.Modules) != 1 || len(result.Differs) > 0 {
		t.Fatalf("modules %v, different tools %v; expected one module and no difference", result.Modules, result.Differs)
	}
	t.Logf("%s, built like a kernel of %s: %v", result.Modules[0], result.Headers.Rustc.Text, result.Tools)
	e.checkModule(t, result.Modules[0], result.Headers.Release)

	_, err := e.krustup(t, e.home(), "module", "--headers", buildDir, "-M", module, "--with", "rust=1.96.1")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != failure.NoSet {
		t.Errorf("with another rustc: %v, expected exit code %d", err, failure.NoSet)
	}
	for _, args := range [][]string{append([]string{"-o", buildDir}, selection...), {"--headers", buildDir, "-M", module}} {
		var analyzed build.AnalyzerJSON
		out := e.must(t, e.home(), append([]string{"rust-analyzer", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(out), &analyzed); err != nil {
			t.Fatalf("rust-analyzer --json: %v\n%s", err, out)
		}
		if analyzed.Project.Crates < 15 || len(analyzed.Project.Unbuilt) > 0 || analyzed.Settings.ProcMacro == nil {
			t.Errorf("rust-analyzer %v: %+v", args, analyzed)
		}
	}
}

// checkModule checks by its .modinfo section that a file is the test module, built for a release.
func (e *endToEnd) checkModule(t *testing.T, path, release string) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		t.Fatalf("%s has no .modinfo", path)
	}
	info, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"vermagic=" + release + " ", "name=countdown\x00", "license=GPL\x00"} {
		if !strings.Contains(string(info), want) {
			t.Errorf("%s: .modinfo %q has no %q", path, info, want)
		}
	}
}
