package manifests

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// Wanted is wanted.toml: the features that Linux needs from Rust, list by list.
type Wanted struct {
	Lists   []WantedList  `toml:"list"`
	Entries []WantedEntry `toml:"entry"` // in the order of the lists, each by priority
}

// WantedList is one list of wanted features, and how much of it is known.
type WantedList struct {
	Name  string   `toml:"name"` // the number of its issue of Rust-for-Linux/linux, or a word: "kernel"
	Title string   `toml:"title"`
	Known string   `toml:"known"` // one of WantedKnown: how much of the list was read
	Note  string   `toml:"note"`  // which part was read and which was not
	Parts []string `toml:"parts"` // lists whose entries belong to it
}

// WantedEntry is one wanted feature.
type WantedEntry struct {
	ID          string          `toml:"id"`
	Title       string          `toml:"title"`
	List        string          `toml:"list"`
	Kind        string          `toml:"kind"`
	Priority    string          `toml:"priority"` // the section of the list that it is in; "": not known
	Derived     bool            `toml:"derived"`  // Priority is krustup's, derived from what kernels use
	Status      string          `toml:"status"`
	StableSince version.Version `toml:"stable-since"` // release of Rust; zero: not stable, or not known
	Tracking    string          `toml:"tracking"`     // URL of its tracking issue; "": none found
	Ask         string          `toml:"ask"`          // question for a tool, for internal/ask; "": none
	Use         string          `toml:"use"`          // where kernels use it, and since when
	Note        string          `toml:"note"`
	AsOf        string          `toml:"as-of"`    // the latest day, month or year in the sources that were read, or "unknown"
	DatedBy     string          `toml:"dated-by"` // the source of AsOf
	Sources     []string        `toml:"sources"`
}

// The values of Kind, Priority and Status of a WantedEntry.
var (
	WantedKinds      = []string{"language", "library", "rustc-flag", "rustdoc", "rustfmt", "clippy", "bindgen", "other"}
	WantedPriorities = []string{"required", "nice-to-have", "low-priority"}
	WantedStatuses   = []string{"open", "in-progress", "implemented-unstable", "done", "removed", "unknown"}
)

// WantedKnown are the values of Known of a WantedList: all of it was read; only part of it; what was read does not show
// whether there is more; nothing of it.
var WantedKnown = []string{"whole", "partial", "unknown", "unread"}

var wantedDay = regexp.MustCompile(`^(unknown|\d{4}(-\d\d(-\d\d)?)?)$`)

// LoadWanted decodes and checks wanted.toml.
func LoadWanted() (Wanted, error) {
	const name = "wanted.toml"
	var w Wanted
	if err := decode(name, &w); err != nil {
		return Wanted{}, err
	}
	if err := w.check(); err != nil {
		return Wanted{}, fmt.Errorf("manifests/%s: %w", name, err)
	}
	slices.SortStableFunc(w.Entries, func(a, b WantedEntry) int {
		return cmp.Or(cmp.Compare(w.list(a.List), w.list(b.List)), cmp.Compare(rank(a.Priority), rank(b.Priority)))
	})
	return w, nil
}

func (w Wanted) list(name string) int {
	return slices.IndexFunc(w.Lists, func(l WantedList) bool { return l.Name == name })
}

// rank orders priorities; an unknown priority comes last.
func rank(priority string) int {
	if i := slices.Index(WantedPriorities, priority); i >= 0 {
		return i
	}
	return len(WantedPriorities)
}

// On returns the entries of a list and of its parts; ok is false when there is no such list.
func (w Wanted) On(name string) (entries []WantedEntry, ok bool) {
	i := w.list(name)
	if i < 0 {
		return nil, false
	}
	for _, e := range w.Entries {
		if e.List == name || slices.Contains(w.Lists[i].Parts, e.List) {
			entries = append(entries, e)
		}
	}
	return entries, true
}

func (w Wanted) check() error {
	for i, l := range w.Lists {
		switch {
		case l.Name == "" || l.Title == "" || w.list(l.Name) != i:
			return fmt.Errorf("list %q: expected a unique name and a title", l.Name)
		case !slices.Contains(WantedKnown, l.Known):
			return fmt.Errorf("list %s: known %q, expected one of %s", l.Name, l.Known, strings.Join(WantedKnown, ", "))
		}
		if on, _ := w.On(l.Name); l.Known == "unread" && len(on) > 0 {
			return fmt.Errorf("list %s: known is unread, but entry %s is on it: expected whole, partial or unknown", l.Name, on[0].ID)
		}
		for _, part := range l.Parts {
			if w.list(part) < 0 {
				return fmt.Errorf("list %s: unknown part %q", l.Name, part)
			}
		}
	}
	seen, same := map[string]bool{}, map[thing]string{}
	for _, e := range w.Entries {
		if e.ID == "" || seen[e.ID] || e.Title == "" {
			return fmt.Errorf("entry %q: expected a unique id and a title", e.ID)
		}
		if err := w.checkEntry(e); err != nil {
			return fmt.Errorf("entry %s: %w", e.ID, err)
		}
		what := thing{e.List, e.Kind, e.Tracking, e.Ask}
		if e.Tracking == "" {
			what = thing{e.List, e.Kind, e.Title, ""}
		}
		if other := same[what]; other != "" {
			return fmt.Errorf("entry %s: the same list, kind, tracking issue (or title, without one) and question as entry %s: expected one entry for both", e.ID, other)
		}
		seen[e.ID], same[what] = true, e.ID
	}
	return nil
}

// thing is what two entries of one list must not have in common. Entries of two lists may: each list states its own
// priority. A tracking issue may cover several gates or flags, which the question tells apart.
type thing struct{ list, kind, issue, ask string }

func (w Wanted) checkEntry(e WantedEntry) error {
	switch {
	case w.list(e.List) < 0:
		return fmt.Errorf("unknown list %q", e.List)
	case !slices.Contains(WantedKinds, e.Kind):
		return fmt.Errorf("kind %q, expected one of %s", e.Kind, strings.Join(WantedKinds, ", "))
	case e.Priority != "" && !slices.Contains(WantedPriorities, e.Priority):
		return fmt.Errorf("priority %q, expected one of %s", e.Priority, strings.Join(WantedPriorities, ", "))
	case e.Derived && e.Priority == "":
		return fmt.Errorf("derived is set without a priority")
	case !slices.Contains(WantedStatuses, e.Status):
		return fmt.Errorf("status %q, expected one of %s", e.Status, strings.Join(WantedStatuses, ", "))
	case !e.StableSince.IsZero() && e.Status != "done":
		return fmt.Errorf("stable since %s, but status %q: expected done", e.StableSince, e.Status)
	case !wantedDay.MatchString(e.AsOf):
		return fmt.Errorf("as-of %q, expected 2026-05-19, 2026-05, 2026 or unknown", e.AsOf)
	case e.AsOf == "unknown" && e.DatedBy == "":
		return fmt.Errorf("as-of is unknown: expected dated-by to say what was read")
	case len(e.Sources) == 0:
		return fmt.Errorf("sources is missing, expected at least one")
	}
	return nil
}
