package cli

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

// Resolve chooses the set and prints its warnings.
func Resolve(ctx context.Context, a *App, req toolchain.Request, offline bool) (toolchain.Set, error) {
	set, err := ResolveBy(ctx, a, req, offline, toolchain.Resolve)
	Warn(a.Screen(), set)
	return set, err
}

// Warn prints the warnings of a set.
func Warn(screen *term.Screen, set toolchain.Set) {
	for _, w := range set.Warnings {
		screen.Warn("%s", w)
	}
}

// ResolveBy chooses the set with the given function, and fetches the catalogues that it needs. It prints no warnings.
func ResolveBy(ctx context.Context, a *App, req toolchain.Request, offline bool, choose func(toolchain.Request, manifests.Rules) (toolchain.Set, error)) (toolchain.Set, error) {
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	var set toolchain.Set
	opts := CatalogueOptions{req.Host, toolchain.UpdateOptions{AllowStale: req.AllowStale, AllowUnsigned: req.AllowUnsigned}, offline}
	err = WithCatalogue(ctx, a, req.Suppliers, opts, func(suppliers []toolchain.Supplier) (err error) {
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

// CatalogueOptions say which catalogues are wanted and whether they may be fetched.
type CatalogueOptions struct {
	Host    toolchain.Host
	Update  toolchain.UpdateOptions
	Offline bool
}

// WithCatalogue tries something that reads catalogues. Where one is missing it fetches that and tries again, as the first
// `apt install` would have to; and where a suite was left out because it expired, and now it is accepted. A supplier
// after the first that cannot be read is done without, and said to be.
func WithCatalogue(ctx context.Context, a *App, suppliers []toolchain.Supplier, opts CatalogueOptions, try func([]toolchain.Supplier) error) error {
	suppliers = slices.Clone(suppliers)
	fetched := map[string]bool{}
	for {
		err := try(suppliers)
		if err == nil {
			return nil
		}
		at, update := 0, opts.Update
		missing, never := errors.AsType[*toolchain.NoCatalogueError](err)
		if never {
			at = slices.IndexFunc(suppliers, func(s toolchain.Supplier) bool { return s.Name() == missing.Supplier })
		}
		switch {
		case opts.Offline && at > 0:
			suppliers[at] = absent{suppliers[at], err}
			continue
		case opts.Offline:
			return err
		case never:
			if missing.Part != "" {
				update.Parts = []string{missing.Part}
			}
			if a.Kit == nil {
				a.Screen().Note("no catalogue %sof %s for %s: updating", spaced(missing.Part), missing.Supplier, missing.Host)
			}
		case update.AllowStale && (Is[*debian.StaleError](err) || leftOut(err)):
			a.Screen().Note("updating, with suites whose metadata expired")
		default:
			return err
		}
		wanted := fmt.Sprint(at, update.Parts)
		if at < 0 || fetched[wanted] {
			return err
		}
		fetched[wanted] = true
		if err := UpdateCatalogue(ctx, a, suppliers[at], opts.Host, update); err != nil {
			if at == 0 || ctx.Err() != nil || a.Kit != nil && unverified(err) {
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

// UpdateCatalogue refreshes the catalogues of a supplier for a host.
func UpdateCatalogue(ctx context.Context, a *App, s toolchain.Supplier, host toolchain.Host, opts toolchain.UpdateOptions) error {
	st, err := a.Store()
	if err != nil {
		return err
	}
	if err := st.EnsureWritable(); err != nil {
		return err
	}
	opts.Note = a.Screen().Note
	if a.Kit != nil {
		opts.Note = nil // it has the suites that are needed alone; readOrigin tells of those that could not be read
	}
	if err := s.Update(ctx, host, opts); err != nil {
		return fmt.Errorf("updating %s: %w", s.Name(), err)
	}
	return nil
}
