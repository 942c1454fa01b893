package sets

import (
	"fmt"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/toolchain/keep"
)

func gcCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "keep", Value: "30d", Usage: "keep what was used in the last `TIME`: 12h, 30d, 2w or 0"},
		&urfave.StringFlag{Name: "max-size", Usage: "then shrink the store to `SIZE`: 500M, 10G"},
		&urfave.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "only print what would be removed"},
	}
	manual := cli.Manual{
		Examples: []string{
			"krustup gc --dry-run",
			"krustup gc --keep 2w --max-size 10G",
		},
		Document: "docs/store.md",
	}
	return manual.For(a.Command("gc", "remove sets, tools and files that are no longer needed", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		opts := keep.Options{DryRun: c.Bool("dry-run"), Waiting: waitingForStore(a)}
		var err error
		if opts.Keep, err = parseAge(c.String("keep")); err != nil {
			return err
		}
		if opts.MaxSize, err = parseSize(c.String("max-size")); err != nil {
			return err
		}
		st, err := a.Store()
		if err != nil {
			return err
		}
		result, err := keep.Collect(c.Context, st, opts)
		if err != nil {
			return err
		}
		return printRemoved(a, c, result, opts.DryRun)
	}))
}

func waitingForStore(a *cli.App) func(lock.Holder) {
	return func(h lock.Holder) {
		if h.PID == 0 {
			a.Screen().Note("waiting for an installation in another process")
			return
		}
		a.Screen().Note("waiting for %s", h)
	}
}

// printRemoved prints what was removed, or what would be.
func printRemoved(a *cli.App, c *urfave.Context, result keep.Result, dryRun bool) error {
	for _, id := range result.Running {
		a.Screen().Note("set %s is in use by a running build: kept", id)
	}
	if result.Over > 0 {
		a.Screen().Warn("the store is %s larger than --max-size: what is left is kept by roots or in use; krustup list prints the roots, krustup remove removes a set all the same", term.Bytes(result.Over))
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema int  `json:"schema"`
			DryRun bool `json:"dry_run"`
			keep.Result
		}{1, dryRun, result})
	}
	var rows [][]string
	for _, r := range result.Removed {
		rows = append(rows, []string{r.Kind, r.Name, term.Bytes(r.Bytes), r.Why})
	}
	if len(rows) > 0 {
		if err := term.Table(a.Out, []string{"KIND", "NAME", "SIZE", "WHY"}, rows); err != nil {
			return err
		}
	}
	verb := "removed"
	if dryRun {
		verb = "would remove"
	}
	_, err := fmt.Fprintf(a.Out, "%s %s, %s; %s are left\n", verb, term.Count(len(result.Removed), "item", "items"), term.Bytes(result.Bytes), term.Bytes(result.Left))
	return err
}

// parseAge parses "30d", "2w", "12h" or "0".
func parseAge(text string) (time.Duration, error) {
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	if text == "0" {
		return 0, nil
	}
	var n int
	var name, rest string
	if count, _ := fmt.Sscanf(text+" ", "%d%s%s", &n, &name, &rest); count != 2 || unit[name] == 0 || n < 0 || n > 100_000 {
		return 0, &cli.UsageError{Text: fmt.Sprintf("--keep %q: expected a number of hours, days or weeks", text), Hint: "--keep 30d, --keep 12h, --keep 0"}
	}
	return time.Duration(n) * unit[name], nil
}

// parseSize parses "500M", "10G", "10GB", "10GiB" or a number of bytes; "" is 0, no limit.
func parseSize(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	number := strings.TrimRight(text, "kKMGTiB")
	var n float64
	var rest string
	count, _ := fmt.Sscanf(number+" ", "%g%s", &n, &rest)
	unit := map[string]float64{
		"": 1, "B": 1, "K": 1e3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
		"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
	}[text[len(number):]]
	if count != 1 || unit == 0 || n*unit < 1 || n*unit > 1e18 {
		return 0, &cli.UsageError{Text: fmt.Sprintf("--max-size %q: expected a size", text), Hint: "--max-size 500M, --max-size 10G"}
	}
	return int64(n * unit), nil
}

func removeCommand(a *cli.App) *urfave.Command {
	flags := []urfave.Flag{&urfave.StringFlag{Name: "kernel", Usage: "remove the sets of kernel `RELEASE`: 6.12 also means 6.12.9"}}
	manual := cli.Manual{
		Examples: []string{
			"krustup remove 9f726f0d02b4",
			"krustup remove --kernel 6.12",
		},
		Exit:     "1  a set is in use, or a set needs the component\n2  the store has no such set or component",
		Document: "docs/store.md",
	}
	return manual.For(a.Command("remove", "remove sets, or a component that no set needs", "[SET|COMPONENT]...", flags, func(c *urfave.Context) error {
		inv, err := inventory(a)
		if err != nil {
			return err
		}
		if c.NArg() == 0 && c.String("kernel") == "" {
			return &cli.UsageError{Text: "remove: expected a set, a component, or --kernel", Hint: "krustup list prints the sets"}
		}
		var sets []keep.Set
		var objects []store.ID
		for _, name := range c.Args().Slice() {
			s, o, err := named(inv, name)
			if err != nil {
				return err
			}
			sets = append(sets, s...)
			for _, o := range o {
				if o.InBase {
					return inBase(name, o.Dir)
				}
				objects = append(objects, o.ID)
			}
		}
		if release := c.String("kernel"); release != "" {
			found, err := ofKernel(inv, release)
			if err != nil {
				return err
			}
			sets = append(sets, found...)
		}
		var ids []string
		for _, s := range sets {
			if s.InBase {
				return inBase(s.ID, s.Dir)
			}
			ids = append(ids, s.ID)
		}
		result, err := keep.Remove(c.Context, inv.Store, ids, objects, waitingForStore(a))
		if needed, ok := asNeeded(err); ok {
			return &cli.ExitError{Code: failure.Failed, Text: needed.Error(), Hint: "krustup remove " + needed.Sets[0].ID + " removes a set with what only it has"}
		}
		if err != nil {
			return err
		}
		for _, s := range sets {
			for _, r := range s.Roots {
				if r.Kind == "lock" {
					a.Screen().Note("%s still names %s: krustup install --locked installs it again", r.Path, r.For)
				}
			}
		}
		return printRemoved(a, c, result, false)
	}))
}

func inBase(name, dir string) error {
	return &cli.UsageError{Text: fmt.Sprintf("%s is in a base store, which krustup only reads: %s", name, dir), Hint: "take the store out of KRUSTUP_STORE_PATH to do without it"}
}

// ofKernel returns the sets in the home that were installed for a release, or for a point release of it.
func ofKernel(inv keep.Inventory, release string) (list []keep.Set, err error) {
	parsed, err := cli.ParseRelease(release)
	if err != nil {
		return nil, err
	}
	want := parsed.Version.String()
	for _, s := range inv.Own() {
		for _, k := range s.Kernels {
			if k == want || strings.HasPrefix(k, want+".") || strings.HasPrefix(k, want+"-") {
				list = append(list, s)
				break
			}
		}
	}
	if len(list) == 0 {
		return nil, &cli.UsageError{Text: "no set in " + inv.Store.Home() + " is known to be for Linux " + want, Hint: "krustup list prints the kernel of each set"}
	}
	return list, nil
}

func asNeeded(err error) (*keep.NeededError, bool) {
	needed, ok := err.(*keep.NeededError)
	return needed, ok
}
