//go:build e2e

package main

import (
	"encoding/json"
	"testing"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli/survey"
)

// testWanted probes the whole ledger with the set's own tools. They must answer every question and agree with the
// ledger.
func (e *endToEnd) testWanted(t *testing.T) {
	e.must(t, e.home(), "install", "--kernel", "7.2", "--target", "x86_64")
	var out struct {
		Rustc   string
		Entries []survey.WantedJSON
	}
	if err := json.Unmarshal([]byte(e.must(t, e.home(), "wanted", "--json", "--probe", "--with", "rust=1.85.1")), &out); err != nil {
		t.Fatal(err)
	}
	if out.Rustc != "1.85.1" {
		t.Errorf("probed rustc %s, expected 1.85.1", out.Rustc)
	}
	want := map[string]ask.State{
		"feature-asm_const": ask.Stable, "feature-arbitrary_self_types": ask.Unstable, "feature-receiver_trait": ask.Unknown,
		"Zfixed-x18": ask.Unstable, "Cjump-tables": ask.Unknown, "check-cfg": ask.Stable, "custom-target-json": ask.Ungated,
		"rustdoc-test-builder": ask.Unstable, "rustfmt-wrap_comments": ask.Unstable, "clippy-doc-overindented": ask.Unknown,
		"rustc-khwasan": ask.Unknown, "rustdoc-emit-dep-info": ask.Unstable, "feature-cfi_encoding": ask.Unstable,
		"feature-extract_if": ask.Unstable, "feature-proc_macro_span": ask.Unknown, "supertrait-auto-impl": ask.Unknown,
	}
	for _, entry := range out.Entries {
		if entry.Unanswered != "" || entry.Ask != "" && entry.Answer == nil {
			t.Errorf("%s: no answer: %s", entry.ID, entry.Unanswered)
			continue
		}
		if state, ok := want[entry.ID]; ok && (entry.Answer == nil || entry.Answer.State != state) {
			t.Errorf("%s: %+v, expected %s", entry.ID, entry.Answer, state)
		}
		delete(want, entry.ID)
	}
	if len(want) > 0 {
		t.Errorf("no entries for %v", want)
	}
}
