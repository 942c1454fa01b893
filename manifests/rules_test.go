package manifests

import (
	"fmt"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/version"
)

func TestRules(t *testing.T) {
	rules, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	if len(rules.Hazards) == 0 || len(rules.Pairs) == 0 || len(rules.RustcLLVM) == 0 {
		t.Errorf("%d hazards, %d pairs, %d rows of rustc-llvm", len(rules.Hazards), len(rules.Pairs), len(rules.RustcLLVM))
	}
}

func TestPairs(t *testing.T) {
	rules, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		bindgen, libclang, want string
		sure                    bool
	}{
		{"0.56.0", "15.0.7", "", false}, // the versions that 6.1 was developed with
		{"0.56.0", "16.0.0", "bindgen-0-62-libclang-16", true},
		{"0.62.0", "16.0.6", "", false},
		{"0.66.1", "11.0.0", "bindgen-0-66", false},
		{"0.66.2", "11.0.0", "", false},
		{"0.69.4", "19.1.0", "bindgen-0-69-libclang-19", false},
		{"0.69.5", "19.1.7", "", false},
		{"0.71.1", "22.1.8", "bindgen-0-72-libclang-22", true},
		{"0.72.0", "21.1.8", "", false},
		{"0.72.1", "22.1.8", "", false},
	}
	for _, test := range tests {
		got, sure := "", false
		for _, p := range rules.Pairs {
			if p.Bindgen.Contains(version.MustParse(test.bindgen)) && p.Libclang.Contains(version.MustParse(test.libclang)) {
				got, sure = p.ID, p.Sure
				break
			}
		}
		if got != test.want || sure != test.sure {
			t.Errorf("bindgen %s with libclang %s: %q sure %v, want %q sure %v", test.bindgen, test.libclang, got, sure, test.want, test.sure)
		}
	}
}

func TestBundledLLVM(t *testing.T) {
	rules, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	for rustc, want := range map[string]int{"1.62.0": 14, "1.78.0": 18, "1.81.0": 18, "1.85.1": 19, "1.94.1": 21, "1.95.0": 22, "1.98.1": 22, "1.99.0": 23, "1.100.0": 0, "1.59.0": 0} {
		if got, ok := rules.BundledLLVM(version.MustParse(rustc)); got != want || ok != (want != 0) {
			t.Errorf("rustc %s has LLVM %d, %v; want %d", rustc, got, ok, want)
		}
	}
}

// TestRustcLLVMOnce checks that every rustc is in exactly one row.
func TestRustcLLVMOnce(t *testing.T) {
	rules, err := LoadRules()
	if err != nil {
		t.Fatal(err)
	}
	for minor := 60; minor < 100; minor++ {
		v := version.MustParse(fmt.Sprintf("1.%d.0", minor))
		rows := 0
		for _, row := range rules.RustcLLVM {
			if row.Rustc.Contains(v) {
				rows++
			}
		}
		if rows > 1 || rows == 0 && minor < 99 {
			t.Errorf("rustc %s is in %d rows", v, rows)
		}
	}
}

const goodHazard = `[[hazard]]
id = "one"
tool = "rustc"
fails = ">= 1.90.0"
what = "it fails"
links = ["https://example.org/1"]
detect = [{ files = ["Makefile"], has = "x" }]
`

func TestRulesRefused(t *testing.T) {
	edit := func(old, replacement string) string {
		if !strings.Contains(goodHazard, old) {
			t.Fatalf("nothing to edit: %q", old)
		}
		return strings.Replace(goodHazard, old, replacement, 1)
	}
	if _, err := parseRules("rules.toml", []byte(goodHazard)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, text, want string }{
		{"unknown key", edit("what", "why"), "rules.toml:5:1: unknown key"},
		{"id twice", goodHazard + goodHazard, "rules.toml:9: one: hazard has the id of another rule"},
		{"bad id", edit(`"one"`, `"One two"`), "rules.toml:2:"},
		{"no links", edit(`["https://example.org/1"]`, "[]"), "rules.toml:2: one: links is empty"},
		{"an http link", edit("https://", "http://"), "expected an https URL"},
		{"no range", edit(">= 1.90.0", ""), "expected a version range"},
		{"bad range", edit(">= 1.90.0", ">> 1"), "fails: version range"},
		{"unknown tool", edit(`"rustc"`, `"cargo"`), "expected one of"},
		{"kind of a hazard that fails", edit("what", "kind = \"lints\"\nwhat"), "expected a hazard of rustc that only warns"},
		{"no test", edit(`[{ files = ["Makefile"], has = "x" }]`, "[]"), "detect is missing"},
		{"two tests in one", edit(`has = "x"`, `has = "x", lacks = "y"`), "2 of exists, has and lacks"},
		{"no files", edit(`files = ["Makefile"]`, `files = []`), "names no files"},
		{"file out of the tree", edit(`"Makefile"`, `"../Makefile"`), "relative to the tree"},
		{"pair with a bad range", "[[pair]]\nid = \"p\"\nbindgen = \"<< 2\"\n", "rules.toml:3:"},
		{"pair without a range", "[[pair]]\nid = \"p\"\nwhat = \"w\"\nlinks = [\"https://example.org/1\"]\n", "rules.toml:2: p: bindgen is empty"},
		{"llvm without a version", "[[rustc-llvm]]\nrustc = \">= 1.60.0\"\n", "expected a range and a major version"},
		{"invalid TOML", "[[hazard]\n", "rules.toml:1"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseRules("rules.toml", []byte(test.text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func FuzzRules(f *testing.F) {
	f.Add([]byte(goodHazard))
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := parseRules("rules.toml", data)
		if err != nil {
			return
		}
		for _, h := range rules.Hazards {
			if h.ID == "" || h.What == "" || len(h.Links) == 0 || len(h.Detect) == 0 {
				t.Errorf("%q: accepted the hazard %+v", data, h)
			}
		}
	})
}
