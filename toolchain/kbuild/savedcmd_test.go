package kbuild

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseSavedCommand(t *testing.T) {
	for _, c := range []struct{ line, made, env, args, err string }{
		{
			`savedcmd_rust/core.o :=  OBJTREE=/b /r/rustc -Zx=y --cfg='no_fp' -Clink-args=' a  b' --emit=obj=rust/core.o src/lib.rs   ; objcopy x ; ./objtool y`,
			"rust/core.o", "OBJTREE=/b", "/r/rustc|-Zx=y|--cfg=no_fp|-Clink-args= a  b|--emit=obj=rust/core.o|src/lib.rs", "",
		},
		{`cmd_rust/core.o := /r/rustc "-Ctarget-feature=-neon" --x '$(pound)y'`, "rust/core.o", "", "/r/rustc|-Ctarget-feature=-neon|--x|#y", ""},
		{`savedcmd_a := /r/rustc $$(touch made)`, "", "", "", "command of a"},
		{`savedcmd_a := if then`, "", "", "", "command of a"},
		{`deps_a := x`, "", "", "", "expected savedcmd_NAME := COMMAND"},
		{`savedcmd_a := `, "a", "", "", ""},
	} {
		got, err := parseSavedCommand(c.line)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want %s", c.line, err, c.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		if got.Made != c.made || strings.Join(got.Env, "|") != c.env || strings.Join(got.Args, "|") != c.args {
			t.Errorf("%s: got %+v", c.line, got)
		}
	}
	if _, err := os.Stat("made"); err == nil {
		t.Error("a command of a build was run")
	}
}

func TestSavedCommands(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"rust/.b.o.cmd": "savedcmd_rust/b.o := /r/rustc b\n\nsource_x := y\n", "rust/.a.o.cmd": "savedcmd_rust/a.o := X=1 /r/rustc a ; y\n",
		".c.o.cmd": "savedcmd_c.o := clang /r/rustc\n", "rust/d.cmd": "savedcmd_d := /r/rustc d\n", ".e.o.cmd": "nothing of it\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := savedCommands(dir, "/r/rustc")
	if err != nil {
		t.Fatal(err)
	}
	want := []SavedCommand{
		{Made: "rust/a.o", Env: []string{"X=1"}, Args: []string{"/r/rustc", "a"}}, {Made: "rust/b.o", Args: []string{"/r/rustc", "b"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The input is rustc 1.95.0's output for a crate, shortened.
func TestDiagnostics(t *testing.T) {
	printed := `error: the option ` + "`Z`" + ` is only accepted on the nightly compiler

error: 1 nightly option were parsed

{"message":"unused","code":null,"level":"warning","spans":[],"children":[]}
{"message":"` + "`#![feature]`" + ` may not be used on the stable release channel","code":{"code":"E0554"},"level":"error","spans":[{"file_name":"a.rs","line_start":1,"is_primary":true,"text":[{"text":"#![feature(asm_goto, used_with_arg)]"}]}],"children":[{"message":"the feature ` + "`asm_goto`" + ` has been stable since ` + "`1.87.0`" + ` and no longer requires an attribute to enable"}]}
{"message":"the feature ` + "`b`" + ` is not in the list of allowed features","code":{"code":"E0725"},"level":"error","spans":[{"file_name":"a.rs","line_start":2,"is_primary":true,"text":[{"text":"#![feature(b)]"}]}],"children":[]}
{"message":"the type f16 is unstable","code":{"code":"E0658"},"level":"error","spans":[],"children":[{"message":"add ` + "`#![feature(f16)]`" + ` to the crate attributes to enable"}]}
{"message":"used is unstable","code":{"code":"E0658"},"level":"error","spans":[],"children":[{"message":"see issue #93798 <https://github.com/rust-lang/rust/issues/93798> for more information"}]}
{"message":"cannot find x","code":{"code":"E0425"},"level":"error","spans":[],"children":[]}
{"message":"aborting due to 4 previous errors","code":null,"level":"error","spans":[],"children":[]}
`
	want := []Diagnostic{
		{Message: "the option `Z` is only accepted on the nightly compiler"},
		{Code: "E0554", Message: "`#![feature]` may not be used on the stable release channel", File: "a.rs", Line: 1, Gates: []string{"asm_goto", "used_with_arg"}, Stable: []string{"asm_goto"}},
		{Code: "E0725", Message: "the feature `b` is not in the list of allowed features", File: "a.rs", Line: 2, Gates: []string{"b"}},
		{Code: "E0658", Message: "the type f16 is unstable", Gates: []string{"f16"}},
		{Code: "E0658", Message: "used is unstable", Issue: "93798"},
		{Code: "E0425", Message: "cannot find x"},
	}
	if diff := cmp.Diff(want, diagnostics([]byte(printed))); diff != "" {
		t.Error(diff)
	}
}

func TestWithoutOutputs(t *testing.T) {
	got := withoutOutputs(strings.Fields("--edition=2021 --out-dir scripts/ --emit=dep-info=x --emit link -o y -O z.rs"))
	if joined := strings.Join(got, " "); joined != "--edition=2021 -O z.rs" {
		t.Error(joined)
	}
}

func TestCountErrors(t *testing.T) {
	got := countErrors([]byte("  RUSTC x\nerror: the option `Z`\n\nerror: 1 nightly option were parsed\nerror: the option `Z`\nerror[E0554]: x\nmake: *** [y] error 1\nerror: aborting due to 1\n"))
	want := []CountedError{{"error: the option `Z`", 2}, {"error[E0554]: x", 1}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
