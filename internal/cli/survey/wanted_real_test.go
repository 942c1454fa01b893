//go:build e2e

package survey

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/ask"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// record makes TestRealLedger write the answers:
// KRUSTUP_TEST_RUSTC=PATH go test -tags e2e ./internal/cli/survey -run TestRealLedger -record
var record = flag.Bool("record", false, "write the answers of the real tools to testdata")

// TestRealLedger asks the tools beside KRUSTUP_TEST_RUSTC, which `make e2e` sets, every question of the ledger. They
// agree with it, and answer what was recorded for their release.
func TestRealLedger(t *testing.T) {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	tools, err := ask.Beside(t.Context(), os.Getenv("KRUSTUP_TEST_RUSTC"))
	if err != nil {
		t.Fatalf("KRUSTUP_TEST_RUSTC does not name a rustc, as `make e2e` sets it: %v", err)
	}
	release, err := tools.Release(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := answers{}
	for _, e := range ledger.Entries {
		if e.Ask == "" {
			continue
		}
		question, err := ask.Parse(e.Ask)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := tools.Ask(t.Context(), question)
		if err != nil {
			t.Fatal(err)
		}
		got[e.Ask] = ask.Answer{State: answer.State, Since: answer.Since}
		if text := disagrees(e, release, answer); text != "" {
			t.Errorf("entry %s: rustc %s: %s", e.ID, release, text)
		}
	}
	all, releases := readAnswers(t)
	if *record {
		all[release.String()] = got
		writeAnswers(t, all, questions(ledger))
		return
	}
	for _, question := range questions(ledger) {
		if want, ok := all[release.String()][question]; ok && want != got[question] {
			t.Errorf("%q: rustc %s answers %v, recorded is %v", question, release, got[question], want)
		}
	}
	t.Logf("asked rustc %s; recorded are %s", release, strings.Join(releases, ", "))
}

func writeAnswers(t *testing.T, all map[string]answers, asked []string) {
	t.Helper()
	var releases []string
	for release := range all {
		releases = append(releases, release)
	}
	slices.SortFunc(releases, func(a, b string) int {
		return versions.MustParse(a).Compare(versions.MustParse(b))
	})
	lines := []string{strings.Join(append([]string{"question"}, releases...), "\t")}
	for _, question := range asked {
		cells := []string{question}
		for _, release := range releases {
			answer := all[release][question]
			cells = append(cells, strings.TrimSpace(string(answer.State)+" "+answer.Since))
		}
		lines = append(lines, strings.Join(cells, "\t"))
	}
	if err := os.WriteFile(answersFile, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
}
