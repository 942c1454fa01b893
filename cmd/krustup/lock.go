package main

import (
	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/toolchain"
)

func (a *app) lockCommand() *cli.Command {
	flags := append(selectionFlags(true), lockFlag())
	return a.command("lock", "write the set down in krustup.lock", "", flags, func(c *cli.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		sel, err := a.choose(c)
		if err != nil {
			return err
		}
		path := lockPath(c, "")
		set, err := a.resolve(c.Context, sel.req, sel.offline)
		if err != nil {
			return err
		}
		if err := set.Lockable(); err != nil {
			return err
		}
		changed, err := toolchain.UpdateLock(path, func(l *toolchain.Lock) { l.Put(set) })
		if err != nil {
			return err
		}
		if changed {
			a.screen().Note("%s: %s for Linux %s with %s", path, set.Target, set.Kernel, set.CC)
		} else {
			a.screen().Note("%s: nothing changed", path)
		}
		if c.Bool("json") {
			return a.printJSON(setJSON(set))
		}
		return nil
	})
}
