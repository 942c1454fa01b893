package sets

import (
	"fmt"
	"io"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func planCommand(a *cli.App) *urfave.Command {
	flags := append(cli.ManySelectionFlags(),
		&urfave.BoolFlag{Name: "locked", Usage: "plan the sets of krustup.lock"},
		cli.LockFlag(),
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup plan --tree linux-6.12 --target arm64",
			"krustup plan --locked --offline",
		},
		Exit:     "5  a file is missing, with --offline",
		Document: "docs/json.md",
	}
	return manual.For(a.Command("plan", "print what install would fetch, from where and why", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		choices, err := cli.ChooseSets(a, c)
		if err != nil {
			return err
		}
		in, watch, err := a.Installer(choices[0].Req.Suppliers, choices[0].Offline)
		if err != nil {
			return err
		}
		defer watch.Close()
		var plans []install.Plan
		for _, choice := range choices {
			plans = append(plans, in.Plan(choice.Set))
		}
		if c.Bool("json") {
			err = writePlans(a.Out, plans)
		} else {
			err = printPlans(a.Out, plans)
		}
		if err != nil {
			return err
		}
		return planError(plans, choices[0].Offline)
	}))
}

// writePlans writes plans as JSON. Several plans have common totals.
func writePlans(out io.Writer, plans []install.Plan) error {
	if len(plans) == 1 {
		return cli.WriteJSON(out, planJSON(plans[0]))
	}
	var list []jsonPlan
	for _, plan := range plans {
		list = append(list, planJSON(plan))
	}
	return cli.WriteJSON(out, struct {
		Schema int        `json:"schema"`
		Plans  []jsonPlan `json:"plans"`
		Totals planTotals `json:"totals"`
	}{1, list, totalsOf(merged(plans))})
}

// merged returns one plan with the objects and files of several, each once.
func merged(plans []install.Plan) install.Plan {
	var all install.Plan
	for _, plan := range plans {
		for _, o := range plan.Objects {
			known := func(other install.Outcome) bool { return !o.ID.IsZero() && other.ID == o.ID }
			if !slices.ContainsFunc(all.Objects, known) {
				all.Objects = append(all.Objects, o)
			}
		}
		for _, f := range plan.Files {
			known := func(other install.PlannedFile) bool {
				return other.Digest == f.Digest && other.Signature == f.Signature
			}
			if !slices.ContainsFunc(all.Files, known) {
				all.Files = append(all.Files, f)
			}
		}
	}
	return all
}

// planError returns why plans cannot be carried out: files are missing offline, or no supplier in use has them.
func planError(plans []install.Plan, offline bool) error {
	fetch := merged(plans).Fetch()
	if offline && len(fetch) > 0 {
		return &install.MissingFilesError{Files: fetch}
	}
	for _, f := range fetch {
		if f.Err != nil {
			return f.Err
		}
	}
	return nil
}

// planTotals are the sums of a plan. A file that several objects need counts once.
type planTotals struct {
	Objects      int   `json:"objects"`
	There        int   `json:"there"` // objects that are installed
	FetchFiles   int   `json:"fetch_files"`
	FetchBytes   int64 `json:"fetch_bytes"`   // without files of unknown size
	UnknownSizes int   `json:"unknown_sizes"` // files to fetch whose sizes only the server knows
	AtHandFiles  int   `json:"at_hand_files"` // files in the store that an installation would use
	AtHandBytes  int64 `json:"at_hand_bytes"`
}

func totalsOf(plan install.Plan) planTotals {
	t := planTotals{Objects: len(plan.Objects)}
	for _, o := range plan.Objects {
		switch o.Origin {
		case install.FromStore, install.FromBase, install.FromHost:
			t.There++
		}
	}
	for _, f := range plan.Files {
		switch {
		case f.At != "":
			t.AtHandFiles++
			t.AtHandBytes += f.Size
		case f.Size == 0:
			t.FetchFiles++
			t.UnknownSizes++
		default:
			t.FetchFiles++
			t.FetchBytes += f.Size - f.Partial
		}
	}
	return t
}

// printPlans prints plans as text: each object with its reasons, and then what all of them need.
func printPlans(w io.Writer, plans []install.Plan) error {
	for i, plan := range plans {
		if i > 0 {
			fmt.Fprintln(w)
		}
		set := plan.Set
		fmt.Fprintf(w, "Linux %s for %s, with %s, on %s (from %s)\n", set.Kernel, set.Target, set.CC, set.Host, set.Source)
		for _, o := range plan.Objects {
			offer := o.Pick.Offer
			fmt.Fprintf(w, "\n%s %s  %s %s %s\n", offer.Component, offer.Version, offer.Supplier, offer.Suite, offer.Label)
			fmt.Fprintf(w, "  %s\n", describe(o, plan.Files))
			for _, r := range o.Pick.Reasons {
				fmt.Fprintf(w, "  - %s\n", r)
			}
		}
	}
	all := merged(plans)
	fetch := all.Fetch()
	t := totalsOf(all)
	if len(fetch) > 0 {
		fmt.Fprintln(w)
		var rows [][]string
		for _, f := range fetch {
			rows = append(rows, []string{sizeText(f), redacted(f.From)[0]})
		}
		if err := term.Table(w, []string{"SIZE", "TO FETCH"}, rows); err != nil {
			return err
		}
	}
	unknown := ""
	if t.UnknownSizes > 0 {
		unknown = fmt.Sprintf(" and %d of unknown size", t.UnknownSizes)
	}
	_, err := fmt.Fprintf(w, "\n%d of %s installed; %s to fetch, %s%s; %s in the store, %s\n",
		t.There, term.Count(t.Objects, "object", "objects"), term.Count(t.FetchFiles, "file", "files"), term.Bytes(t.FetchBytes), unknown,
		term.Count(t.AtHandFiles, "file", "files"), term.Bytes(t.AtHandBytes))
	return err
}

