package sets

import (
	"fmt"
	"runtime"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func installCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(true), cli.LockedFlags()...)
	flags = append(flags, &urfave.StringFlag{Name: "from", Usage: "take every file from `KIT`: a bundle, or a mirror's directory or address"})
	return a.Command("install", "fetch, verify, unpack, relocate and record the set", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		done, err := cli.OpenKit(a, c)
		if err != nil {
			return err
		}
		defer done()
		sel, err := cli.Choose(a, c)
		if err != nil {
			return err
		}
		if a.Kit != nil {
			sel.Offline = false // openKit made sure that it needs no network where there may be none
		}
		if here, err := toolchain.ParseHost(runtime.GOARCH); err != nil || sel.Req.Host != here {
			return &cli.UsageError{Text: fmt.Sprintf("--host %s: this machine is %s; install works for it alone", sel.Req.Host, here), Hint: "krustup lock --host writes a lock for another host"}
		}
		set, err := cli.ChooseSet(a, c, sel)
		if err != nil {
			return err
		}
		began := time.Now()
		env, installed, err := cli.Install(c.Context, a, set, sel)
		if err != nil {
			return err
		}
		took := time.Since(began).Round(10 * time.Millisecond)
		cli.PrintSummary(a.Screen(), installed, fmt.Sprintf("%s for Linux %s with %s, ready in %s", set.Target, set.Kernel, set.CC, took))
		a.Screen().Note("%s is ready: %s", set.Target, took)
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				install.Environment
				Summary cli.Summary `json:"summary"`
			}{env, installed})
		}
		return nil
	})
}
