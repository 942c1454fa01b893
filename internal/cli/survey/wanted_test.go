package survey

import (
	"testing"

	"github.com/krustup/krustup/internal/ask"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// Every question in the ledger can be parsed, and there is one of each kind.
func TestLedgerQuestions(t *testing.T) {
	ledger, err := manifests.LoadWanted()
	if err != nil {
		t.Fatal(err)
	}
	asked := map[ask.Kind]int{}
	for _, e := range ledger.Entries {
		if e.Ask == "" {
			continue
		}
		q, err := ask.Parse(e.Ask)
		if err != nil {
			t.Errorf("entry %s: %v", e.ID, err)
		}
		asked[q.Kind()]++
	}
	for _, kind := range []ask.Kind{ask.Feature, ask.Rustc, ask.Rustdoc, ask.Rustfmt, ask.Clippy, ask.Target} {
		if asked[kind] == 0 {
			t.Errorf("no entry asks about a %s", kind)
		}
	}
}

func TestDisagrees(t *testing.T) {
	for _, tt := range []struct {
		status, since, release string
		got                    ask.Answer
		want                   string
	}{
		{"open", "", "1.96.1", ask.Answer{State: ask.Unstable}, ""},
		{"open", "", "1.96.1", ask.Answer{State: ask.Unknown}, ""},
		{"open", "", "1.96.1", ask.Answer{State: ask.Stable}, "stable, but the ledger says open"},
		{"open", "", "1.85.1", ask.Answer{State: ask.Ungated}, ""},
		{"in-progress", "", "1.96.1", ask.Answer{State: ask.Removed}, "removed, but the ledger says in-progress"},
		{"removed", "", "1.96.1", ask.Answer{State: ask.Removed}, ""},
		{"done", "", "1.96.1", ask.Answer{State: ask.Stable}, ""},
		{"done", "", "1.96.1", ask.Answer{State: ask.Unstable}, ""}, // not needed any more
		{"done", "1.87.0", "1.96.1", ask.Answer{State: ask.Stable, Since: "1.87.0"}, ""},
		{"done", "1.87.0", "1.96.1", ask.Answer{State: ask.Stable, Since: "1.88.0"}, "stable since 1.88.0, but the ledger says 1.87.0"},
		{"done", "1.87.0", "1.85.1", ask.Answer{State: ask.Unstable}, ""},
		{"done", "1.87.0", "1.87.0", ask.Answer{State: ask.Unstable}, "unstable, but the ledger says stable since 1.87.0"},
		{"done", "1.93.0", "1.92.0", ask.Answer{State: ask.Stable}, "stable, but the ledger says since 1.93.0"},
		{"done", "1.97.0", "1.97.0-nightly", ask.Answer{State: ask.Unstable}, ""},
		{"done", "1.97.0", "1.97.0-nightly", ask.Answer{State: ask.Stable}, ""},
	} {
		e := manifests.WantedEntry{Status: tt.status}
		if tt.since != "" {
			e.StableSince = versions.MustParse(tt.since)
		}
		if got := disagrees(e, versions.MustParse(tt.release), tt.got); got != tt.want {
			t.Errorf("%s %s, answer of rustc %s %+v: %q, expected %q", tt.status, tt.since, tt.release, tt.got, got, tt.want)
		}
	}
}
