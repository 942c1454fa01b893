package survey

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/ask"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// answersFile has what real compilers answered to the questions of the ledger: a line for each question, a column for
// each compiler. TestRealLedger writes it.
const answersFile = "testdata/answers.tsv"

// answers are the answers of one compiler, by question.
type answers map[string]ask.Answer

// readAnswers returns the answers by release, and the releases in order.
func readAnswers(t *testing.T) (map[string]answers, []string) {
	t.Helper()
	data, err := os.ReadFile(answersFile)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	releases := strings.Split(lines[0], "\t")[1:]
	all := map[string]answers{}
	for _, release := range releases {
		all[release] = answers{}
	}
	for _, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != len(releases)+1 {
			t.Fatalf("%s: %q has %d columns, expected %d", answersFile, line, len(cells), len(releases)+1)
		}
		for i, release := range releases {
			state, since, _ := strings.Cut(cells[i+1], " ")
			all[release][cells[0]] = ask.Answer{State: ask.State(state), Since: since}
		}
	}
	return all, releases
}

// questions returns the questions of the ledger, sorted.
func questions(ledger manifests.Wanted) []string {
	var all []string
	for _, e := range ledger.Entries {
		if e.Ask != "" && !slices.Contains(all, e.Ask) {
			all = append(all, e.Ask)
		}
	}
	slices.Sort(all)
	return all
}

// TestLedgerAnswers compares the ledger with the recorded answers. Where the newest compiler lacks what an entry calls
// implemented, or has what it calls removed or done without a release, the entry's note has to say so.
func TestLedgerAnswers(t *testing.T) {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	all, releases := readAnswers(t)
	for _, want := range []string{"1.85.1", "1.95.0", "1.97.0-nightly", "1.97.1", "1.98.1"} {
		if !slices.Contains(releases, want) {
			t.Errorf("%s has no column for rustc %s", answersFile, want)
		}
	}
	asked := questions(ledger)
	for question := range all[releases[0]] {
		if !slices.Contains(asked, question) {
			t.Errorf("%s: no entry asks %q", answersFile, question)
		}
	}
	newest := releases[len(releases)-1]
	for _, e := range ledger.Entries {
		if e.Ask == "" {
			continue
		}
		for _, release := range releases {
			got, ok := all[release][e.Ask]
			if !ok || got.State == "" {
				t.Errorf("entry %s: no answer of rustc %s to %q is recorded", e.ID, release, e.Ask)
			} else if text := disagrees(e, versions.MustParse(release), got); text != "" {
				t.Errorf("entry %s: rustc %s: %s", e.ID, release, text)
			}
		}
		if text := unexplained(e, all[newest][e.Ask]); text != "" && !strings.Contains(e.Note, newest) {
			t.Errorf("entry %s: rustc %s says %s: expected a note that names this release", e.ID, newest, text)
		}
	}
}

// unexplained returns what the newest compiler said where it does not fit a status, though a compiler of another
// release may say otherwise.
func unexplained(e manifests.WantedEntry, got ask.Answer) string {
	known := got.State == ask.Stable || got.State == ask.Unstable
	switch {
	case e.Status == "implemented-unstable" && !known, e.Status == "removed" && known, e.Status == "done" && !e.StableSince.IsZero() && !known:
		return string(got.State) + ", but the ledger says " + e.Status
	}
	return ""
}

// The ledger does not ask about a bug: that a tool has the lint or the flag says nothing about it.
func TestNoQuestionAboutABug(t *testing.T) {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range ledger.Entries {
		if strings.HasPrefix(e.Note, "bug") && e.Ask != "" {
			t.Errorf("entry %s is a bug and asks %q", e.ID, e.Ask)
		}
	}
}
