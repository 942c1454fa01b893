package sets

import (
	"fmt"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

func installCommand(a *cli.App) *urfave.Command {
	flags := append(cli.ManySelectionFlags(), cli.LockedFlags()...)
	flags = append(flags, &urfave.StringFlag{Name: "from", Usage: "take all files from `KIT`: a bundle, or the directory or URL of a mirror"})
	manual := cli.Manual{
		Examples: []string{
			"krustup install --tree linux-6.12 --target arm64 --target riscv64",
			"krustup install --locked --from kit.tar.zst",
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
		if err := onlyThisHost(c); err != nil {
			return err
		}
		if text, hint := cli.CallersStore(); text != "" {
			a.Screen().Note("%s: %s", text, hint)
		}
		choices, err := cli.ChooseSets(a, c)
		if err != nil {
			return err
		}
		var list []installed
		for _, choice := range choices {
			one, err := installChoice(a, c, choice)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		if c.Bool("json") {
			return writeEach(a.Out, "sets", list, func(i installed) installed { return i })
		}
		return nil
	}))
}

// installed is what `install --json` prints of a set.
type installed struct {
	install.Environment
	Summary cli.Summary `json:"summary"`
}

func installChoice(a *cli.App, c *urfave.Context, choice cli.Choice) (installed, error) {
	set := choice.Set
	began := time.Now()
	env, summary, err := cli.Install(c.Context, a, set, choice.Selection)
	if err != nil {
		return installed{}, err
	}
	took := time.Since(began).Round(10 * time.Millisecond)
	cli.PrintSummary(a.Screen(), summary, fmt.Sprintf("%s for Linux %s with %s, ready in %s", set.Target, set.Kernel, set.CC, took))
	a.Screen().Note("%s is ready: %s (%s)", set.Target, toolsOf(set), took)
	return installed{env, summary}, nil
}

// onlyThisHost returns a *cli.UsageError if --host names another machine than this one.
func onlyThisHost(c *urfave.Context) error {
	here, err := cli.ParseHost("")
	if err != nil {
		return err
	}
	for _, name := range cli.Values(c, "host") {
		host, err := cli.ParseHost(name)
		if err != nil {
			return err
		}
		if host != here {
			return &cli.UsageError{Text: fmt.Sprintf("--host %s: install works only for this machine, which is %s", host, here), Hint: "krustup lock --host HOST writes a lock for another host"}
		}
	}
	return nil
}

// toolsOf returns the components of a set with their versions, as one line.
func toolsOf(set toolchain.Set) string {
	var list []string
	for _, p := range set.Picks {
		if p.Offer.Component != toolchain.Patchelf {
			list = append(list, fmt.Sprintf("%s %s", p.Offer.Component, p.Offer.Version))
		}
	}
	return strings.Join(list, ", ")
}
