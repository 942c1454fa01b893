package manifests

import (
	"strings"
	"testing"
)

// TestWanted holds what the lists are known to have: nobody takes a row out without a word here.
func TestWanted(t *testing.T) {
	w, err := LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	for list, want := range map[string]int{
		"2": 125, "355": 12, "354": 12, "514": 6, "350": 6, "398": 4, "349": 8, "353": 7, "1223": 16, "1132": 3, "1127": 3,
		"1098": 2, "1155": 2, "1221": 1, "1230": 1, "kernel": 109, "roadmap": 20,
	} {
		if got, ok := w.On(list); !ok || len(got) < want {
			t.Errorf("list %s has %d entries, expected %d", list, len(got), want)
		}
	}
	if _, ok := w.On("9"); ok {
		t.Error("there is a list 9")
	}
	for _, l := range w.Lists {
		if l.Known != "partial" && l.Name != "roadmap" {
			t.Errorf("list %s is known to be %s: expected a reason here", l.Name, l.Known)
		}
	}
}

// TestWantedSeeds: the other topics of the 2026 goals have a row each.
func TestWantedSeeds(t *testing.T) {
	w, err := LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	entries, _ := w.On("roadmap")
	for _, seed := range []string{
		"vertical style", "Coherence domains", "Niche optimizations", "Clippy tagged comments", "extern types", "rustdoc --output-format=doctest",
		"-Coverflow-checks=report", "fn_cast!", "Packed types aligned", "Custom prelude", "build_assert!", "Specialization", "--emit=noreturn",
		"Safe transmute", "Contracts",
	} {
		found := 0
		for _, e := range entries {
			if strings.Contains(e.Title, seed) {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%q has %d rows", seed, found)
		}
	}
}

func TestWantedOrder(t *testing.T) {
	w, err := LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range w.Entries[1:] {
		before := w.Entries[i]
		if w.list(before.List) > w.list(e.List) || before.List == e.List && rank(before.Priority) > rank(e.Priority) {
			t.Errorf("%s stands before %s", before.ID, e.ID)
		}
	}
}

// TestWantedChecks breaks one thing at a time in the real ledger.
func TestWantedChecks(t *testing.T) {
	for want, spoil := range map[string]func(*Wanted){
		"expected an id, once":     func(w *Wanted) { w.Entries = append(w.Entries, w.Entries[0]) },
		"unknown list":             func(w *Wanted) { w.Entries[3].List = "9" },
		"kind \"gate\"":            func(w *Wanted) { w.Entries[3].Kind = "gate" },
		"priority \"urgent\"":      func(w *Wanted) { w.Entries[3].Priority = "urgent" },
		"derived, and no priority": func(w *Wanted) { w.Entries[3].Priority, w.Entries[3].Derived = "", true },
		"status \"never\"":         func(w *Wanted) { w.Entries[3].Status = "never" },
		"expected done":            func(w *Wanted) { entryOf(w, "feature-asm_goto").Status = "open" },
		"expected sources":         func(w *Wanted) { w.Entries[3].Sources = nil },
		"as-of \"lately\"":         func(w *Wanted) { w.Entries[3].AsOf = "lately" },
		"as-of is unknown":         func(w *Wanted) { w.Entries[3].AsOf, w.Entries[3].DatedBy = "unknown", "" },
		"entry \"\": expected":     func(w *Wanted) { w.Entries[3].ID = "" },
		"list \"355\": expected":   func(w *Wanted) { w.Lists = append(w.Lists, w.Lists[1]) },
		"known \"maybe\"":          func(w *Wanted) { w.Lists[1].Known = "maybe" },
		"unknown part \"9\"":       func(w *Wanted) { w.Lists[1].Parts = []string{"9"} },
	} {
		w, err := LoadWanted()
		if err != nil {
			t.Fatal(err)
		}
		spoil(&w)
		if err := w.check(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, expected %q", err, want)
		}
	}
}

func entryOf(w *Wanted, id string) *WantedEntry {
	for i := range w.Entries {
		if w.Entries[i].ID == id {
			return &w.Entries[i]
		}
	}
	return nil
}
