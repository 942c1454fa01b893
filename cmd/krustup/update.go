package main

import (
	"context"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain"
)

func (a *app) updateCommand() *cli.Command {
	flags := []cli.Flag{
		&cli.StringSliceFlag{Name: "supplier", Usage: "only this `SUPPLIER`'s catalogues"},
		&cli.StringFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one)"},
		&cli.BoolFlag{Name: "allow-stale", Usage: "accept an archive whose metadata expired"},
	}
	return a.command("update", "refresh and verify the suppliers' catalogues", "", flags, func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		host, err := chosenHost(c)
		if err != nil {
			return err
		}
		suppliers, err := a.suppliers(c.StringSlice("supplier"))
		if err != nil {
			return err
		}
		updateErr := a.update(c.Context, suppliers, host, c.Bool("allow-stale"))
		for _, s := range suppliers {
			if d, ok := s.(*debian.Supplier); ok {
				status, err := d.Status(host)
				if err != nil {
					return err
				}
				if err := a.printSuites(c, status); err != nil {
					return err
				}
			}
		}
		return updateErr
	})
}

// update refreshes the catalogues of each supplier for a host.
func (a *app) update(ctx context.Context, suppliers []toolchain.Supplier, host toolchain.Host, allowStale bool) error {
	st, err := a.store()
	if err != nil {
		return err
	}
	if err := st.EnsureWritable(); err != nil {
		return err
	}
	for _, s := range suppliers {
		if err := s.Update(ctx, host, toolchain.UpdateOptions{AllowStale: allowStale, Note: a.screen().Note}); err != nil {
			return fmt.Errorf("updating %s: %w", s.Name(), err)
		}
	}
	return nil
}

type jsonSuite struct {
	Suite      string `json:"suite"`
	Date       string `json:"date,omitempty"`
	ValidUntil string `json:"valid_until,omitempty"`
	Stale      bool   `json:"stale,omitempty"`
	Error      string `json:"error,omitempty"`
}

func (a *app) printSuites(c *cli.Context, status []debian.SuiteStatus) error {
	if c.Bool("json") {
		suites := []jsonSuite{}
		for _, s := range status {
			suites = append(suites, jsonSuite{s.Suite, day(s.Date), day(s.ValidUntil), s.Stale, errorText(s.Err)})
		}
		return a.printJSON(struct {
			Schema int         `json:"schema"`
			Suites []jsonSuite `json:"suites"`
		}{1, suites})
	}
	var rows [][]string
	for _, s := range status {
		rows = append(rows, []string{s.Suite, day(s.Date), day(s.ValidUntil), suiteState(s)})
		if s.Err != nil {
			rows = append(rows, []string{s.Err.Error()})
		}
	}
	return term.Table(a.out, []string{"SUITE", "DATE", "VALID UNTIL", "STATE"}, rows)
}

func suiteState(s debian.SuiteStatus) string {
	state := "verified"
	switch {
	case s.Date.IsZero():
		return "not used"
	case s.Stale:
		state = "expired, accepted"
	}
	if s.Err != nil { // the catalogue of before stays in use
		state += ", not updated"
	}
	return state
}

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
