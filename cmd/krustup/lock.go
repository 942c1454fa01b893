package main

import (
	"bytes"
	"os"

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
		lock, err := toolchain.LoadLock(path)
		if err != nil {
			return err
		}
		set, err := a.resolve(c.Context, sel.req, sel.offline)
		if err != nil {
			return err
		}
		lock.Put(set)
		data, err := lock.Encode()
		if err != nil {
			return err
		}
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, data) {
			a.screen().Note("%s: nothing changed", path)
		} else if err := lock.Write(path); err != nil {
			return err
		} else {
			a.screen().Note("%s: %s for Linux %s with %s", path, set.Target, set.Kernel, set.CC)
		}
		if c.Bool("json") {
			return a.printJSON(setJSON(set))
		}
		return nil
	})
}
