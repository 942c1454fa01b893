package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	urfave "github.com/urfave/cli/v2"
)

// installer is what fetches and unpacks. Its watch is to be closed when the work is done.
func (a *app) installer(suppliers []toolchain.Supplier, offline bool) (*install.Installer, *watch, error) {
	st, err := a.store()
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	w := newWatch(a.screen())
	return &install.Installer{Store: st, Client: client, Suppliers: suppliers, Watch: w, Offline: offline, Jobs: jobs()}, w, nil
}

// installSet puts a set into the store, with the progress on the screen.
func installSet(ctx context.Context, a *app, set toolchain.Set, sel selection) (install.Environment, summary, error) {
	in, watch, err := a.installer(sel.req.Suppliers, sel.offline)
	if err != nil {
		return install.Environment{}, nil, err
	}
	defer watch.close()
	if a.kit != nil {
		if err := a.kit.Has(ctx, in.Plan(set).Fetch()); err != nil {
			return install.Environment{}, nil, err
		}
	}
	env, err := in.Install(ctx, set, sel.req.Target)
	if err != nil {
		return env, nil, whichIsStale(ctx, err, set, sel.req.Suppliers)
	}
	return env, watch.summary(), nil
}

// readySet gives the environment of a set that is installed, and installs it first where it is not: the first of several
// selections that has one. With --locked the lock says which set that is.
func readySet(a *app, c *urfave.Context, sels ...selection) (install.Environment, error) {
	st, err := a.store()
	if err != nil {
		return install.Environment{}, err
	}
	for _, sel := range sels {
		if c.Bool("locked") {
			break
		}
		env, err := install.Activate(st, sel.req)
		if !is[*install.NotInstalledError](err) {
			return env, err
		}
	}
	set, sel, err := firstSet(a, c, sels)
	if err != nil {
		return install.Environment{}, err
	}
	env, _, err := installSet(c.Context, a, set, sel)
	return env, err
}

// firstSet chooses the set of the first selection that has one. The error is that of the last.
func firstSet(a *app, c *urfave.Context, sels []selection) (set toolchain.Set, sel selection, err error) {
	for _, sel = range sels {
		set, err = wantedSet(a, c, sel)
		if !is[*toolchain.NoSetError](err) && !is[*toolchain.NotLockedError](err) {
			break
		}
	}
	return set, sel, err
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

// activate finds the installed set for the selection. It reads the store and the tree, and nothing else.
func activate(a *app, c *urfave.Context) (install.Environment, selection, error) {
	sel, err := choose(a, c)
	if err != nil {
		return install.Environment{}, sel, err
	}
	st, err := a.store()
	if err != nil {
		return install.Environment{}, sel, err
	}
	env, err := install.Activate(st, sel.req)
	return env, sel, err
}
