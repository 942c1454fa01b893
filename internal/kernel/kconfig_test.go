package kernel

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

func TestScanHaveRust(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "config X86\n\tdef_bool y\n\tselect HAVE_RUST\n", "3:"},
		{"condition", "config X86\n\tdef_bool y\n\tselect HAVE_RUST\t\t\tif X86_64 # 64 bits\n", "3:X86_64"},
		{"continued", "config ARM\n\tbool\n\tdefault y\n\tselect HAVE_RUST if CPU_LITTLE_ENDIAN && \\\n\t\t!KASAN\n", "4:CPU_LITTLE_ENDIAN && !KASAN"},
		{"two", "config PPC\n\tdef_bool y\n\tselect HAVE_RUST if PPC32\n\tselect HAVE_RUST if PPC64\n", "3:PPC32 4:PPC64"},
		{"commented out", "config X86\n\tdef_bool y\n#\tselect HAVE_RUST\n", ""},
		{"another symbol", "config X86\n\tdef_bool y\n\tselect HAVE_RUST_EXTRA\n\tselect HAVE_RUSTIC if HAVE_RUST\n", ""},
		{"in help", "config X86\n\tdef_bool y\n\thelp\n\t  If you\n\n\t  select HAVE_RUST if you like\n\tselect HAVE_RUST if X86_64\n", "7:X86_64"},
		{"of an option", "config MACH_A\n\tbool \"A\"\n\tselect HAVE_RUST if X || Y\n", "3:MACH_A && (X || Y)"},
		{"of an option that depends", "config A\n\tdef_bool y\n\tdepends on B\n\tselect HAVE_RUST\n", "4:B"},
		{"default after select", "config A\n\tbool\n\tselect HAVE_RUST\n\tdefault y\n", "3:"},
		{"default by condition", "config A\n\tbool\n\tdefault y if B\n\tselect HAVE_RUST\n", "4:A"},
		{"in a block", "if 64BIT\nconfig A\n\tdef_bool y\n\tselect HAVE_RUST\nendif\nconfig B\n\tdef_bool y\n\tselect HAVE_RUST\n", "4:64BIT 8:"},
		{"hash in quotes", "config A\n\tdef_bool y\n\tselect HAVE_RUST if X = \"#1\"\n", `3:X = "#1"`},
		{"depends if", "config A\n\tdef_bool y\n\tdepends on B if C\n\tselect HAVE_RUST if D\n", "4:(B || C = n) && D"},
		{"implied", "config A\n\tdef_bool y\n\timply HAVE_RUST\n", ""},
		{"unclosed", "endif\nendif\nconfig A\n\tdef_bool y\n\tselect HAVE_RUST if A && \\", "5:A &&"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			file, _ := syntax.ParseFile("Kconfig", []byte(test.text))
			for _, h := range selectsOfHaveRust(file) {
				got = append(got, fmt.Sprintf("%d:%s", h.Where.Line, h.Condition))
			}
			if strings.Join(got, " ") != test.want {
				t.Errorf("got %q, want %q", strings.Join(got, " "), test.want)
			}
		})
	}
}

