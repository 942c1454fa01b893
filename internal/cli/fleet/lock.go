package fleet

import (
	"context"
	"errors"
	"io/fs"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

func lockCommand(a *cli.App) *urfave.Command {
	flags := cli.ManySelectionFlags()
	flags = append(flags, cli.LockFlag(),
		&urfave.BoolFlag{Name: "check", Usage: "write nothing; fail if the tree needs another lock"},
		&urfave.StringSliceFlag{Name: "update", Usage: "re-resolve `COMPONENT` and keep the others if possible; without a value: all"},
	)
	manual := cli.Manual{
		Examples: []string{
			"krustup lock --tree linux-6.12 --target arm64 --target x86_64",
			"krustup lock --check --tree linux-6.12",
			"krustup lock --update rust --tree linux-6.12",
		},
		Exit:     "4  with --check: the lock is out of date",
		Document: "docs/lock.md",
	}
	return manual.For(a.Command("lock", "lock sets in krustup.lock, check the lock, or update it", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		switch {
		case c.Bool("check") && c.IsSet("update"):
			return &cli.UsageError{Text: "--check and --update exclude each other: --check writes nothing", Hint: "krustup lock --check, then krustup lock --update"}
		case c.Bool("check"):
			return checkLock(a, c)
		case c.IsSet("update"):
			return updateLock(a, c)
		}
		return writeLock(a, c)
	}))
}

// writeLock locks a set for each combination of --target, --host and --cc. Locked picks that still meet the
// requirements stay.
func writeLock(a *cli.App, c *urfave.Context) error {
	selections, err := cli.ChooseAll(a, c)
	if err != nil {
		return err
	}
	path := cli.LockPath(c, "")
	lock, err := toolchain.ReadLock(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var list []relocked
	for _, sel := range selections {
		r, err := relock(c.Context, a, sel, lock, nil)
		if err != nil {
			return err
		}
		list = append(list, r)
	}
	return saveLock(a, c, path, list)
}

// relocked is a set to lock, and the set that the lock has had for the same request.
type relocked struct {
	was     toolchain.Set
	had     bool // whether the lock had a set
	set     toolchain.Set
	changes []toolchain.PickChange // from was to set
}

// relock resolves a selection. It keeps the picks of the locked set where possible, but re-resolves the components in
// move.
func relock(ctx context.Context, a *cli.App, sel cli.Selection, lock toolchain.Lock, move []toolchain.Component) (r relocked, err error) {
	r.was, r.had = lock.Before(sel.Req)
	r.set, err = cli.ResolveBy(ctx, a, sel.Req, sel.Offline, func(req toolchain.Request, rules manifests.Rules) (toolchain.Set, error) {
		return toolchain.Relock(req, rules, r.was, move)
	})
	if err != nil {
		return r, err
	}
	cli.Warn(a.Screen(), r.set)
	if r.had {
		r.changes = toolchain.PickChanges(r.was, r.set, move)
	}
	return r, r.set.Lockable()
}

// saveLock writes sets to the lock and prints the changes.
func saveLock(a *cli.App, c *urfave.Context, path string, list []relocked) error {
	changed, err := toolchain.UpdateLock(c.Context, path, func(h lock.Holder) { a.Screen().Note("%s: waiting for %s", path, h) }, func(l *toolchain.Lock) {
		for _, r := range list {
			l.Put(r.set)
		}
	})
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, lockJSON(path, changed, list))
	}
	for _, r := range list {
		printChanges(a.Out, r)
	}
	if !changed {
		a.Screen().Note("%s: nothing changed", path)
		return nil
	}
	for _, r := range list {
		a.Screen().Note("%s: %s for Linux %s with %s, on %s", path, r.set.Target, r.set.Kernel, r.set.CC, r.set.Host)
	}
	return nil
}
