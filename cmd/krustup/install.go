package main

import (
	"fmt"
	"runtime"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func installCommand(a *app) *urfave.Command {
	flags := append(selectionFlags(true), lockedFlags()...)
	flags = append(flags, &urfave.StringFlag{Name: "from", Usage: "take every file from `KIT`: a bundle, or a mirror's directory or address"})
	return a.command("install", "fetch, verify, unpack, relocate and record the set", "", flags, func(c *urfave.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		done, err := openKit(a, c)
		if err != nil {
			return err
		}
		defer done()
		sel, err := choose(a, c)
		if err != nil {
			return err
		}
		if a.kit != nil {
			sel.offline = false // openKit made sure that it needs no network where there may be none
		}
		if here, err := toolchain.ParseHost(runtime.GOARCH); err != nil || sel.req.Host != here {
			return &usageError{text: fmt.Sprintf("--host %s: this machine is %s; install works for it alone", sel.req.Host, here), hint: "krustup lock --host writes a lock for another host"}
		}
		set, err := wantedSet(a, c, sel)
		if err != nil {
			return err
		}
		began := time.Now()
		env, installed, err := installSet(c.Context, a, set, sel)
		if err != nil {
			return err
		}
		took := time.Since(began).Round(10 * time.Millisecond)
		tellSummary(a.screen(), installed, fmt.Sprintf("%s for Linux %s with %s, ready in %s", set.Target, set.Kernel, set.CC, took))
		a.screen().Note("%s is ready: %s", set.Target, took)
		if c.Bool("json") {
			return writeJSON(a.out, struct {
				install.Environment
				Summary summary `json:"summary"`
			}{env, installed})
		}
		return nil
	})
}