func TestSupports(t *testing.T) {
	one := func(condition string) []HaveRust {
		return []HaveRust{{Condition: condition, Where: Where{"arch/a/Kconfig", 1}}}
	}
	powerpc := []HaveRust{{Condition: "PPC32"}, {Condition: "PPC64 && CPU_LITTLE_ENDIAN"}}
	tests := []struct {
		name    string
		selects []HaveRust
		symbols string // "A !B": A holds, B does not
		ok      bool
		unmet   string
		by      int // index of the select
	}{
		{"unconditional", one(""), "", true, "", 0},
		{"known and true", one("X86_64"), "X86_64", true, "", 0},
		{"known and false", one("X86_64"), "!X86_64", false, "X86_64", 0},
		{"unknown can be set", one("!EXPOLINE"), "", true, "", 0},
		{"riscv with gcc", one("RUSTC_SUPPORTS_RISCV && CC_IS_CLANG"), "64BIT !CC_IS_CLANG", false, "CC_IS_CLANG", 0},
		{"riscv with clang", one("RUSTC_SUPPORTS_RISCV && CC_IS_CLANG"), "64BIT CC_IS_CLANG", true, "", 0},
		{"arm before v7", one("CPU_LITTLE_ENDIAN && CPU_32v7 && !KASAN"), "CPU_LITTLE_ENDIAN !CPU_32v7", false, "CPU_32v7", 0},
		{"big-endian arm before v7", one("CPU_LITTLE_ENDIAN && CPU_32v7 && !KASAN"), "!CPU_LITTLE_ENDIAN !CPU_32v7", false, "CPU_LITTLE_ENDIAN && CPU_32v7", 0},
		{"negation", one("!KASAN"), "KASAN", false, "!KASAN", 0},
		{"ppc32", powerpc, "PPC32 !PPC64 !CPU_LITTLE_ENDIAN", true, "", 0},
		{"ppc64le", powerpc, "!PPC32 PPC64 CPU_LITTLE_ENDIAN", true, "", 1},
		{"ppc64be", powerpc, "!PPC32 PPC64 !CPU_LITTLE_ENDIAN", false, "PPC32 || CPU_LITTLE_ENDIAN", 0},
		{"none", nil, "", false, "", -1},
		{"or", one("A || B && C"), "!A B !C", false, "A || (B && C)", 0},
		{"parentheses", one("(A || B) && C"), "!A !B C", false, "A || B", 0},
		{"not of parentheses", one("!(A || B)"), "A", false, "!(A || B)", 0},
		{"equality", one("A = y && B != n"), "A !B", false, "B != n", 0},
		{"comparison is unknown", one("RUSTC_VERSION >= 108500"), "", true, "", 0},
		{"macro is unknown", one("$(rustc-option,-Zx) && A"), "A", true, "", 0},
		{"macro and false", one("$(rustc-option,-Zx) && A"), "!A", false, "A", 0},
		{"cannot be read", one("A && && B ("), "!A", true, "", 0},
		{"constant", one("n"), "", false, "n", 0},
		{"true before unknown", []HaveRust{{Condition: "U"}, {Condition: "A"}}, "A", true, "", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			symbols := map[string]bool{}
			for _, field := range strings.Fields(test.symbols) {
				name, negated := strings.CutPrefix(field, "!")
				symbols[name] = !negated
			}
			ok, by, unmet := Requirements{HaveRust: test.selects}.Supports(symbols)
			want := HaveRust{}
			if test.by >= 0 {
				want = test.selects[test.by]
			}
			if ok != test.ok || unmet != test.unmet || by != want {
				t.Errorf("got %v, by %v, unmet %q; want %v, by %v, unmet %q", ok, by, unmet, test.ok, want, test.unmet)
			}
		})
	}
}

// FuzzKconfig checks that any text is parsed, that lines are within it, and that any condition is evaluated.
func FuzzKconfig(f *testing.F) {
	f.Add("config X86\n\tdef_bool y\n\tselect HAVE_RUST if X86_64 && \\\n !(A = \"y\" || $(b,c))\n\thelp\n\t  text\n")
	f.Add("if (((\nconfig\nselect HAVE_RUST if ))\\\nendif")
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		file, _ := syntax.ParseFile("Kconfig", []byte(text))
		r := Requirements{HaveRust: selectsOfHaveRust(file)}
		for _, h := range r.HaveRust {
			if h.Where.Line < 1 || h.Where.Line > len(lines) {
				t.Errorf("%q: select at line %d, outside the text", text, h.Where.Line)
			}
		}
		if ok, _, unmet := r.Supports(map[string]bool{"A": false}); ok && unmet != "" {
			t.Errorf("%q: supported, but %q is unmet", text, unmet)
		}
	})
}
