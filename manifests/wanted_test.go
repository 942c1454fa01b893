package manifests

import (
	"strings"
	"testing"
)

// TestWanted checks the number of entries of each list, so that none is removed by accident.
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
			t.Errorf("list %s has %d entries, expected at least %d", list, len(got), want)
		}
	}
	if _, ok := w.On("9"); ok {
		t.Error("On(\"9\") found a list, expected none")
	}
	for _, l := range w.Lists {
		if l.Known != "partial" && l.Name != "roadmap" {
			t.Errorf("list %s: known is %q, expected partial: only the roadmap is whole", l.Name, l.Known)
		}
	}
}

// TestWantedSeeds checks that each of the other topics of the 2026 goals has one entry.
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
			t.Errorf("%q has %d entries, expected 1", seed, found)
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
			t.Errorf("%s is sorted before %s", before.ID, e.ID)
		}
	}
}

// TestWantedChecks breaks one thing at a time in the real ledger.
func TestWantedChecks(t *testing.T) {
	for want, spoil := range map[string]func(*Wanted){
		"expected a unique id":   func(w *Wanted) { w.Entries = append(w.Entries, w.Entries[0]) },
		"unknown list":           func(w *Wanted) { w.Entries[3].List = "9" },
		"kind \"gate\"":          func(w *Wanted) { w.Entries[3].Kind = "gate" },
		"priority \"urgent\"":    func(w *Wanted) { w.Entries[3].Priority = "urgent" },
		"without a priority":     func(w *Wanted) { w.Entries[3].Priority, w.Entries[3].Derived = "", true },
		"status \"never\"":       func(w *Wanted) { w.Entries[3].Status = "never" },
		"expected done":          func(w *Wanted) { entryOf(w, "feature-asm_goto").Status = "open" },
		"sources is missing":     func(w *Wanted) { w.Entries[3].Sources = nil },
		"as-of \"lately\"":       func(w *Wanted) { w.Entries[3].AsOf = "lately" },
		"as-of is unknown":       func(w *Wanted) { w.Entries[3].AsOf, w.Entries[3].DatedBy = "unknown", "" },
		"entry \"\": expected":   func(w *Wanted) { w.Entries[3].ID = "" },
		"list \"355\": expected": func(w *Wanted) { w.Lists = append(w.Lists, w.Lists[1]) },
		"known \"maybe\"":        func(w *Wanted) { w.Lists[1].Known = "maybe" },
		"unknown part \"9\"":     func(w *Wanted) { w.Lists[1].Parts = []string{"9"} },
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
