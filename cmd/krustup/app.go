package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// app holds what the commands share. What is costly is made at first use.
type app struct {
	args     []string
	keyring  *trust.Keyring
	out, err io.Writer
	shown    *term.Screen
	quiet    bool
}

func (a *app) screen() *term.Screen {
	if a.shown == nil {
		a.shown = term.New(a.err, term.Options{Quiet: a.quiet})
	}
	return a.shown
}

// command makes a cli.Command with what all of ours have: --quiet and --json, and the refusal of options that follow
// an argument, which urfave/cli would hand on as arguments without a word.
func (a *app) command(name, usage, arguments string, flags []cli.Flag, action cli.ActionFunc) *cli.Command {
	flags = append(flags,
		&cli.BoolFlag{Name: "json", Usage: "print the result as JSON"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no notes and no progress"},
	)
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: arguments, Flags: flags, HideHelpCommand: true,
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return &usageError{text: err.Error(), hint: fmt.Sprintf("krustup %s --help", name)}
		},
		Action: func(c *cli.Context) error {
			a.quiet = c.Bool("quiet")
			if err := a.refuseLateFlags(c); err != nil {
				return err
			}
			return action(c)
		},
	}
}

// refuseLateFlags refuses `krustup run rustc -vV`: the option after the argument would be krustup's own or the
// program's, and nobody can tell.
func (a *app) refuseLateFlags(c *cli.Context) error {
	first := len(a.args) - c.NArg()
	if first >= 1 && a.args[first-1] == "--" {
		return nil
	}
	for i, arg := range c.Args().Slice() {
		if arg == "--" {
			return nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			continue
		}
		words := slices.Concat([]string{"krustup"}, a.args[1:first], a.args[first+i:], a.args[first:first+i])
		corrected := strings.Join(words, " ")
		if name := c.Command.Name; name == "run" || name == "make" {
			corrected = strings.Join(a.args[1:first], " ")
			corrected = "krustup " + corrected + " -- " + strings.Join(a.args[first:], " ")
		}
		return &usageError{text: fmt.Sprintf("option %s stands after the argument %q", arg, a.args[first]), hint: corrected}
	}
	return nil
}

// noArguments refuses what a command does not take.
func noArguments(c *cli.Context) error {
	if c.NArg() > 0 {
		return &usageError{text: fmt.Sprintf("krustup %s takes no argument, found %q", c.Command.Name, c.Args().First()), hint: fmt.Sprintf("krustup %s --help", c.Command.Name)}
	}
	return nil
}

// home is where the store is.
func home() (string, error) {
	if dir := os.Getenv("KRUSTUP_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "krustup"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", &usageError{text: "where is the store? neither KRUSTUP_HOME nor HOME is set", hint: "KRUSTUP_HOME=/path/to/store krustup …"}
	}
	return filepath.Join(dir, ".local", "share", "krustup"), nil
}

func (a *app) store() (*store.Store, error) {
	dir, err := home()
	if err != nil {
		return nil, err
	}
	var behind []string
	for _, other := range filepath.SplitList(os.Getenv("KRUSTUP_STORE_PATH")) {
		if other != "" {
			behind = append(behind, other)
		}
	}
	return store.Open(store.Options{Home: dir, Behind: behind})
}

// client fetches for the suppliers and the installation.
func (a *app) client() (*fetch.Client, error) {
	return fetch.New(fetch.Options{UserAgent: "krustup/" + version, ExtraCA: os.Getenv("KRUSTUP_CA_FILE")})
}

// suppliers makes the suppliers that --supplier names, in its order.
func (a *app) suppliers(names []string, st *store.Store, client *fetch.Client) ([]toolchain.Supplier, error) {
	if len(names) == 0 {
		names = []string{"debian"}
	}
	var list []toolchain.Supplier
	for _, name := range names {
		if name != "debian" {
			return nil, &usageError{text: fmt.Sprintf("unknown supplier %q: there is debian", name)}
		}
		s, err := debian.New(debian.Options{
			Catalogues: st.CataloguesDir(), Partial: st.PartialDir(), Client: client, Keyring: a.keyring,
		})
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// resolve chooses the set. Where no catalogue was ever fetched it fetches one first, like the first `apt install`
// would have to.
func (a *app) resolve(ctx context.Context, req toolchain.Request, offline bool) (toolchain.Set, error) {
	rules, err := loadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	set, err := toolchain.Resolve(req, rules)
	if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); ok && !offline {
		a.screen().Note("no catalogue for %s yet: updating", missing.Host)
		if err := a.update(ctx, req.Suppliers, req.Host, req.AllowStale); err != nil {
			return toolchain.Set{}, err
		}
		set, err = toolchain.Resolve(req, rules)
	}
	// A suite that expired is not fetched until somebody accepts it: that is now.
	noSet, failed := errors.AsType[*toolchain.NoSetError](err)
	if failed && req.AllowStale && len(noSet.Unread) > 0 && !offline {
		if err := a.update(ctx, req.Suppliers, req.Host, true); err != nil {
			return toolchain.Set{}, err
		}
		set, err = toolchain.Resolve(req, rules)
	}
	if err != nil {
		return toolchain.Set{}, err
	}
	for _, w := range set.Warnings {
		a.screen().Warn("%s", w)
	}
	return set, nil
}

func jobs() int { return runtime.NumCPU() }
