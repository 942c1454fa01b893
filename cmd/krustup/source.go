package main

import (
	"fmt"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

func sourceCommand(a *app) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "unpack into `DIR`, which must not exist (default: linux-RELEASE)"},
		&urfave.StringSliceFlag{Name: "supplier", Usage: "take the source from this `SUPPLIER`"},
		&urfave.BoolFlag{Name: "allow-stale", Usage: "accept an archive whose metadata expired"},
		&urfave.BoolFlag{Name: "offline", Usage: "no network: what is missing is an error"},
	}
	return a.command("source", "fetch and unpack a verified kernel source", "RELEASE", flags, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return &usageError{text: "source takes one kernel release", hint: "krustup source 6.12 -o linux-6.12"}
		}
		text := c.Args().First()
		if _, err := versions.Parse(text); err != nil {
			return &usageError{text: err.Error(), hint: "krustup source 6.12"}
		}
		want, err := versions.ParseRange(text)
		if err != nil {
			return &usageError{text: err.Error(), hint: "krustup source 6.12"}
		}
		output := c.String("output")
		if output == "" {
			output = "linux-" + text
		}
		return fetchSource(a, c, want, output)
	})
}

// fetchSource fetches the newest kernel source that the range holds.
func fetchSource(a *app, c *urfave.Context, want versions.Range, output string) error {
	dir, err := filepath.Abs(output)
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	host, err := chosenHost(c)
	if err != nil {
		return err
	}
	suppliers, err := a.suppliers(c)
	if err != nil {
		return err
	}
	req := toolchain.SourceRequest{Want: want, Host: host, AllowStale: c.Bool("allow-stale"), Suppliers: suppliers}
	var pick toolchain.Pick
	opts := catalogueOptions{host, toolchain.UpdateOptions{AllowStale: req.AllowStale}, c.Bool("offline")}
	err = withCatalogue(c.Context, a, suppliers, opts, func(suppliers []toolchain.Supplier) (err error) {
		req.Suppliers = suppliers
		pick, err = toolchain.FindSource(req)
		return err
	})
	if err != nil {
		return err
	}
	in, watch, err := a.installer(suppliers, c.Bool("offline"))
	if err != nil {
		return err
	}
	defer watch.close()
	if err := in.Source(c.Context, pick, dir); err != nil {
		return err
	}
	if c.Bool("json") {
		return writeJSON(a.out, struct {
			Schema int    `json:"schema"`
			Kernel string `json:"kernel"`
			Label  string `json:"label"`
			Suite  string `json:"suite"`
			Dir    string `json:"dir"`
		}{1, pick.Offer.Version.String(), pick.Offer.Label, pick.Offer.Suite, dir})
	}
	a.screen().Note("Linux %s (%s %s) is in %s", pick.Offer.Version, pick.Offer.Supplier, pick.Offer.Label, output)
	return nil
}
