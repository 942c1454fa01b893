package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

func installCommand(a *app) *cli.Command {
	flags := append(selectionFlags(true), lockedFlags()...)
	flags = append(flags, &cli.StringFlag{Name: "from", Usage: "take every file from `KIT`: a bundle, or a mirror's directory or address"})
	return a.command("install", "fetch, verify, unpack, relocate and record the set", "", flags, func(c *cli.Context) error {
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
				toolchain.Environment
				Summary summary `json:"summary"`
			}{env, installed})
		}
		return nil
	})
}

// lockedFlags let a command take the set of a lock, and no other.
func lockedFlags() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "locked", Usage: "install what krustup.lock says, or fail"}, lockFlag()}
}

func lockFlag() cli.Flag {
	return &cli.StringFlag{Name: "lock", Usage: "the lock's `FILE` (default: krustup.lock here, else in the tree)"}
}

// wantedSet is what the lock says with --locked, and what Resolve says without.
func wantedSet(a *app, c *cli.Context, sel selection) (toolchain.Set, error) {
	switch {
	case !c.Bool("locked") && a.kit != nil:
		return resolveFrom(c.Context, a, sel)
	case !c.Bool("locked"):
		return resolveSet(c.Context, a, sel.req, sel.offline)
	}
	path := lockPath(c, sel.tree)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && a.kit != nil && c.String("lock") == "" {
		return lockedIn(c.Context, a, sel)
	}
	lock, err := readLock(path, "--locked")
	if err != nil {
		return toolchain.Set{}, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	set, err := lock.SetFor(path, sel.req, rules)
	if err != nil {
		return toolchain.Set{}, err
	}
	for _, w := range set.Warnings {
		a.screen().Warn("%s", w)
	}
	return set, nil
}

// lockPath is --lock, or krustup.lock here, or the tree's.
func lockPath(c *cli.Context, tree string) string {
	if path := c.String("lock"); path != "" {
		return path
	}
	if _, err := os.Stat(toolchain.LockName); err == nil || tree == "" {
		return toolchain.LockName
	}
	return filepath.Join(tree, toolchain.LockName)
}

// readySet gives the environment of a set that is installed, and installs it first where it is not: the first of several
// selections that has one. With --locked the lock says which set that is.
func readySet(a *app, c *cli.Context, sels ...selection) (toolchain.Environment, error) {
	st, err := a.store()
	if err != nil {
		return toolchain.Environment{}, err
	}
	for _, sel := range sels {
		if c.Bool("locked") {
			break
		}
		env, err := toolchain.Activate(st, sel.req)
		if !is[*toolchain.NotInstalledError](err) {
			return env, err
		}
	}
	set, sel, err := firstSet(a, c, sels)
	if err != nil {
		return toolchain.Environment{}, err
	}
	env, _, err := installSet(c.Context, a, set, sel)
	return env, err
}

// firstSet chooses the set of the first selection that has one. The error is that of the last.
func firstSet(a *app, c *cli.Context, sels []selection) (set toolchain.Set, sel selection, err error) {
	for _, sel = range sels {
		set, err = wantedSet(a, c, sel)
		if !is[*toolchain.NoSetError](err) && !is[*toolchain.NotLockedError](err) {
			break
		}
	}
	return set, sel, err
}

// installSet puts a set into the store, with the progress on the screen.
func installSet(ctx context.Context, a *app, set toolchain.Set, sel selection) (toolchain.Environment, summary, error) {
	in, watch, err := a.installer(sel.req.Suppliers, sel.offline)
	if err != nil {
		return toolchain.Environment{}, nil, err
	}
	defer watch.close()
	if a.kit != nil {
		if err := a.kit.Has(ctx, in.Plan(set).Fetch()); err != nil {
			return toolchain.Environment{}, nil, err
		}
	}
	env, err := in.Install(ctx, set, sel.req.Target)
	if err != nil {
		return env, nil, whichIsStale(ctx, err, set, sel.req.Suppliers)
	}
	return env, watch.summary(), nil
}

// whichIsStale adds to the failure of a file of rust-lang's channels whether the manifest at hand is behind, or the
// server's files.
func whichIsStale(ctx context.Context, err error, set toolchain.Set, suppliers []toolchain.Supplier) error {
	if !is[*fetch.NotFoundError](err) && !is[*trust.DigestError](err) {
		return err
	}
	for _, p := range set.Picks {
		at := slices.IndexFunc(suppliers, func(s toolchain.Supplier) bool { return s.Name() == p.Offer.Supplier })
		if p.Offer.Channel == "" || at < 0 {
			continue
		}
		rust, ok := suppliers[at].(*rustlang.Supplier)
		if !ok {
			continue
		}
		have, now, failed := rust.Dates(ctx, p.Offer)
		switch {
		case failed != nil:
		case now > have:
			return fmt.Errorf("%w\n  the manifest at hand is of %s and the server's of %s: the one at hand is stale, and krustup update replaces it", err, have, now)
		case now < have:
			return fmt.Errorf("%w\n  the manifest at hand is of %s and the server's of %s: the server is stale, or is being updated", err, have, now)
		default:
			return fmt.Errorf("%w\n  the server's manifest is of %s, as the one at hand: the server's files are not those that it names", err, now)
		}
	}
	return err
}
