package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// Resolve chooses a set with toolchain.Resolve and prints its warnings.
func Resolve(ctx context.Context, a *App, req toolchain.Request, offline bool) (toolchain.Set, error) {
	set, err := ResolveBy(ctx, a, req, offline, toolchain.Resolve)
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok && !failure.Helped(noSet) {
		noSet.Remedies = append(noSet.Remedies, hostRemedy(ctx, a, req, offline)...)
	}
	Warn(a.Screen(), set)
	return set, err
}

// Warn prints the warnings of a set.
func Warn(screen *term.Screen, set toolchain.Set) {
	for _, w := range set.Warnings {
		screen.Warn("%s", w)
	}
}

// ResolveBy chooses a set with the given function, and fetches the catalogues that are missing unless offline is set.
// It does not print the set's warnings.
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

// CatalogueOptions select catalogues, and whether they may be fetched.
type CatalogueOptions struct {
	Host    toolchain.Host          // whose catalogues
	Update  toolchain.UpdateOptions // for those that are fetched
	Offline bool                    // fetch none
}

// WithCatalogue calls try, which reads catalogues. If a catalogue is missing it is fetched, and try is called again.
// The same happens if suites were left out because their metadata expired and opts accepts expired metadata.
//
// The first supplier must be readable. Each later one that cannot be read is replaced by one without offers that
// reports why; only a part of a kit that fails verification is always an error.
func WithCatalogue(ctx context.Context, a *App, suppliers []toolchain.Supplier, opts CatalogueOptions, try func([]toolchain.Supplier) error) error {
	suppliers = slices.Clone(suppliers)
	fetched := map[string]bool{}
	for {
		err := try(suppliers)
		if err == nil {
			noteUnreadable(a, suppliers)
			noteAged(a, suppliers, opts)
			return nil
		}
		due, update := dueAfter(err, suppliers, opts.Update)
		if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); ok && opts.Offline && len(due) > 0 && due[0] > 0 {
			suppliers[due[0]] = unreadable{suppliers[due[0]], missing}
			continue
		}
		due = slices.DeleteFunc(due, func(at int) bool { return fetched[fmt.Sprint(at, update.Parts)] })
		if opts.Offline || len(due) == 0 {
			return err
		}
		if !slices.ContainsFunc(due, func(at int) bool { return a.failed[updateKey(suppliers[at], opts.Host, update)] != nil }) {
			noteUpdate(a, err)
		}
		for _, at := range due {
			fetched[fmt.Sprint(at, update.Parts)] = true
			if err := updateOnce(ctx, a, suppliers[at], opts.Host, update); err != nil {
				if at == 0 || ctx.Err() != nil || a.Kit != nil && failure.Refused(err) {
					return err
				}
				suppliers[at] = unreadable{suppliers[at], err}
			}
		}
	}
}

// dueAfter returns the numbers of the suppliers whose update can help against an error of a search, and the options for
// that update: the supplier whose catalogue is missing, or those with suites whose expired metadata opts accepts.
func dueAfter(err error, suppliers []toolchain.Supplier, opts toolchain.UpdateOptions) (due []int, update toolchain.UpdateOptions) {
	var names []string
	if missing, ok := errors.AsType[*toolchain.NoCatalogueError](err); ok {
		names = append(names, missing.Supplier)
		if missing.Part != "" {
			opts.Parts = []string{missing.Part}
		}
	} else if opts.AllowStale {
		for _, u := range unread(err) {
			if failure.Is[*debian.StaleError](u.Err) {
				names = append(names, u.Supplier)
			}
		}
	}
	for at, s := range suppliers {
		if slices.Contains(names, s.Name()) {
			due = append(due, at)
		}
	}
	return due, opts
}

// noteUpdate prints why an error of a search leads to an update. A kit has a message of its own.
func noteUpdate(a *App, err error) {
	missing, ok := errors.AsType[*toolchain.NoCatalogueError](err)
	switch {
	case !ok:
		a.Screen().Note("updating, including suites whose metadata expired")
	case a.Kit == nil:
		a.Screen().Note("no catalogue %sof %s for %s: updating", spaced(missing.Part), missing.Supplier, missing.Host)
	}
}

// spaced returns part with a space after it, for a message; "" for "".
func spaced(part string) string {
	if part == "" {
		return ""
	}
	return part + " "
}

// unread returns the parts of the suppliers that a search which found nothing could not read.
func unread(err error) []toolchain.Unread {
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok {
		return noSet.Unread
	}
	if noSource, ok := errors.AsType[*toolchain.NoSourceError](err); ok {
		return noSource.Unread
	}
	return nil
}

// updateOnce is UpdateCatalogue for commands that resolve several requests: an update that failed is not tried again.
func updateOnce(ctx context.Context, a *App, s toolchain.Supplier, host toolchain.Host, opts toolchain.UpdateOptions) error {
	key := updateKey(s, host, opts)
	if a.failed[key] == nil {
		err := UpdateCatalogue(ctx, a, s, host, opts)
		if err == nil {
			return nil
		}
		if a.failed == nil {
			a.failed = map[string]error{}
		}
		a.failed[key] = err
	}
	return a.failed[key]
}

// updateKey identifies what an update would fetch, and what it would accept.
func updateKey(s toolchain.Supplier, host toolchain.Host, opts toolchain.UpdateOptions) string {
	return fmt.Sprint(s.Name(), host, opts.Parts, opts.AllowStale, opts.AllowUnsigned)
}

// UpdateCatalogue fetches and verifies the catalogues of a supplier for a host.
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
		opts.Note = nil // a kit contains only the suites that are needed; readable checks those that could not be read
	}
	if err := s.Update(ctx, host, opts); err != nil {
		return fmt.Errorf("updating %s: %w", s.Name(), err)
	}
	return nil
}

// noteUnreadable reports, once for each supplier, that a choice was made without it.
func noteUnreadable(a *App, suppliers []toolchain.Supplier) {
	for _, s := range suppliers {
		if lost, ok := s.(unreadable); ok && !slices.Contains(a.noted, s.Name()) {
			a.noted = append(a.noted, s.Name())
			a.Screen().Note("chosen without supplier %s, which could not be read: %v", s.Name(), lost.why)
		}
	}
}

// noteAged reports, once for each suite, that it was left out because its stored catalogue has expired.
func noteAged(a *App, suppliers []toolchain.Supplier, opts CatalogueOptions) {
	for _, s := range suppliers {
		archive, ok := s.(*debian.Supplier)
		if !ok || opts.Update.AllowStale {
			continue
		}
		aged, err := archive.Aged(opts.Host)
		if err != nil {
			continue // the choice succeeded without this supplier
		}
		for _, stale := range aged {
			if !slices.Contains(a.noted, stale.Suite) {
				a.noted = append(a.noted, stale.Suite)
				a.Screen().Note("%v: left out; krustup update fetches a newer one", stale)
			}
		}
	}
}
