package debian

import (
	"strings"
	"testing"
)

func TestParseClauses(t *testing.T) {
	cases := map[string]string{
		"":                            "",
		"libc6":                       "libc6",
		"libc6 (>= 2.38), gcc":        "libc6 (>= 2.38), gcc",
		"libc6(>=2.38)":               "libc6 (>= 2.38)",
		"a | b (<< 1) |c:any,d,":      "a | b (<< 1) | c:any, d",
		"a (> 1), b (< 2)":            "a (>= 1), b (<= 2)",
		"libllvm19 (= 1:19.1.7-3+b1)": "libllvm19 (= 1:19.1.7-3+b1)",
		"a,\n b\n | c":                "a, b | c",
		"python3:any (>= 3.9~)":       "python3:any (>= 3.9~)",
	}
	for text, want := range cases {
		got, err := parseClauses(text)
		var parts []string
		for _, c := range got {
			parts = append(parts, c.String())
		}
		if joined := strings.Join(parts, ", "); err != nil || joined != want {
			t.Errorf("%q: got %q, %v; expected %q", text, joined, err, want)
		}
	}
	for _, bad := range []string{"a (", "a (1)", "a (== 1)", "a (>= )", "a (>= 1) b", "a || b", "(>= 1)", "a b", "a (>= 1 2)", "../x"} {
		if got, err := parseClauses(bad); err == nil {
			t.Errorf("%q: got %v, expected an error", bad, got)
		}
	}
}

func TestRelationAdmits(t *testing.T) {
	for _, c := range []struct {
		relation, version string
		want              bool
	}{
		{"a", "0", true},
		{"a (<< 2)", "2~", true},
		{"a (<< 2)", "2", false},
		{"a (<= 2)", "2", true},
		{"a (<= 2)", "2+b1", false},
		{"a (= 1:2)", "2", false},
		{"a (= 1:2)", "1:2", true},
		{"a (>= 2.38)", "2.41-12", true},
		{"a (>= 2.38)", "2.36-9", false},
		{"a (>> 2)", "2", false},
		{"a (>> 2)", "2.1", true},
	} {
		clauses, err := parseClauses(c.relation)
		if err != nil {
			t.Fatal(err)
		}
		if got := clauses[0][0].admits(c.version); got != c.want {
			t.Errorf("%s admits %s: got %v, expected %v", c.relation, c.version, got, c.want)
		}
	}
}

func TestTemplate(t *testing.T) {
	cases := []struct {
		template, name string
		want           string // values of the placeholders, in any order; "-": it does not match
	}{
		{"rustc", "rustc", ""},
		{"rustc", "rustc-web", "-"},
		{"clang-{major}", "clang-19", "major=19"},
		{"clang-{major}", "clang-format-19", "-"},
		{"clang-{major}", "clang-19-doc", "-"},
		{"libclang1-{major}{t64}", "libclang1-17t64", "major=17"},
		{"libclang1-{major}{t64}", "libclang1-19", "major=19"},
		{"gcc-{major}-{triple}", "gcc-14-aarch64-linux-gnu", "major=14 triple=aarch64-linux-gnu"},
		{"gcc-{major}-{triple}", "gcc-14-arm-linux-gnueabihf", "major=14 triple=arm-linux-gnueabihf"},
		{"gcc-{major}-{triple}", "gcc-14-aarch64-linux-gnu-base", "-"},
		{"gcc-{major}-{triple}", "gcc-aarch64-linux-gnu", "-"},
		{"linux-source-{series}", "linux-source-6.12", "series=6.12"},
		{"linux-source-{series}", "linux-source", "-"},
	}
	for _, c := range cases {
		parsed, err := parseTemplate(c.template)
		if err != nil {
			t.Fatal(err)
		}
		values, ok := parsed.match(c.name)
		if !ok {
			if c.want != "-" {
				t.Errorf("%s does not match %s", c.template, c.name)
			}
			continue
		}
		if fill(c.template, values) != c.name {
			t.Errorf("%s filled with %v is %s, expected %s", c.template, values, fill(c.template, values), c.name)
		}
		for _, pair := range strings.Fields(c.want) {
			key, value, _ := strings.Cut(pair, "=")
			if values[key] != value {
				t.Errorf("%s on %s: %v, expected %s", c.template, c.name, values, c.want)
			}
		}
		if c.want == "-" {
			t.Errorf("%s matches %s", c.template, c.name)
		}
	}
	if _, err := parseTemplate("x-{nothing}"); err == nil {
		t.Error("parseTemplate accepted an unknown placeholder")
	}
}
