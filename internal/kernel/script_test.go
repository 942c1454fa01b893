package kernel

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestHostileScript runs scripts that do more than decide and print. Each must be refused quickly, with its line, and
// leave nothing behind.
func TestHostileScript(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"endless loop", "while :; do :; done\n", "a loop"},
		{"for loop", "for i in 1 2; do echo $i; done\n", "a loop"},
		{"function that calls itself", "f() { f; }\nf\n", "a function"},
		{"program", "rm -rf /tmp/nothing\n", "a command other than"},
		{"program by path", "/bin/echo 1.2.3\n", "a command other than"},
		{"program by variable", "c=rm\n$c x\n", "a command other than"},
		{"quoted program", "'rm' x\n", "a command other than"},
		{"exec", "exec sh\n", "a command other than"},
		{"eval", "eval echo 1.2.3\n", "a command other than"},
		{"source", ". ./evil.sh\n", "a command other than"},
		{"trap", "trap 'echo 1' EXIT\n", "a command other than"},
		{"printf", "printf %1000000000s\n", "a command other than"},
		{"shift", "shift -1\n", "a command other than"},
		{"pattern", "echo ${1%%*a*a*a}\n", "a pattern inside"},
		{"command substitution", "echo $(id)\n", "a command substitution"},
		{"backquotes", "echo `id`\n", "a command substitution"},
		{"write a file", "echo 1.2.3 > evil\n", "a redirection"},
		{"append to a file", "echo 1.2.3 >> evil\n", "a redirection"},
		{"read a file", "echo < /etc/passwd\n", "a redirection"},
		{"here document", "echo <<X\na\nX\n", "a redirection"},
		{"pipe", "echo 1 | echo 2\n", "a pipe"},
		{"background", "echo 1.2.3 &\n", "a background command"},
		{"subshell", "(echo 1.2.3)\n", "a subshell"},
		{"arithmetic", "echo $((1+1)).1.1\n", "arithmetic"},
		{"doubled variable", "x=a\nx=$x$x\n", "an assignment with several"},
		{"doubled in a default", "x=${y:-$z$z}\n", "an assignment with several"},
		{"assignment in an expansion", ": ${x:=$1}\n", "an assignment inside"},
		{"doubled parameters", "set -- $@ $@\n", "a set that assigns parameters"},
		{"home of a user", "echo ~root\n", "a home directory"},
		{"test of a file", "[ -e /etc/passwd ] && echo 1.2.3\n", "tests a file"},
		{"not a shell script", "case in in (\n", ""},
		{"long answer", "echo " + strings.Repeat("1", 200) + "\n", "prints more than"},
		{"no version", "echo newest\n", "prints no version for"},
		{"two lines", "echo 1.2.3\necho 1.2.4\n", "prints no version for"},
		{"large script", strings.Repeat("# comment\n", 2000), "bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := unpackTree(t, "7.3")
			writeFile(t, tree, scriptFile, "#!/bin/sh\n\n"+test.script)
			start := time.Now()
			_, err := Read(tree, Arch{"x86", "x86_64"})
			var refused *ScriptError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want a *ScriptError with %q", err, test.want)
			}
			if refused.Where.File != scriptFile || refused.Where.Line == 1 {
				t.Errorf("the error is at %s, want a line of the script in %s", refused.Where, scriptFile)
			}
			if took := time.Since(start); took > time.Second {
				t.Errorf("refusing took %s", took)
			}
			if _, err := os.Stat(filepath.Join(tree, "evil")); err == nil {
				t.Error("the script wrote a file")
			}
		})
	}
}

// TestScriptAnswers runs scripts that are unusual but allowed.
func TestScriptAnswers(t *testing.T) {
	tests := []struct {
		name, script, want string
		line               int
	}{
		{"variable", "v=1.2.3\necho $v\n", "1.2.3", 2},
		{"test and or", "[ \"$SRCARCH\" = x86 ] && echo 1.2.3 || echo 4.5.6\n", "1.2.3", 1},
		{"negation", "if ! test $SRCARCH = s390; then\n\techo 1.2.3\nfi\n", "1.2.3", 2},
		{"default", "echo ${NOTHING:-1.2.3}\n", "1.2.3", 1},
		{"block", "{\n\techo 1.2.3\n}\n", "1.2.3", 2},
		{"exit after answer", "echo 1.2.3\nexit 0\n", "1.2.3", 1},
		{"standard error is ignored", "echo 9.9.9 >&2\necho 1.2.3\n", "1.2.3", 2},
		{"failure after a version", "echo 1.2.3\nexit 1\n", "", 0},
		{"no output", ":\n", "", 0},
		{"no environment of the caller", "[ -z \"$USER$LANG$GOPATH\" ] && echo 1.2.3\n", "1.2.3", 1},
	}
	t.Setenv("USER", "somebody")
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			script, err := parseScript([]byte(test.script))
			if err != nil {
				t.Fatal(err)
			}
			d, err := script.ask(Arch{"x86", "x86_64"}, Rustc)
			if err != nil {
				t.Fatal(err)
			}
			if test.want == "" {
				if d != nil {
					t.Errorf("got demand %+v, want none", d)
				}
				return
			}
			if d == nil || d.Version.String() != test.want || d.Where.Line != test.line {
				t.Errorf("got demand %+v, want %s from line %d", d, test.want, test.line)
			}
		})
	}
}

// FuzzScript checks that any script is run or refused in time, and that a demand has a line of the script.
func FuzzScript(f *testing.F) {
	f.Add("case \"$1\" in\nrustc)\n\techo 1.2.3\n\t;;\nesac\n")
	f.Add("while :; do x=$x$x; done\n")
	f.Add("f() { f; }; f\n")
	f.Add("x=${y:-*a}; set -e; [ \"$x\" = a -o b != c ] || echo ${1+c}\n")
	f.Add("echo ?* {a,b} $'\\x' \"$@\" $#; echo $1\n")
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		script, err := parseScript([]byte(text))
		if err != nil {
			return
		}
		d, err := script.ask(Arch{"x86", "x86_64"}, Rustc)
		if err == nil && d != nil && (d.Where.Line < 1 || d.Where.Line > strings.Count(text, "\n")+1) {
			t.Errorf("script %q: demand from line %d, outside the script", text, d.Where.Line)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("script %q took %s", text, took)
		}
	})
}
