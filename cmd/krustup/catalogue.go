package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// resolveSet chooses the set and prints its warnings.
func resolveSet(ctx context.Context, a *app, req toolchain.Request, offline bool) (toolchain.Set, error) {
	set, err := resolveBy(ctx, a, req, offline, toolchain.Resolve)
	warn(a.screen(), set)
	return set, err
}

// warn prints the warnings of a set.
func warn(screen *term.Screen, set toolchain.Set) {
	for _, w := range set.Warnings {
		screen.Warn("%s", w)
	}
}

// resolveBy chooses the set with the given function, and fetches the catalogues that it needs. It prints no warnings.
func resolveBy(ctx context.Context, a *app, req toolchain.Request, offline bool, choose func(toolchain.Request, manifests.Rules) (toolchain.Set, error)) (toolchain.Set, error) {
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	var set toolchain.Set
	opts := catalogueOptions{req.Host, toolchain.UpdateOptions{AllowStale: req.AllowStale, AllowUnsigned: req.AllowUnsigned}, offline}
	err = withCatalogue(ctx, a, req.Suppliers, opts, func(suppliers []toolchain.Supplier) (err error) {
		tried := req
		tried.Suppliers = suppliers
		set, err = choose(tried, rules)
		return err
	})
	if err != nil {
		return toolchain.Set{}, err
	}
	return set, nil
}

// catalogueOptions say which catalogues are wanted and whether they may be fetched.
type catalogueOptions struct {
	host    toolchain.Host
	update  toolchain.UpdateOptions
	offline bool
}

// withCatalogue tries something that reads catalogues. Where one is missing it fetches that and tries again, as the first
// `apt install` would have to; and where a suite was left out because it expired, and now it is accepted. A supplier
// after the first that cannot be read is done without, and said to be.
func withCatalogue(ctx context.Context, a *app, suppliers []toolchain.Supplier, opts catalogueOptions, try func([]toolchain.Supplier) error) error {
	suppliers = slices.Clone(suppliers)
	fetched := map[string]bool{}
	for {
		err := try(suppliers)
		if err == nil {
			return nil
		}
		at, update := 0, opts.update
		missing, never := errors.AsType[*toolchain.NoCatalogueError](err)
		if never {
			at = slices.IndexFunc(suppliers, func(s toolchain.Supplier) bool { return s.Name() == missing.Supplier })
		}
		switch {
		case opts.offline && at > 0:
			suppliers[at] = absent{suppliers[at], err}
			continue
		case opts.offline:
			return err
		case never:
			if missing.Part != "" {
				update.Parts = []string{missing.Part}
			}
			if a.kit == nil {
				a.screen().Note("no catalogue %sof %s for %s: updating", spaced(missing.Part), missing.Supplier, missing.Host)
			}
		case update.AllowStale && (is[*debian.StaleError](err) || leftOut(err)):
			a.screen().Note("updating, with suites whose metadata expired")
		default:
			return err
		}
		wanted := fmt.Sprint(at, update.Parts)
		if at < 0 || fetched[wanted] {
			return err
		}
		fetched[wanted] = true
		if err := updateCatalogue(ctx, a, suppliers[at], opts.host, update); err != nil {
			if at == 0 || ctx.Err() != nil || a.kit != nil && unverified(err) {
				return err
			}
			suppliers[at] = absent{suppliers[at], err}
		}
	}
}

func spaced(part string) string {
	if part == "" {
		return ""
	}
	return part + " "
}

// leftOut reports whether a search found nothing and there are parts of suppliers that it could not look at.
func leftOut(err error) bool {
	noSet, _ := errors.AsType[*toolchain.NoSetError](err)
	noSource, _ := errors.AsType[*toolchain.NoSourceError](err)
	return noSet != nil && len(noSet.Unread) > 0 || noSource != nil && len(noSource.Unread) > 0
}

// updateCatalogue refreshes the catalogues of a supplier for a host.
func updateCatalogue(ctx context.Context, a *app, s toolchain.Supplier, host toolchain.Host, opts toolchain.UpdateOptions) error {
	st, err := a.store()
	if err != nil {
		return err
	}
	if err := st.EnsureWritable(); err != nil {
		return err
	}
	opts.Note = a.screen().Note
	if a.kit != nil {
		opts.Note = nil // it has the suites that are needed alone; readOrigin tells of those that could not be read
	}
	if err := s.Update(ctx, host, opts); err != nil {
		return fmt.Errorf("updating %s: %w", s.Name(), err)
	}
	return nil
}
