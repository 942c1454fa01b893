package survey

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/ask"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
)

// wanted is what the command prints.
type wanted struct {
	lists   []jsonWantedList
	entries []WantedJSON
	rustc   string // the release of the rustc that was asked, "" for none
}

// jsonWantedList is one list, and how much of it the ledger has.
type jsonWantedList struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Known   string   `json:"known"`
	Entries int      `json:"entries"`
	Parts   []string `json:"parts,omitempty"`
	Note    string   `json:"note,omitempty"`
}

// WantedJSON is one entry of the ledger, with a tool's answer about it.
type WantedJSON struct {
	ID          string      `json:"id"`
	Title       string      `json:"title"`
	List        string      `json:"list"`
	Kind        string      `json:"kind"`
	Priority    string      `json:"priority"`
	Derived     bool        `json:"derived,omitempty"`
	Status      string      `json:"status"`
	StableSince string      `json:"stable_since,omitempty"`
	Tracking    string      `json:"tracking"`
	Use         string      `json:"use,omitempty"`
	Note        string      `json:"note,omitempty"`
	AsOf        string      `json:"as_of"`
	DatedBy     string      `json:"dated_by,omitempty"`
	Sources     []string    `json:"sources"`
	Ask         string      `json:"ask,omitempty"`
	Answer      *ask.Answer `json:"answer,omitempty"`
	Unanswered  string      `json:"unanswered,omitempty"`
	Disagrees   string      `json:"disagrees,omitempty"`
}

func newWantedJSON(e manifests.WantedEntry) WantedJSON {
	return WantedJSON{
		ID: e.ID, Title: e.Title, List: e.List, Kind: e.Kind, Priority: e.Priority, Derived: e.Derived, Status: e.Status,
		StableSince: e.StableSince.String(), Tracking: e.Tracking, Use: e.Use, Note: e.Note, AsOf: e.AsOf, DatedBy: e.DatedBy,
		Sources: e.Sources, Ask: e.Ask,
	}
}

// shownLists returns the lists that --list names, or all without it.
func shownLists(c *urfave.Context, ledger manifests.Wanted) []jsonWantedList {
	var shown []jsonWantedList
	for _, l := range ledger.Lists {
		if c.IsSet("list") && !slices.ContainsFunc(c.StringSlice("list"), func(name string) bool { return strings.TrimPrefix(name, "#") == l.Name }) {
			continue
		}
		entries, _ := ledger.On(l.Name)
		shown = append(shown, jsonWantedList{l.Name, l.Title, l.Known, len(entries), l.Parts, l.Note})
	}
	return shown
}

func (w wanted) disagreements() int {
	n := 0
	for _, e := range w.entries {
		if e.Disagrees != "" {
			n++
		}
	}
	return n
}

func printWanted(a *cli.App, c *urfave.Context, w wanted) error {
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema  int              `json:"schema"`
			Rustc   string           `json:"rustc,omitempty"`
			Lists   []jsonWantedList `json:"lists"`
			Entries []WantedJSON     `json:"entries"`
		}{1, w.rustc, w.lists, append([]WantedJSON{}, w.entries...)})
	}
	if c.NArg() == 1 {
		return printEntry(a.Out, w.entries[0], w.rustc)
	}
	header := []string{"ENTRY", "LIST", "PRIORITY", "STATUS"}
	if w.rustc != "" {
		header = append(header, "RUSTC "+w.rustc)
	}
	var rows [][]string
	for _, e := range w.entries {
		row := []string{e.ID, e.List, cmp.Or(e.Priority, "-"), e.state()}
		if w.rustc != "" {
			row = append(row, e.answer())
		}
		rows = append(rows, row, []string{e.remark()})
		for _, text := range []string{e.Disagrees, e.Unanswered} {
			if text != "" {
				rows = append(rows, []string{"! " + text})
			}
		}
	}
	if err := term.Table(a.Out, header, rows); err != nil {
		return err
	}
	if err := printLists(a.Out, c.IsSet("list"), w.lists); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.Out, term.Count(len(w.entries), "entry", "entries"))
	return err
}

// printLists prints how much of each list was read: a line for each list that --list names, else a line for each degree.
func printLists(out io.Writer, named bool, lists []jsonWantedList) error {
	header, rows := []string{"READ", "LISTS"}, [][]string{}
	for _, known := range manifests.WantedKnown {
		var names []string
		for _, l := range lists {
			if l.Known == known {
				names = append(names, l.Name)
			}
		}
		if len(names) > 0 {
			rows = append(rows, []string{known, strings.Join(names, ", ")})
		}
	}
	if named {
		header, rows = []string{"LIST", "READ", "ENTRIES"}, nil
		for _, l := range lists {
			title := strings.TrimSuffix(l.Title+"; "+l.Note, "; ")
			rows = append(rows, []string{l.Name, l.Known, strconv.Itoa(l.Entries)}, []string{title})
		}
	}
	if _, err := fmt.Fprintln(out); err != nil {
		return err
	}
	return term.Table(out, header, rows)
}

// githubIssue matches the address of an issue or a pull request, which is printed in its short form.
var githubIssue = regexp.MustCompile(`^https://github\.com/([^/]+/[^/]+)/(?:issues|pull)/(\d+)$`)

// remark returns the line below an entry: its title, the issue that tracks it, and the date.
func (e WantedJSON) remark() string {
	tracking := "no known tracking issue"
	if e.Tracking != "" {
		tracking = githubIssue.ReplaceAllString(e.Tracking, "$1#$2")
	}
	return fmt.Sprintf("%s (%s; as of %s)", e.Title, tracking, e.day())
}

func (e WantedJSON) day() string {
	if e.AsOf == "unknown" {
		return "an unknown date"
	}
	return e.AsOf
}

func (e WantedJSON) state() string {
	if e.StableSince != "" {
		return "stable " + e.StableSince
	}
	return e.Status
}

func (e WantedJSON) answer() string {
	switch {
	case e.Unanswered != "":
		return "no answer"
	case e.Answer == nil:
		return "-"
	case e.Answer.Since != "":
		return string(e.Answer.State) + " " + e.Answer.Since
	}
	return string(e.Answer.State)
}

// printEntry prints all that the ledger has on one entry.
func printEntry(out io.Writer, e WantedJSON, release string) error {
	var rows [][]string
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, []string{name, text})
		}
	}
	add("entry", e.ID)
	add("title", e.Title)
	add("list", e.List)
	add("kind", e.Kind)
	priority := e.Priority
	switch {
	case e.Derived:
		priority += " (from what kernels use; no list states it)"
	case priority == "":
		priority = "unknown"
	}
	add("priority", priority)
	add("status", e.state())
	add("tracking", cmp.Or(e.Tracking, "none known"))
	add("kernels", e.Use)
	add("note", e.Note)
	add("as of", strings.TrimSuffix(e.day()+" ("+e.DatedBy+")", " ()"))
	for _, s := range e.Sources {
		add("source", s)
	}
	if release != "" {
		add("asked", cmp.Or(e.Ask, "no question for a tool"))
		add("rustc", strings.TrimSuffix(release+": "+e.said(), ": "))
		add("disagrees", e.Disagrees)
	}
	return term.Table(out, nil, rows)
}

// said returns the answer with the tool's own message.
func (e WantedJSON) said() string {
	switch {
	case e.Unanswered != "":
		return e.Unanswered
	case e.Answer == nil:
		return ""
	case e.Answer.Said == "":
		return e.answer()
	}
	return fmt.Sprintf("%s (%s)", e.answer(), strings.TrimSpace(e.Answer.Code+" "+e.Answer.Said))
}
