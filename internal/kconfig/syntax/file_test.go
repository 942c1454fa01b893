package syntax_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

const menuText = `# A file with all that has a bearing on values.
mainmenu "Linux/$(ARCH) Configuration"
source "scripts/Kconfig.include"
$(error-if,$(failure,command -v $(LD)),linker isn't there # really)
words := $(shell,echo "a#b")

menu "Outer"
	depends on OUTER
	visible if SHOWN

config FIRST
	bool "First" if EXPERT # a comment
	depends on A && \
		B
	depends on C if D
	default y if E
	default "#" if F
	select PICKED if G || H
	imply HINTED
	range 1 2
	help
	  depends on NOTHING: this is a help text.

	    config NOT_A_SYMBOL
	  endmenu

if COND

menuconfig SECOND
	tristate
	prompt "Second"
	---help---
	 shallow help
	 if UNREAL
	def_bool $(success,test "$(x)" = y)

choice
	prompt "One of"
	depends on CHOSEN
	default THIRD

config THIRD
	def_tristate m

endchoice
endif # COND
endmenu
comment "after"
	depends on DROPPED
config LAST
	int "Last"
`

func TestParseFile(t *testing.T) {
	file, err := syntax.ParseFile("dir/Kconfig", []byte(menuText))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		line                                int
		kind                                string
		prompt                              bool
		depends, visible, selects, defaults string
	}{
		"FIRST":  {11, "bool", true, "8 OUTER; 13 A && B; 15 C if D", "9 SHOWN", "18 PICKED if G || H; 19 HINTED", `16 y if E; 17 "#" if F`},
		"SECOND": {29, "tristate", true, "8 OUTER; 27 COND", "9 SHOWN", "", ""},
		"THIRD":  {42, "tristate", false, "8 OUTER; 27 COND; 39 CHOSEN", "9 SHOWN", "", "43 m"},
		"LAST":   {50, "int", true, "", "", "", ""},
	}
	// "SECOND" ends with a def_bool, whose text a help of one column must not swallow.
	second := want["SECOND"]
	second.defaults = `35 $(success,test "$(x)" = y)` // the type is the first
	want["SECOND"] = second
	if len(file.Entries) != len(want) {
		t.Errorf("%d entries, expected %d", len(file.Entries), len(want))
	}
	for _, e := range file.Entries {
		w := want[e.Symbol]
		if e.Where.Line != w.line || e.Where.File != "dir/Kconfig" || e.Type != w.kind || (e.Prompt != nil) != w.prompt {
			t.Errorf("%s: line %d, type %q, prompt %v; expected %d, %q, %v", e.Symbol, e.Where.Line, e.Type, e.Prompt, w.line, w.kind, w.prompt)
		}
		var selects []string
		for _, s := range e.Selects {
			selects = append(selects, clauseText(syntax.Clause{Where: s.Where, Expr: syntax.Operand{Text: s.Symbol}, If: s.If}))
		}
		for what, pair := range map[string][2]string{
			"depends": {clauses(e.Depends), w.depends}, "visible": {clauses(e.Visible), w.visible},
			"selects": {strings.Join(selects, "; "), w.selects}, "defaults": {clauses(e.Defaults), w.defaults},
		} {
			if pair[0] != pair[1] {
				t.Errorf("%s: %s: %q, expected %q", e.Symbol, what, pair[0], pair[1])
			}
		}
	}
}

func clauses(all []syntax.Clause) string {
	texts := make([]string, len(all))
	for i, c := range all {
		texts[i] = clauseText(c)
	}
	return strings.Join(texts, "; ")
}

func clauseText(c syntax.Clause) string {
	text := fmt.Sprint(c.Where.Line) + " " + c.Expr.String()
	if c.If != nil {
		text += " if " + c.If.String()
	}
	return text
}

func TestParseFileRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"config A\n\tbool\n\tdepends on B &&\n": "f:3: expression",
		"if A\nconfig B\n":                      "f: if without a matching endif",
		"menu \"x\"\nendif\n":                   "f:2: endif without a matching if",
		"endmenu\n":                             "f:1: endmenu without a matching menu",
		"config A\n\tselect B C\n":              "f:2: expression",
		"config A\n\tselect !B\n":               "expected a symbol",
		"if\n":                                  "f:1: expression",
	} {
		file, err := syntax.ParseFile("f", []byte(text))
		if file == nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, expected %q", text, err, want)
		}
	}
}

// FuzzParseFile checks that for any text the reader returns an error or entries whose lines are within the text.
func FuzzParseFile(f *testing.F) {
	f.Add(menuText)
	f.Add("config A\n\thelp\n\t x\n")
	f.Add("if A\\\n&& B\nconfig C\nendif")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := syntax.ParseFile("f", []byte(text))
		if err != nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, e := range file.Entries {
			if e.Where.Line < 1 || e.Where.Line > lines {
				t.Fatalf("entry %q at line %d of %d", e.Symbol, e.Where.Line, lines)
			}
		}
	})
}

// TestDependsIf checks that a dependency with a condition holds where the condition is n, by the rules of
// expr_trans_compare: with !M, which is m, `if !M` counts as M != n.
func TestDependsIf(t *testing.T) {
	for condition, want := range map[string]syntax.Tristate{
		"Y": syntax.No, "N": syntax.Yes, "M": syntax.No, "!M": syntax.Yes, "!N": syntax.No, "!(Y && M)": syntax.Yes,
		"Y = M": syntax.Yes, "!(Y = M)": syntax.No, "M || N": syntax.No, "M && N": syntax.Yes, "!!N": syntax.Yes,
	} {
		file, err := syntax.ParseFile("f", []byte("config A\n\tdepends on N if "+condition+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := file.Entries[0].Depends[0].Holds().Eval(values); got != syntax.Exactly(want) {
			t.Errorf("if %s: %v, expected %v", condition, got, want)
		}
	}
}