// describe returns one line about an object: where it is, or how many files it will be installed from, and why.
func describe(o install.Outcome, files []install.PlannedFile) string {
	switch o.Origin {
	case install.FromHost:
		return "used from this machine"
	case install.FromStore:
		return fmt.Sprintf("%s is in the store", o.ID)
	case install.FromBase:
		return fmt.Sprintf("%s is in a base store", o.ID)
	}
	all, fetch := 0, 0
	for _, f := range files {
		for _, c := range f.For {
			if c != o.Pick.Offer.Component {
				continue
			}
			all++
			if f.At == "" {
				fetch++
			}
		}
	}
	what := fmt.Sprintf("%d to fetch", fetch)
	if fetch == 0 {
		what = "all in the store"
	}
	return fmt.Sprintf("%s will be installed from %s, %s: %s", o.ID, term.Count(all, "file", "files"), what, o.Why)
}

// sizeText returns how many bytes of a file are left to fetch.
func sizeText(f install.PlannedFile) string {
	switch {
	case f.Size == 0:
		return "unknown"
	case f.Partial > 0:
		return term.Bytes(f.Size-f.Partial) + " more"
	}
	return term.Bytes(f.Size)
}

type jsonPlannedObject struct {
	Component toolchain.Component `json:"component"`
	Version   string              `json:"version"`
	Label     string              `json:"label"`
	Supplier  string              `json:"supplier"`
	Suite     string              `json:"suite"`
	Object    string              `json:"object,omitempty"`
	Origin    install.Origin      `json:"origin"`
	Why       string              `json:"why,omitempty"`
	Reasons   []toolchain.Reason  `json:"reasons"`
}

type jsonPlannedFile struct {
	Name      string                `json:"name"`
	Supplier  string                `json:"supplier"`
	Path      string                `json:"path"`
	Size      int64                 `json:"size"`
	Digest    trust.Digest          `json:"sha256"`
	Signature bool                  `json:"signature,omitempty"` // a detached signature: sha256 is that of the signed file
	State     string                `json:"state"`               // "store", "base-store", "partial", "missing"
	At        string                `json:"at,omitempty"`
	Partial   int64                 `json:"partial,omitempty"`
	From      []string              `json:"from"`
	For       []toolchain.Component `json:"for"`
}

type jsonPlan struct {
	Schema  int                 `json:"schema"`
	Kernel  string              `json:"kernel"`
	Target  string              `json:"target"`
	Host    toolchain.Host      `json:"host"`
	CC      toolchain.Compiler  `json:"cc"`
	Objects []jsonPlannedObject `json:"objects"`
	Files   []jsonPlannedFile   `json:"files"`
	Totals  planTotals          `json:"totals"`
}

func planJSON(plan install.Plan) jsonPlan {
	set := plan.Set
	out := jsonPlan{
		Schema: 1, Kernel: set.Kernel.String(), Target: set.Target, Host: set.Host, CC: set.CC,
		Objects: []jsonPlannedObject{}, Files: []jsonPlannedFile{}, Totals: totalsOf(plan),
	}
	for _, o := range plan.Objects {
		offer := o.Pick.Offer
		object := ""
		if !o.ID.IsZero() {
			object = o.ID.String()
		}
		out.Objects = append(out.Objects, jsonPlannedObject{
			offer.Component, offer.Version.String(), offer.Label, offer.Supplier, offer.Suite, object, o.Origin, o.Why, append([]toolchain.Reason{}, o.Pick.Reasons...),
		})
	}
	for _, f := range plan.Files {
		from := []string{}
		if len(f.From) > 0 {
			from = redacted(f.From)
		}
		out.Files = append(out.Files, jsonPlannedFile{
			Name: f.Name, Supplier: f.Artifact.Supplier, Path: f.Artifact.Path, Size: f.Size, Digest: f.Digest,
			Signature: f.Signature, State: stateOf(f), At: f.At, Partial: f.Partial, From: from, For: f.For,
		})
	}
	return out
}

func stateOf(f install.PlannedFile) string {
	switch {
	case f.InBase:
		return "base-store"
	case f.At != "":
		return "store"
	case f.Partial > 0:
		return "partial"
	}
	return "missing"
}
