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
	flags = append(flags, &urfave.StringFlag{Name: "from", Usage: "take all files from `KIT`: a bundle, or the directory or URL of a mirror"})
	manual := cli.Manual{
		Examples: []string{
			"krustup install --tree linux-6.12 --target arm64",
			"krustup install --locked --from kit.tar.zst --kernel 6.12",
		},
		Exit:     "4  verification failed, or the lock does not match the request",
		Document: "docs/lock.md",
	}
	return manual.For(a.Command("install", "fetch, verify and install the toolchain set", "", flags, func(c *urfave.Context) error {
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
			sel.Offline = false // OpenKit refused a kit on the network
		}
		if here, err := toolchain.ParseHost(runtime.GOARCH); err != nil || sel.Req.Host != here {
			return &cli.UsageError{Text: fmt.Sprintf("--host %s: install works only for this machine, which is %s", sel.Req.Host, here), Hint: "krustup lock --host HOST writes a lock for another host"}
		}
		if text, hint := cli.CallersStore(); text != "" {
			a.Screen().Note("%s: %s", text, hint)
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
	}))
}
