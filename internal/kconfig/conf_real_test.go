//go:build e2e

package kconfig_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fixedShell is linked into conf in the place of popen, so that $(shell,…) runs nothing and answers the same anywhere.
// shellAnswer is the same function for the evaluation.
const fixedShell = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
FILE *__wrap_popen(const char *cmd, const char *mode)
{
	unsigned h = 2166136261u;
	static char out[64];
	for (const char *p = cmd; *p; p++)
		h = (h ^ (unsigned char)*p) * 16777619u;
	h ^= h >> 15;
	if (strstr(cmd, "test -z") || strstr(cmd, "command -v"))
		strcpy(out, strstr(cmd, "test -z") ? "n" : "n");
	else if (strstr(cmd, "-version.sh"))
		sprintf(out, "%u", 100000 + h % 100000);
	else if (strstr(cmd, "echo $1"))
		strcpy(out, h & 1 ? "Clang" : "GCC");
	else if (strstr(cmd, "echo $2"))
		sprintf(out, "%u", 100000 + h % 100000);
	else
		strcpy(out, h & 1 ? "y" : "n");
	return fmemopen(out, strlen(out), "r");
}
int __wrap_pclose(FILE *f) { return fclose(f); }
`

func shellAnswer(cmd string) (string, bool) {
	h := uint32(2166136261)
	for _, c := range []byte(cmd) {
		h = (h ^ uint32(c)) * 16777619
	}
	h ^= h >> 15
	yes := map[bool]string{true: "y", false: "n"}[h&1 == 1]
	has := func(part string) bool { return strings.Contains(cmd, part) }
	switch {
	case has("test -z"), has("command -v"):
		return "n", true
	case has("-version.sh"), has("echo $2") && !has("echo $1"):
		return fmt.Sprint(100000 + h%100000), true
	case has("echo $1"):
		return map[string]string{"y": "Clang", "n": "GCC"}[yes], true
	}
	return yes, true
}

// conf is a program that was built from the sources of a tree.
type conf struct{ release, tree, path string }

// buildConfs builds scripts/kconfig/conf of each tree.
func buildConfs(t *testing.T) []conf {
	t.Helper()
	trees := os.Getenv("KRUSTUP_TEST_TREES")
	if trees == "" {
		t.Skip("KRUSTUP_TEST_TREES is not set")
	}
	var all []conf
	for _, tree := range filepath.SplitList(trees) {
		all = append(all, buildConf(t, tree))
	}
	return all
}

func buildConf(t *testing.T, tree string) conf {
	t.Helper()
	dir := t.TempDir()
	src := filepath.Join(tree, "scripts/kconfig")
	must := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "shell.c"), []byte(fixedShell), 0o644); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "conf")
	args := []string{"-O2", "-w", "-Wl,--wrap=popen,--wrap=pclose", "-I.", "-I" + src, "-I" + filepath.Join(tree, "scripts/include"), "-o", path, "shell.c"}
	lexer, parser := "lexer.l", "parser.y"
	if _, err := os.Stat(filepath.Join(src, "zconf.l")); err == nil { // up to 4.20
		lexer, parser = "zconf.l", "zconf.y"
		must("flex", "-ozconf.lex.c", "-L", filepath.Join(src, lexer))
		must("bison", "-t", "-o", "zconf.tab.c", "-l", filepath.Join(src, parser))
		args = append(args, filepath.Join(src, "conf.c"), "zconf.tab.c")
	} else {
		must("flex", "-olexer.lex.c", "-L", filepath.Join(src, lexer))
		must("bison", "-t", "-o", "parser.tab.c", "--defines=parser.tab.h", "-l", filepath.Join(src, parser))
		for _, name := range []string{"conf", "confdata", "expr", "menu", "preprocess", "symbol", "util"} {
			args = append(args, filepath.Join(src, name+".c"))
		}
		args = append(args, "lexer.lex.c", "parser.tab.c")
	}
	must("gcc", args...)
	return conf{strings.TrimPrefix(filepath.Base(tree), "linux-"), tree, path}
}

// run returns the configuration that olddefconfig makes of one, in the directory of a Kconfig file. ok is false if conf
// refuses the Kconfig file, crashes, or does not end.
func (c conf) run(t *testing.T, dir, goal, config string, env ...string) (written string, ok bool) {
	t.Helper()
	work := t.TempDir()
	path := filepath.Join(work, "config")
	if config != "" {
		if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(work, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(work, "a/auto.conf"), nil, 0o644); err != nil { // else conf makes a file for each symbol
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // some invalid Kconfig files make conf run forever
	defer cancel()
	cmd := exec.CommandContext(ctx, c.path, "--"+goal, "Kconfig")
	cmd.Dir = dir
	cmd.Env = append([]string{
		"KCONFIG_CONFIG=" + path, "KCONFIG_AUTOCONFIG=" + work + "/a/auto.conf", "KCONFIG_AUTOHEADER=" + work + "/a/autoconf.h",
		"KCONFIG_RUSTCCFG=" + work + "/a/rustc_cfg",
	}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if testing.Verbose() && os.Getenv("KRUSTUP_TEST_CONF_ERRORS") != "" {
			t.Logf("%s: %v: %.600s", c.release, err, out.String())
		}
		return "", false
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data), true
}

// TestRealRules checks what is recorded in testdata/conf.
func TestRealRules(t *testing.T) {
	confs := buildConfs(t)
	paths, err := filepath.Glob("testdata/conf/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		r := readRecorded(t, path)
		dir := plant(t, map[string]string{"Kconfig": r.Kconfig})
		for _, c := range confs {
			written, ok := c.run(t, dir, "olddefconfig", r.Config)
			if !ok {
				t.Errorf("%s: conf of %s refuses it", path, c.release)
			}
			if os.Getenv("KRUSTUP_TEST_RECORD") != "" && c == confs[0] {
				r.Written = written
				data, err := json.MarshalIndent(r, "", " ")
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if written != r.Written {
				t.Errorf("%s: conf of %s wrote\n%s\nrecorded is\n%s", path, c.release, written, r.Written)
			}
		}
	}
}
