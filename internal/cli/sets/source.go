package sets

import (
	"fmt"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/kernel"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/kbuild"
)

func sourceCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "create `DIR` and unpack into it (default: linux-RELEASE)"},
		&urfave.StringSliceFlag{Name: "supplier", Usage: "take the source from `SUPPLIER`"},
		cli.AllowStaleFlag(),
		cli.OfflineFlag(),
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup source 6.12 -o linux-6.12",
			"krustup source 7.2 --supplier kernel-org",
		},
		Document: "docs/suppliers.md",
	}
	return manual.For(a.Command("source", "fetch, verify and unpack a kernel source", "RELEASE", flags, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return &cli.UsageError{Text: fmt.Sprintf("krustup source takes one kernel release, found %d arguments", c.NArg()), Hint: "krustup source 6.12 -o linux-6.12"}
		}
		want, name, err := askedSource(a, c.Args().First())
		if err != nil {
			return err
		}
		output := c.String("output")
		if output == "" {
			output = "linux-" + name
		}
		return fetchSource(a, c, want, output)
	}))
}

// askedSource returns the releases that a name stands for, and the release without a vendor's suffix.
func askedSource(a *cli.App, text string) (want versions.Range, name string, err error) {
	release, err := kernel.ParseRelease(text)
	if err != nil {
		return want, "", &cli.UsageError{Text: err.Error(), Hint: "krustup source 6.12"}
	}
	if release.Next {
		return want, "", &cli.UsageError{Text: "no supplier has linux-next, which is not released", Hint: "git clone https://git.kernel.org/pub/scm/linux/kernel/git/next/linux-next.git"}
	}
	if release.Vendor != "" {
		a.Screen().Warn("%s: taken as Linux %s; a vendor's kernel may differ from it", text, release.Version)
	}
	name = release.Version.String()
	want, err = versions.ParseRange(name)
	return want, name, err
}

// fetchSource unpacks the newest kernel source in the range into the directory output.
func fetchSource(a *cli.App, c *urfave.Context, want versions.Range, output string) error {
	dir, err := filepath.Abs(output)
	if err != nil {
		return fmt.Errorf("--output: %w", err)
	}
	if err := kbuild.CheckTree(dir); err != nil {
		return err
	}
	host, err := cli.ChosenHost(c)
	if err != nil {
		return err
	}
	suppliers, err := a.Suppliers(c)
	if err != nil {
		return err
	}
	req := toolchain.SourceRequest{Want: want, Host: host, AllowStale: c.Bool("allow-stale"), Suppliers: suppliers}
	var pick toolchain.Pick
	opts := cli.CatalogueOptions{Host: host, Update: toolchain.UpdateOptions{AllowStale: req.AllowStale}, Offline: c.Bool("offline")}
	err = cli.WithCatalogue(c.Context, a, suppliers, opts, func(suppliers []toolchain.Supplier) (err error) {
		req.Suppliers = suppliers
		pick, err = toolchain.FindSource(req)
		return err
	})
	if err != nil {
		return err
	}
	in, watch, err := a.Installer(suppliers, c.Bool("offline"))
	if err != nil {
		return err
	}
	defer watch.Close()
	if err := in.Source(c.Context, pick, dir); err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema int    `json:"schema"`
			Kernel string `json:"kernel"`
			Label  string `json:"label"`
			Suite  string `json:"suite"`
			Dir    string `json:"dir"`
		}{1, pick.Offer.Version.String(), pick.Offer.Label, pick.Offer.Suite, dir})
	}
	a.Screen().Note("Linux %s (%s %s) is in %s", pick.Offer.Version, pick.Offer.Supplier, pick.Offer.Label, output)
	return nil
}
