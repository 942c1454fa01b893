package manifests

import (
	"slices"
	"strings"
	"testing"
)

func TestKernels(t *testing.T) {
	rows, err := Kernels()
	if err != nil {
		t.Fatal(err)
	}
	first, err := FirstRust()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]bool{}
	for _, row := range rows {
		series[row.Release.Series()] = true
		if _, ok := row.HaveRust["x86"]; !ok {
			t.Errorf("%s: no have-rust for x86", row.Release)
		}
	}
	for _, want := range []string{first.Series(), "6.6", "6.12", "6.16", "6.19", "7.0", "7.3"} {
		if !series[want] {
			t.Errorf("no row for %s", want)
		}
	}
	pinned := func(release string) bool {
		at := slices.IndexFunc(rows, func(r KernelRow) bool { return r.Release.String() == release })
		return at >= 0 && slices.Contains(rows[at].Pinned, "rustc")
	}
	if !pinned("6.10") || pinned("6.11.4") {
		t.Error("expected rustc to be pinned in 6.10, and not in 6.11.4")
	}
}

func TestLeast(t *testing.T) {
	rows, err := Kernels()
	if err != nil {
		t.Fatal(err)
	}
	newest := rows[len(rows)-1]
	tests := []struct{ tool, srcArch, arch, want string }{
		{"rustc", "x86", "x86_64", "1.85.0"},
		{"rustc", "s390", "s390", "1.96.0"},
		{"rustc", "powerpc", "powerpc", "1.95.0"},
		{"llvm", "loongarch", "loongarch", "18.0.0"},
		{"gcc", "parisc", "parisc64", "12.0.0"},
		{"gcc", "parisc", "parisc", "8.1.0"},
		{"cargo", "x86", "x86_64", ""},
	}
	for _, test := range tests {
		got, ok := newest.Minimum(test.tool, test.srcArch, test.arch)
		if got.String() != test.want || ok != (test.want != "") {
			t.Errorf("%s of %s on %s: %s, want %s", test.tool, newest.Release, test.arch, got, test.want)
		}
	}
}

const goodKernel = `first-rust = "6.1"

[[kernel]]
release = "7.2"
basis = "tree 7.2"
tools = { rustc = "1.85.0", bindgen = "0.71.1", llvm = "17.0.1", gcc = "8.1.0", binutils = "2.30.0", pahole = "1.26" }
except = [{ tool = "rustc", srcarch = "s390", least = "1.96.0" }]
have-rust.x86 = [{ if = "X86_64", line = 299 }]
hazards.one = ["x86"]
`

func TestKernelsRefused(t *testing.T) {
	rules, err := parseRules("rules.toml", []byte(goodHazard+strings.Replace(goodHazard, `id = "one"`, "id = \"two\"\nsrcarch = [\"s390\"]", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parseKernels("kernels.toml", []byte(goodKernel), rules); err != nil {
		t.Fatal(err)
	}
	row := strings.TrimPrefix(goodKernel, "first-rust = \"6.1\"\n")
	edit := func(old, replacement string) string {
		if !strings.Contains(goodKernel, old) {
			t.Fatalf("nothing to edit: %q", old)
		}
		return strings.Replace(goodKernel, old, replacement, 1)
	}
	const point = "\n[[point]]\nrelease = \"7.2.5\"\nfixed = [\"one\"]\nlinks = [\"https://example.org/5\"]\n"
	if table, err := parseKernels("kernels.toml", []byte(goodKernel+point), rules); err != nil || len(table.Points) != 1 {
		t.Fatalf("%d points, %v", len(table.Points), err)
	}
	tests := []struct{ name, text, want string }{
		{"point without a link", goodKernel + strings.Replace(point, "https://example.org/5", "", 1), "kernels.toml:12: point 7.2.5: link"},
		{"point without links", goodKernel + strings.Replace(point, `["https://example.org/5"]`, "[]", 1), "release or links is missing"},
		{"point that knows nothing", goodKernel + strings.Replace(point, `fixed = ["one"]`, "", 1), "none of fixed, introduced, present"},
		{"point with an unknown hazard", goodKernel + strings.Replace(point, `["one"]`, `["three"]`, 1), `hazard "three" is not in rules.toml`},
		{"point with a hazard twice", goodKernel + strings.Replace(point, "fixed", "present = [\"one\"]\nfixed", 1), `hazard "one" is listed twice`},
		{"point twice", goodKernel + point + point, "point 7.2.5: follows 7.2.5"},
		{"point with a row", goodKernel + strings.Replace(point, "7.2.5", "7.2", 1), "has a row of its own"},
		{"no first-rust", row, "first-rust is missing"},
		{"unknown key", edit("basis", "source"), "kernels.toml:5:1: unknown key"},
		{"release twice", goodKernel + row, "kernels.toml:12: kernel 7.2: follows 7.2"},
		{"older after newer", goodKernel + strings.Replace(row, "7.2", "7.1", 1), "kernel 7.1: follows 7.2"},
		{"bad version", edit("1.85.0", "new"), "kernels.toml:6"},
		{"tool missing", edit(`pahole = "1.26"`, ""), "tools.pahole is missing"},
		{"unknown tool", edit(`pahole =`, `cargo = "1", pahole =`), `unknown tool "cargo"`},
		{"exception with srcarch and arch", edit(`srcarch = "s390"`, `srcarch = "s390", arch = "s390"`), "one of srcarch and arch"},
		{"no architecture", edit("have-rust.x86 = [{ if = \"X86_64\", line = 299 }]\n", ""), "have-rust is empty"},
		{"unknown hazard", edit("hazards.one", "hazards.three"), "is not in rules.toml"},
		{"hazard of an architecture without Rust", edit(`["x86"]`, `["arm"]`), "has no Rust support in this release"},
		{"hazard of another architecture", edit("hazards.one", "hazards.two"), "hazard two cannot apply to x86"},
		{"hazard of one architecture listed for all", edit(`hazards.one = ["x86"]`, `hazards.two = ["all"]`), "hazard two cannot apply to all"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseKernels("kernels.toml", []byte(test.text), rules)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}
