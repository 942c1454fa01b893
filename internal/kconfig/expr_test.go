package kconfig_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig"
)

var values = kconfig.Config{
	"Y": "y", "M": "m", "N": "n", "RUSTC_VERSION": "109801", "TEXT": "riscv", "HEX": "0x10", "EMPTY": "", "64BIT": "y", "NUMBER": "y",
}

func TestEval(t *testing.T) {
	yes, mod, no := kconfig.Value{Min: 2, Max: 2}, kconfig.Value{Min: 1, Max: 1}, kconfig.Value{}
	open := kconfig.Value{Min: 0, Max: 2}
	cases := []struct {
		text string
		want kconfig.Value
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
		{"RUSTC_VERSION >= 99999", yes}, // by number: as text it would be smaller
		{"ABSENT >= 108200", no},
		{"ABSENT < 108200", yes},
		{"ABSENT = n", yes},
		{"ABSENT != y", yes},
		{"ABSENT = RUSTC_VERSION", no},
		{"HEX = 16", yes},
		{"HEX >= 020", yes},
		{"020 = 16", yes},
		{`TEXT = "riscv"`, yes},
		{`"arm" != TEXT`, yes},
		{`"riscv" != TEXT`, no},
		{`TEXT = 'riscv'`, yes},
		{`EMPTY = ""`, yes},
		{`ABSENT = ""`, yes},
		{`ABSENT = "n"`, yes},
		{`"a\"b" = 'a"b'`, yes},
		{"$(success,true)", open},
		{"!$(x)", open},
		{"$(x) && N", no},
		{"$(x) || Y", yes},
		{"$(x) || M", kconfig.Value{Min: 1, Max: 2}},
		{`"$(ARCH)" = "arm64"`, open},
		{"TEXT = $(x)", open},
		{"$(success,test \"$(cc-name)\" = Clang) && Y", open},
		{"A$(B)C", open},
	}
	for _, c := range cases {
		e, err := kconfig.ParseExpr(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if got := e.Eval(values.Lookup); got != c.want {
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
		strings.Repeat("(", 1e5): {200, "nested too deeply"},
		strings.Repeat("!", 1e5): {200, "nested too deeply"},
	}
	for text, want := range cases {
		_, err := kconfig.ParseExpr(text)
		syntax, ok := errors.AsType[*kconfig.SyntaxError](err)
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
		e, err := kconfig.ParseExpr(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := e.String(); got != want {
			t.Errorf("%s: printed %s, expected %s", text, got, want)
		}
	}
}

// What is printed must be read as the same expression, and have the same value.
func FuzzParseExpr(f *testing.F) {
	for _, seed := range []string{
		"!DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO)", "A && (B && (C || D)) || !E = y", `"$(ARCH)" = 'x\'y'`,
		"RUSTC_VERSION >= 108200", "$(success,$(a) b)c", "!!!(A)", `A = "\$\\"`, "$", "-1 < 0x10",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := kconfig.ParseExpr(text)
		if err != nil {
			return
		}
		printed := e.String()
		again, err := kconfig.ParseExpr(printed)
		if err != nil {
			t.Fatalf("%q was printed as %q, which cannot be read: %v", text, printed, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q was printed as %q, which reads otherwise:\n%s", text, printed, diff)
		}
		v := e.Eval(values.Lookup)
		if v.Min > v.Max || v.Min < kconfig.No || v.Max > kconfig.Yes {
			t.Fatalf("%q has the value %v", text, v)
		}
		if v != again.Eval(values.Lookup) {
			t.Fatalf("%q and %q differ in value", text, printed)
		}
	})
}
