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
)

// moduleConfig is the least kernel that has modules, in the order in which Kconfig takes it.
var moduleConfig = []string{"CONFIG_64BIT=y\nCONFIG_MODULES=y\nCONFIG_MODULE_UNLOAD=y\nCONFIG_PRINTK=y\n", "CONFIG_RUST=y\n"}

// outOfTree builds Linux 7.2 with a set, and then a Rust module outside of its tree with the set that the build directory
// tells of; another rustc is refused. rust-analyzer gets a project of both.
func (e *endToEnd) outOfTree(t *testing.T) {
	tree, build := e.tree(t, "7.2"), t.TempDir()
	selection := []string{"--tree", tree, "--target", "x86_64"}
	e.must(t, e.home(), append([]string{"install"}, selection...)...)
	kernelMake := func(goals ...string) {
		t.Helper()
		e.must(t, e.home(), append(append([]string{"make"}, selection...), append([]string{"--", "-s", "O=" + build}, goals...)...)...)
	}
	kernelMake("allnoconfig")
	for _, lines := range moduleConfig {
		f, err := os.OpenFile(filepath.Join(build, ".config"), os.O_APPEND|os.O_WRONLY, 0)
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
	// Without all of vmlinux there is no Module.symvers, and modpost then only warns when told to.
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
	var result moduleResult
	out := e.must(t, e.home(), append([]string{"module", "--headers", build, "-M", module, "--json"}, words...)...)
	if err := json.Unmarshal([]byte(out), &result); err != nil {
		t.Fatalf("module --json: %v\n%s", err, out)
	}
	if len(result.Modules) != 1 || len(result.Differs) > 0 {
		t.Fatalf("made %v with tools that differ in %v", result.Modules, result.Differs)
	}
	t.Logf("%s, made as %s was: %v", result.Modules[0], result.Headers.Rustc.Text, result.Tools)
	e.isModule(t, result.Modules[0], result.Headers.Release)

	_, err := e.krustup(t, e.home(), "module", "--headers", build, "-M", module, "--with", "rust=1.96.1")
	if exit, ok := err.(*exec.ExitError); !ok || exit.ExitCode() != exitNoSet {
		t.Errorf("with another rustc: %v, expected exit code %d", err, exitNoSet)
	}
	for _, args := range [][]string{append([]string{"-o", build}, selection...), {"--headers", build, "-M", module}} {
		var analyzed analyzerResult
		out := e.must(t, e.home(), append([]string{"rust-analyzer", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(out), &analyzed); err != nil {
			t.Fatalf("rust-analyzer --json: %v\n%s", err, out)
		}
		if analyzed.Project.Crates < 15 || len(analyzed.Project.Unbuilt) > 0 || analyzed.Settings.ProcMacro == nil {
			t.Errorf("rust-analyzer %v: %+v", args, analyzed)
		}
	}
}

// isModule looks whether a file is a module of a release, as `modinfo` would.
func (e *endToEnd) isModule(t *testing.T, path, release string) {
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
