package syntax_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// sources returns Options that read sourced files from a map by name.
func sources(files map[string]string) syntax.Options {
	return syntax.Options{
		Variables: map[string]string{"SRCARCH": "arm64", "ARCH": "arm64", "HOSTILE": `"`},
		Source: func(name string) ([]byte, error) {
			text, ok := files[name]
			if !ok {
				return nil, fmt.Errorf("%s: no such file", name)
			}
			return []byte(text), nil
		},
	}
}

// TestParseFollowsSource checks that the entries of a sourced file are inside the blocks around the `source`.
func TestParseFollowsSource(t *testing.T) {
	files := map[string]string{
		"arch/arm64/Kconfig": "config A\n\tbool \"A\" if \"$(ARCH)\" = \"arm64\"\n\tdepends on $(unknown) && \"$(HOSTILE)\"\n",
		"sub":                "choice\n\tprompt \"Of\" if EXPERT\n\tdepends on D\n\tdefault M1\nconfig M1\n\tbool \"1\"\nendchoice\nconfig OLD\n\tbool\n\ttransitional\n",
	}
	file, err := syntax.Parse("Kconfig", []byte("source \"arch/$(SRCARCH)/Kconfig\"\nif COND\nsource \"sub\"\nendif\nconfig LAST\n\tbool\n"), sources(files))
	if err != nil {
		t.Fatal(err)
	}
	if file.Files != 3 || len(file.Entries) != 4 {
		t.Fatalf("%d files with %d entries, expected 3 and 4", file.Files, len(file.Entries))
	}
	a, member, old, last := file.Entries[0], file.Entries[1], file.Entries[2], file.Entries[3]
	if got := a.Prompt.If; got != nil || a.Prompt.Expr.String() != `"arm64" = "arm64"` || a.Where.String() != "arch/arm64/Kconfig:1" {
		t.Errorf("A at %s with prompt if %v", a.Where, a.Prompt.Expr)
	}
	if got := a.Depends[0].Expr.String(); got != `$(unknown) && "\""` {
		t.Errorf("A depends on %s", got)
	}
	if got := clauses(member.Depends); got != "2 COND; 3 D" || member.Depends[0].Where.File != "Kconfig" || member.Depends[1].Where.File != "sub" {
		t.Errorf("M1 depends on %s", got)
	}
	if c := member.Choice; c == nil || c.Prompt.Expr.String() != "EXPERT" || clauses(c.Defaults) != "4 M1" || clauses(c.Depends) != "2 COND; 3 D" {
		t.Errorf("M1 is of %+v", c)
	}
	if !old.Transitional || old.Choice != nil || len(last.Depends) > 0 {
		t.Errorf("OLD %+v, LAST %+v", old, last)
	}
}

func TestParseRefusesSources(t *testing.T) {
	for text, want := range map[string]string{
		"\nsource \"gone\"\n":                     "Kconfig:2: gone: no such file",
		"source \"loop\"\n":                       "loop:1: source \"loop\": files are nested more than 64 deep",
		"source \"$(shell,rm)\"\n":                "without macros other than known variables",
		"source\n":                                "expected a quoted file name",
		"source \"unended\"\nconfig B\n\tbool\n":  "unended: if without a matching endif",
		"if A\nsource \"closing\"\nendif\n":       "Kconfig:3: endif without a matching if",
		"source \"unended\" \"unended\"\nendif\n": "expected a quoted file name",
	} {
		files := map[string]string{"loop": `source "loop"`, "unended": "if A\nconfig X\n\tbool\n", "closing": "endif\n"}
		_, err := syntax.Parse("Kconfig", []byte(text), sources(files))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, expected %q", text, err, want)
		}
	}
}

// TestParseGoesOn checks that expressions that do not parse are unknown, and that everything else is parsed.
func TestParseGoesOn(t *testing.T) {
	file, err := syntax.ParseFile("f", []byte("config A\n\tbool \"A\" if ((\n\tdepends on B &&\n\tdepends on C\n\tselect D if E F\n\tdefault ) if G\nif !\nconfig Z\n\tbool\nendif\n"))
	if _, ok := errors.AsType[*syntax.SyntaxError](err); !ok {
		t.Errorf("got %v, expected a *SyntaxError", err)
	}
	if len(file.Entries) != 2 {
		t.Fatalf("%d entries, expected 2", len(file.Entries))
	}
	a, z := file.Entries[0], file.Entries[1]
	if got := clauses(a.Depends); got != "3 B &&; 4 C" || a.Depends[0].Expr.Eval(values) != syntax.Unknown {
		t.Errorf("A depends on %s", got)
	}
	if a.Selects[0].String() != "select D if E F" || a.Selects[0].If.Eval(values) != syntax.Unknown || a.Prompt.Expr.Eval(values) != syntax.Unknown {
		t.Errorf("A selects %s, prompt %s", a.Selects[0], a.Prompt)
	}
	if z.Depends[0].Expr.Eval(values) != syntax.Unknown {
		t.Errorf("Z depends on %s", z.Depends[0])
	}
}
