package report_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/report"
)

func sample() report.Page {
	backends := func(llvm, gcc, gccrs string) []report.Backend {
		return []report.Backend{
			{Name: "llvm", Status: llvm, Triples: []string{"some-triple (tier 2)"}, Evidence: []report.Evidence{{URL: "https://example.org/evidence"}, {Text: "Linux 7.3: a/file:3"}}},
			{Name: "gcc", Status: gcc, Blockers: []string{"no <b>libgccjit</b> for it"}},
			{Name: "gccrs", Status: gccrs, Probed: "failed", Disagree: true, Probes: []string{"failed at generics"}},
		}
	}
	return report.Page{
		Version: "test", Kernel: "7.3", Source: "a tree",
		Targets: []report.Target{
			{Name: "arm64", Rust: true, RustText: "yes", Rustc: "1.85.0", Bits: 64, Endian: "little", Since: "6.9", Backends: backends("works", "partial", "experimental"), Commands: []string{"krustup install --target arm64"}},
			{Name: "m68k", RustText: "no", Bits: 32, Endian: "big", Facts: []report.Fact{{Name: "note", Text: `"><script>alert(1)</script>`}}, Backends: backends("experimental", "partial", "experimental")},
			{Name: "x86_64", Rust: true, RustText: "yes", Rustc: "1.85.0", Bits: 64, Endian: "little", Since: "6.1", Backends: backends("works", "partial", "none")},
		},
		History: []report.Release{
			{Name: "6.1", Rustc: "1.62.0", Bindgen: "0.56.0", Pinned: true},
			{Name: "6.9", Rustc: "1.76.0", Bindgen: "0.65.1", Pinned: true},
			{Name: "6.11", Rustc: "1.78.0", Bindgen: "0.65.1"},
			{Name: "7.3", Rustc: "1.85.0", Bindgen: "0.71.1"},
		},
		Gates: []report.Unstable{
			{Name: "6.1", Gates: []string{"core_ffi_c"}, Alloc: []string{"let_else", "nll"}, Flags: []string{"-Zcrate-attr"}, Other: []string{"core"}},
			{Name: "7.3", Gates: []string{"asm_goto", "used_with_arg"}, Flags: []string{"-Zcrate-attr", "-Zfixed-x18", "-Zsanitizer"}, Other: []string{"core"}},
		},
	}
}

func written(t *testing.T, p report.Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameBytes(t *testing.T) {
	if !bytes.Equal(written(t, sample()), written(t, sample())) {
		t.Error("two pages of the same data differ")
	}
}

// TestComplete checks that each target has a row and a section that links lead to, and that all data is in the text.
func TestComplete(t *testing.T) {
	text := string(written(t, sample()))
	for _, want := range []string{
		`<a href="#target-m68k">m68k</a>`, `<article id="target-m68k"`, "krustup install --target arm64", "some-triple (tier 2)",
		`href="https://example.org/evidence"`, "Linux 7.3: a/file:3", "probed: failed", "failed at generics", "since Linux",
		"<strong>2</strong> of 3 targets", "<td>1.76.0</td><td>only supported version</td>", "<td>1.78.0</td><td>minimum</td>",
		"<td>7.3</td><td>2</td><td>0</td><td>3</td><td>1</td><td>asm_goto, used_with_arg, -Zcrate-attr, -Zfixed-x18, -Zsanitizer, core</td>",
		"Linux 7.3: 3 flags", `>2 gates</text>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is not in the page", want)
		}
	}
}

func TestHostileText(t *testing.T) {
	text := string(written(t, sample()))
	if strings.Contains(text, "<script>alert") || strings.Contains(text, "<b>libgccjit") {
		t.Error("text was written as markup")
	}
}

// TestLoadsNothing looks for everything that a browser would fetch by itself: only links may lead to another site.
func TestLoadsNothing(t *testing.T) {
	text := string(written(t, sample()))
	if list := regexp.MustCompile(`(?i)\ssrc=|<link|@import|url\(|srcset=|<iframe|<object|<embed`).FindAllString(text, -1); len(list) > 0 {
		t.Errorf("the page loads resources: %q", list)
	}
	if !strings.Contains(text, `content="default-src &#39;none&#39;; style-src`) {
		t.Error("the page has no content security policy that forbids loading")
	}
}

func TestWithoutHistory(t *testing.T) {
	p := sample()
	p.History, p.Targets, p.Gates = nil, nil, nil
	if text := string(written(t, p)); !strings.Contains(text, "0 of 0 targets") {
		t.Error("expected \"0 of 0 targets\" in a page without data")
	}
}
