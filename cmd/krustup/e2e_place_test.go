//go:build e2e

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// testPlace compares where krustup looks for a configuration, and in which paths it refuses to build, with what the
// kernel's own make does.
func (e *endToEnd) testPlace(t *testing.T) {
	tree := e.tree(t, "7.3")
	allnoconfig := func(words, env []string) (string, error) {
		all := append([]string{"-s", "-C", tree, "ARCH=x86_64"}, append(words, "allnoconfig")...)
		cmd := exec.Command("make", all...)
		cmd.Env = append(os.Environ(), env...)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	for _, test := range []struct{ words, env []string }{
		{words: []string{"O=DIR/a"}},
		{words: []string{"O=DIR/b"}, env: []string{"KBUILD_OUTPUT=DIR/not"}},
		{env: []string{"KBUILD_OUTPUT=DIR/c"}},
		{env: []string{"KBUILD_OUTPUT=DIR/d", "KCONFIG_CONFIG=mine"}},
		{words: []string{"KCONFIG_CONFIG=DIR/e.config"}, env: []string{"KBUILD_OUTPUT=DIR/e", "KCONFIG_CONFIG=mine"}},
		{env: []string{"MAKEFLAGS= -- O=DIR/f"}},
	} {
		dir := t.TempDir()
		at := func(list []string) (out []string) {
			for _, text := range list {
				out = append(out, strings.ReplaceAll(text, "DIR", dir))
			}
			return out
		}
		words, env := at(test.words), at(test.env)
		if out, err := allnoconfig(words, env); err != nil {
			t.Errorf("make %q %q: %v\n%s", words, env, err, out)
			continue
		}
		place := kbuild.Locate(tree, gnumake.Parse(words, env))
		if _, err := os.Stat(place.Config); err != nil {
			t.Errorf("make %q %q: the configuration is not where krustup looks: %v", words, env, err)
		}
	}
	for _, c := range " \t$'\"\\;&|()<>`:" + "*[~=,é" {
		dir := filepath.Join(t.TempDir(), "o"+string(c)+"x")
		out, err := allnoconfig([]string{"O=" + dir}, nil)
		_, missing := os.Stat(filepath.Join(dir, ".config"))
		works := err == nil && missing == nil
		if refused := kbuild.CheckOutput("O=", dir) != nil; refused == works {
			t.Errorf("O= with %q: krustup refuses it: %v, make builds: %v\n%s", c, refused, works, out)
		}
	}
}

// testRustInPlace compares the paths that krustup refuses with what make does when it compiles Rust in them, twice:
// fixdep's lists of dependencies are read by the second run.
func (e *endToEnd) testRustInPlace(t *testing.T) {
	tree, selection := e.tree(t, "6.12"), []string{"--tree", e.tree(t, "6.12"), "--target", "arm64"}
	e.must(t, e.home(), append([]string{"install", "-q"}, selection...)...)
	env := e.environment(t, selection...)
	for _, name := range []string{"o*[]~=,é@+^{}?!x", "o#x", "o%x"} {
		dir := filepath.Join(t.TempDir(), name)
		build := func(goals ...string) ([]byte, error) {
			words := append([]string{"-s", "-j2", "-C", tree, "O=" + dir}, env.MakeArguments()...)
			cmd := exec.Command("make", append(words, goals...)...)
			cmd.Env = env.Overlay(os.Environ())
			return cmd.CombinedOutput()
		}
		out, err := build("allnoconfig")
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, ".config"), []byte("CONFIG_RUST=y\n"), 0o644)
		}
		for _, goal := range []string{"olddefconfig", "prepare", "prepare"} {
			if err == nil {
				out, err = build(goal)
			}
		}
		if refused := kbuild.CheckOutput("O=", dir) != nil; refused != (err != nil) {
			t.Errorf("O= in %s: krustup refuses it: %v, make: %v\n%s", name, refused, err, out)
		}
	}
}
