package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module whose tests pass, fail, skip, panic or do not compile.
func module(t *testing.T, tests, list string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":         "module example.org/m\n\ngo 1.24\n",
		"list":           list,
		"a/a_test.go":    "package a\n\nimport \"testing\"\n\n" + tests,
		"none/none.go":   "package none\n",
		"b/good_test.go": "package b\n\nimport \"testing\"\n\nfunc TestGood(t *testing.T) { t.Log(\"not shown\") }\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
}

const twoSkips = `
func TestOuter(t *testing.T) {
	t.Run("inner one", func(t *testing.T) { t.Skip("no xz on this machine") })
	t.Run("passes", func(t *testing.T) {})
}

func TestOther(t *testing.T) { t.Skipf("no %s", "terminal") }
`

func TestRun(t *testing.T) {
	for _, test := range []struct {
		name, tests, list string
		strict            bool
		flags             []string
		code              int
		want, not         []string
	}{
		{
			name: "skips are reported", tests: twoSkips,
			want: []string{
				"ok  \texample.org/m/a", "ok  \texample.org/m/b", "?   \texample.org/m/none\t[no test files]",
				"skipped: example.org/m/a TestOuter/inner_one: no xz on this machine\n", "skipped: example.org/m/a TestOther: no terminal\n",
			},
			not: []string{"=== RUN", "PASS", "not shown", "as allowed", "FAIL"},
		},
		{
			name: "strict", tests: twoSkips, strict: true, code: 1, list: "# why\n\na TestOther: no terminal in a container\n",
			want: []string{"skipped: example.org/m/a TestOuter/inner_one", "skipped, as allowed: example.org/m/a TestOther: no terminal", "FAIL: a skipped test is not listed in list: run it, or list it there with a reason"},
		},
		{
			name: "all are allowed", tests: twoSkips, strict: true, list: "a TestOther: no terminal\na TestOuter/inner_one: no xz\n",
			want: []string{"ok  \texample.org/m/a"}, not: []string{"FAIL"},
		},
		{
			name: "unused entry", tests: twoSkips, strict: true, code: 1, list: "b TestGood: once needed a network\nc TestGone: not run here\n",
			want: []string{"note: b TestGood may be skipped, but was not"}, not: []string{"TestGone"},
		},
		{
			name: "a failure", code: 1,
			tests: "func TestBad(t *testing.T) {\n\tt.Run(\"sub\", func(t *testing.T) { t.Error(\"is wrong\") })\n}\n\nfunc TestFine(t *testing.T) { t.Log(\"is fine\") }\n",
			want:  []string{"--- FAIL: TestBad", "--- FAIL: TestBad/sub", "is wrong", "FAIL\texample.org/m/a", "ok  \texample.org/m/b"},
			not:   []string{"is fine", "=== RUN"},
		},
		{
			name: "a panic", code: 1, tests: "func TestPanics(t *testing.T) { panic(\"out of order\") }\n",
			want: []string{"panic: out of order", "FAIL\texample.org/m/a"},
		},
		{
			name: "does not compile", code: 1, tests: "func TestBad(t *testing.T) { undefined() }\n",
			want: []string{"undefined: undefined", "FAIL\texample.org/m/a [build failed]"},
		},
		{
			name: "verbose", tests: twoSkips, flags: []string{"-v"},
			want: []string{"=== RUN   TestOther", "--- SKIP: TestOther", "ok  \texample.org/m/a", "not shown"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			module(t, test.tests, test.list)
			var out strings.Builder
			code, err := run("list", test.strict, append(append([]string{"go", "test"}, test.flags...), "./..."), &out)
			if err != nil || code != test.code {
				t.Errorf("exit code %d, %v, expected %d", code, err, test.code)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q", want)
				}
			}
			for _, not := range test.not {
				if strings.Contains(out.String(), not) {
					t.Errorf("unexpected %q", not)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

func TestBadList(t *testing.T) {
	module(t, twoSkips, "a TestOther\n")
	if _, err := run("list", true, []string{"go", "test", "./..."}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "list:1") {
		t.Errorf("an entry without a reason: %v", err)
	}
}

// testscript logs the script after the reason.
func TestReasonOfScript(t *testing.T) {
	output := []string{"=== RUN   TestScripts/a\n", "    cmd.go:380: no rustup on this machine\n", "    testscript.go:609: WORK=$WORK\n", "        PATH=/a.go:1: x\n"}
	if got := reason(output); got != "no rustup on this machine" {
		t.Errorf("reason %q", got)
	}
	if got := reason(nil); got != "no reason given" {
		t.Errorf("without a message: %q", got)
	}
}

// The project's own list is valid.
func TestOwnList(t *testing.T) {
	if _, err := readAllowed("../../.ci/skips"); err != nil {
		t.Error(err)
	}
}
