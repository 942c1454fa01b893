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
	for _, c := range " \t$'\"\\;&|()<>`:" + "%#*[~=,é" {
		dir := filepath.Join(t.TempDir(), "o"+string(c)+"x")
		out, err := allnoconfig([]string{"O=" + dir}, nil)
		_, missing := os.Stat(filepath.Join(dir, ".config"))
		works := err == nil && missing == nil
		if refused := kbuild.CheckOutput("O=", dir) != nil; refused == works {
			t.Errorf("O= with %q: krustup refuses it: %v, make builds: %v\n%s", c, refused, works, out)
		}
	}
}
