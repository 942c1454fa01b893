package syntax_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// values returns the values of the symbols in the tests: OPEN is m or y, and UNKNOWN is unknown.
func values(symbol string) syntax.Setting {
	switch symbol {
	case "OPEN":
		return syntax.Settled(syntax.Value{Min: syntax.Mod, Max: syntax.Yes})
	case "UNKNOWN":
		return syntax.Settled(syntax.Unknown)
	}
	text, ok := map[string]string{
		"Y": "y", "M": "m", "N": "n", "RUSTC_VERSION": "109801", "TEXT": "riscv", "HEX": "0x10", "EMPTY": "", "64BIT": "y", "STRING": "y",
	}[symbol]
	if !ok {
		return syntax.Setting{}
	}
	kind := map[string]string{"RUSTC_VERSION": "int", "TEXT": "string", "HEX": "hex", "EMPTY": "string", "STRING": "string"}[symbol]
	if kind == "" {
		kind = "tristate"
	}
	return syntax.Setting{State: syntax.Set, Kind: kind, Text: text}
}

func TestEval(t *testing.T) {
	yes, mod, no := syntax.Value{Min: 2, Max: 2}, syntax.Value{Min: 1, Max: 1}, syntax.Value{}
	open := syntax.Value{Min: 0, Max: 2}
	cases := []struct {
		text string
		want syntax.Value
	}{
		{"Y", yes},
		{"M", mod},
		{"N", no},
		{"ABSENT", no},
		{"64BIT", yes},
		{"y", yes},
		{"m", mod},
		{"n", no},
		{`"y"`, yes},
		{"TEXT", no},
		{"108", no},
		{"Y && M", mod},
		{"M && N", no},
		{"M || N", mod},
		{"!M", mod},
		{"!Y", no},
		{"!!Y", yes},
		{"N && N || Y", yes},
		{"N && (N || Y)", no},
		{"!N && !N", yes},
		{"!(Y && N)", yes},
		{"M = m", yes},
		{"M = y", no},
		{"M != n", yes},
		{"!M = y", yes},
		{"Y > M", yes},
		{"N < m", yes},
		{"RUSTC_VERSION >= 108200", yes},
		{"RUSTC_VERSION < 108200", no},
		{"RUSTC_VERSION = 109801", yes},
		{"RUSTC_VERSION >= 99999", yes}, // compared as numbers: as text it would be smaller
		{"STRING", no},                  // a string is never on
		{"STRING = y", yes},
		{"ABSENT >= 108200", yes}, // an undefined symbol is its name
		{"ABSENT < 108200", no},
		{"ABSENT = n", no},
		{"ABSENT != n", yes},
		{"ABSENT != y", yes},
		{`ABSENT = "ABSENT"`, yes},
		{"ABSENT = RUSTC_VERSION", no},
		{"HEX = 16", yes},
		{"HEX >= 020", yes},
		{"020 = 16", yes},
		{`TEXT = "riscv"`, yes},
		{`"arm" != TEXT`, yes},
		{`"riscv" != TEXT`, no},
		{`TEXT = 'riscv'`, yes},
		{`EMPTY = ""`, yes},
		{`ABSENT = ""`, no},
		{`ABSENT = "n"`, no},
		{`RUSTC_VERSION > TEXT`, no},
		{`TEXT > EMPTY`, yes},
		{"HEX = 10", no},
		{"HEX >= 0xffffffffffffffff", no},
		{"RUSTC_VERSION > -1", yes},
		{`"a\"b" = 'a"b'`, yes},
		{"$(success,true)", open},
		{"!$(x)", open},
		{"$(x) && N", no},
		{"$(x) || Y", yes},
		{"$(x) || M", syntax.Value{Min: 1, Max: 2}},
		{`"$(ARCH)" = "arm64"`, open},
		{"TEXT = $(x)", open},
		{"$(success,test \"$(cc-name)\" = Clang) && Y", open},
		{"A$(B)C", open},
		{"OPEN", syntax.Value{Min: 1, Max: 2}},
		{"!OPEN", syntax.Value{Min: 0, Max: 1}},
		{"OPEN && UNKNOWN", open},
		{"OPEN = y", open},
		{"UNKNOWN >= 5", open},
	}
	for _, c := range cases {
		e, err := syntax.ParseExpr(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := e.Eval(values); got != c.want {
			t.Errorf("%s: %v, expected %v", c.text, got, c.want)
		}
	}
}

func TestParseExprRefuses(t *testing.T) {
	cases := map[string]struct {
		offset int
		what   string
	}{
		"":                       {0, "expected a symbol"},
		"A &&":                   {4, "expected a symbol"},
		"A & B":                  {2, "unexpected character"},
		"A B":                    {2, "unexpected B"},
		"(A":                     {2, "expected )"},
		"A)":                     {1, "unexpected )"},
		"A = ":                   {4, "expected a symbol"},
		"(A) = B":                {4, "unexpected ="},
		"A = B = C":              {6, "unexpected ="},
		"A = !B":                 {4, "expected a symbol"},
		`"open`:                  {0, "closing quote"},
		"$(open":                 {0, "expected ) for $("},
		strings.Repeat("(", 1e3): {200, "nested too deeply"},
		strings.Repeat("!", 1e3): {200, "nested too deeply"},
		strings.Repeat("A", 1e5): {0, "longer than 65536 bytes"},
	}
	for text, want := range cases {
		_, err := syntax.ParseExpr(text)
		syntax, ok := errors.AsType[*syntax.SyntaxError](err)
		if !ok || syntax.Offset != want.offset || !strings.Contains(syntax.What, want.what) {
			t.Errorf("%.20q: got %v, expected %q at %d", text, err, want.what, want.offset)
		}
	}
}

func TestExprString(t *testing.T) {
	for text, want := range map[string]string{
		"A&&B||!C":             "(A && B) || !C",
		"!(A||B)&&(C)":         "!(A || B) && C",
		"A && (B && C)":        "A && (B && C)",
		"!A = B":               "!(A = B)",
		`A='say "x" \\ \$(y)'`: `A = "say \"x\" \\ \$(y)"`,
		"$(success, a || b)":   "$(success, a || b)",
	} {
		e, err := syntax.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := e.String(); got != want {
			t.Errorf("%s: printed %s, expected %s", text, got, want)
		}
	}
}

// FuzzParseExpr checks that the text of an expression parses to an equal expression with the same value.
func FuzzParseExpr(f *testing.F) {
	for _, seed := range []string{
		"!DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO)", "A && (B && (C || D)) || !E = y", `"$(ARCH)" = 'x\'y'`,
		"RUSTC_VERSION >= 108200", "$(success,$(a) b)c", "!!!(A)", `A = "\$\\"`, "$", "-1 < 0x10",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := syntax.ParseExpr(text)
		if err != nil {
			return
		}
		printed := e.String()
		again, err := syntax.ParseExpr(printed)
		if err != nil {
			t.Fatalf("%q is printed as %q, which does not parse: %v", text, printed, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q is printed as %q, which parses to another expression:\n%s", text, printed, diff)
		}
		v := e.Eval(values)
		if v.Min > v.Max || v.Min < syntax.No || v.Max > syntax.Yes {
			t.Fatalf("%q has the value %v", text, v)
		}
		if v != again.Eval(values) {
			t.Fatalf("%q and %q differ in value", text, printed)
		}
	})
}
