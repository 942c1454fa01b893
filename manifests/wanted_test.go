package manifests

import (
	"os"
	"path/filepath"
	"slices"
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
		"2": 134, "355": 21, "354": 12, "514": 6, "350": 10, "398": 4, "349": 17, "353": 14, "1223": 16, "1132": 3, "1127": 3,
		"1098": 2, "1155": 2, "1221": 1, "1230": 1, "408": 3, "1080": 2, "397": 2, "927": 2, "1099": 1, "kernel": 117,
		"roadmap": 20, "goals": 2, "unlisted": 2,
	} {
		if got, ok := w.On(list); !ok || len(got) < want {
			t.Errorf("list %s has %d entries, expected at least %d", list, len(got), want)
		}
	}
	if _, ok := w.On("9"); ok {
		t.Error("On(\"9\") found a list, expected none")
	}
	degrees := map[string]string{
		"whole": "1097 1098 1155 1216 1221 1230 397 roadmap", "unknown": "1099 unlisted", "unread": "1011 1029 1051 1067 1096 396 572 949",
		"partial": "1080 1127 1132 1223 2 349 350 353 354 355 398 408 514 927 goals kernel",
	}
	for known, want := range degrees {
		var got []string
		for _, l := range w.Lists {
			if l.Known == known {
				got = append(got, l.Name)
			}
		}
		slices.Sort(got)
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s lists: %s, expected %s", known, text, want)
		}
	}
}

// rows returns the lines of a file of testdata, split at the tabs.
func rows(t *testing.T, name string) [][]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for line := range strings.Lines(string(data)) {
		all = append(all, strings.Split(strings.TrimSpace(line), "\t"))
	}
	return all
}

// TestWantedSources checks that what was found in November 2026, 52 entries and 29 updates, is in the ledger with its
// list and its sources.
func TestWantedSources(t *testing.T) {
	w, err := LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	found := rows(t, "wanted-sources.tsv")
	if len(found) != 81 {
		t.Errorf("%d lines, expected 81", len(found))
	}
	for _, row := range found {
		e := entryOf(&w, row[0])
		if e == nil || e.List != row[1] {
			t.Errorf("%s is not on list %s", row[0], row[1])
			continue
		}
		for _, source := range row[2:] {
			if !slices.Contains(e.Sources, source) {
				t.Errorf("%s: source %s is missing", e.ID, source)
			}
		}
	}
}

// TestWantedPriorities checks that an update that knows no priority does not remove one, and that each is marked as
// derived or not.
func TestWantedPriorities(t *testing.T) {
	w, err := LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows(t, "wanted-priorities.tsv") {
		e := entryOf(&w, row[0])
		if e == nil || e.Priority != row[1] || e.Derived != (row[2] == "derived") {
			t.Errorf("%s: %+v, expected priority %s, %s", row[0], e, row[1], row[2])
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
		"known is unread, but":   func(w *Wanted) { w.Lists[1].Known = "unread" },
		"as entry rustc-khwasan": func(w *Wanted) { twin(w, "rustc-khwasan") },
		"as entry rustc-btf":     func(w *Wanted) { twin(w, "rustc-btf") }, // without a tracking issue
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

// twin adds an entry again under another id.
func twin(w *Wanted, id string) {
	again := *entryOf(w, id)
	again.ID += "-again"
	w.Entries = append(w.Entries, again)
}

func entryOf(w *Wanted, id string) *WantedEntry {
	for i := range w.Entries {
		if w.Entries[i].ID == id {
			return &w.Entries[i]
		}
	}
	return nil
}
