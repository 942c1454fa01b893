package sets

import (
	"errors"
	"io"
	"slices"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
)

func updateCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringSliceFlag{Name: "supplier", Usage: "update only the catalogues of `SUPPLIER`"},
		&urfave.StringFlag{Name: "host", Usage: "update for tools on `HOST`: x86_64, aarch64 (default: native)"},
		cli.AllowStaleFlag(),
		cli.AllowUnsignedFlag(),
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup update",
			"krustup update --supplier rust-lang",
		},
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("update", "fetch and verify the suppliers' catalogues", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		of, err := cli.ChosenHost(c)
		if err != nil {
			return err
		}
		suppliers, err := a.Suppliers(c)
		if err != nil {
			return err
		}
		if !c.IsSet("supplier") {
			if suppliers, err = inUse(suppliers, of); err != nil {
				return err
			}
		}
		opts := toolchain.UpdateOptions{AllowStale: c.Bool("allow-stale"), AllowUnsigned: c.Bool("allow-unsigned")}
		var failed error
		var parts []partStatus
		for _, s := range suppliers {
			// A supplier that fails does not stop the others.
			failed = errors.Join(failed, cli.UpdateCatalogue(c.Context, a, s, of, opts))
			status, err := s.Status(of)
			if err != nil {
				return err
			}
			for _, st := range status {
				parts = append(parts, partStatus{s.Name(), st})
			}
		}
		return errors.Join(failed, printParts(a.Out, c, parts))
	}))
}

// inUse returns the suppliers up to the first that has anything to fetch, and those with a catalogue in the store. The
// catalogues of the others are fetched when a set needs them.
func inUse(suppliers []toolchain.Supplier, of toolchain.Host) ([]toolchain.Supplier, error) {
	var used []toolchain.Supplier
	first := true // no supplier that fetches has come yet
	for _, s := range suppliers {
		status, err := s.Status(of)
		if err != nil {
			return nil, err
		}
		if first || slices.ContainsFunc(status, func(st toolchain.Status) bool { return !st.Date.IsZero() }) {
			used = append(used, s)
		}
		first = first && s.Name() == host.Name
	}
	return used, nil
}

type jsonSuite struct {
	Supplier   string `json:"supplier"`
	Suite      string `json:"suite"`
	Date       string `json:"date,omitempty"`
	ValidUntil string `json:"valid_until,omitempty"`
	Stale      bool   `json:"stale,omitempty"`
	Unsigned   bool   `json:"unsigned,omitempty"`
	Untrusted  bool   `json:"untrusted,omitempty"`
	Error      string `json:"error,omitempty"`
}

// partStatus is the status of one part of a supplier, such as a suite.
type partStatus struct {
	supplier string
	toolchain.Status
}

func printParts(out io.Writer, c *urfave.Context, parts []partStatus) error {
	if c.Bool("json") {
		suites := []jsonSuite{}
		for _, s := range parts {
			suites = append(suites, jsonSuite{s.supplier, s.Part, day(s.Date), day(s.ValidUntil), s.Stale, s.Unsigned, s.Untrusted, errorText(s.Err)})
		}
		return cli.WriteJSON(out, struct {
			Schema int         `json:"schema"`
			Suites []jsonSuite `json:"suites"`
		}{1, suites})
	}
	var rows [][]string
	for _, s := range parts {
		rows = append(rows, []string{s.supplier, s.Part, day(s.Date), day(s.ValidUntil), s.state()})
		if s.Err != nil {
			rows = append(rows, []string{s.Err.Error()})
		}
	}
	return term.Table(out, []string{"SUPPLIER", "SUITE", "DATE", "VALID UNTIL", "STATE"}, rows)
}

func (s partStatus) state() string {
	state := "verified"
	switch {
	case s.Date.IsZero():
		return "not used"
	case s.Stale:
		state = "expired, accepted"
	case s.Unsigned:
		state = "unsigned, accepted"
	case s.Untrusted:
		state = "untrusted"
	}
	if s.Err != nil { // the previous catalogue stays in use
		state += ", not updated"
	}
	return state
}

// day returns a date as YYYY-MM-DD in UTC, "" for the zero time.
func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02")
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
