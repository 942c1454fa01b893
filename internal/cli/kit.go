package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
	urfave "github.com/urfave/cli/v2"
)

// OpenKit lets every supplier read what --from names, and nothing else. done is to be called at the end.
func OpenKit(a *App, c *urfave.Context) (done func(), err error) {
	name := c.String("from")
	if name == "" {
		return func() {}, nil
	}
	st, err := a.Store()
	if err != nil {
		return nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	kit, err := mirror.Open(name, st, client, a.Screen().Note)
	if err != nil {
		return nil, err
	}
	done = func() {
		if err := kit.Close(); err != nil {
			a.Screen().Warn("%v", err)
		}
	}
	if kit.Network && c.Bool("offline") {
		done()
		return nil, &UsageError{Text: "--offline: " + kit.Name + " is on the network", Hint: "--from takes a bundle's file or a mirror's directory, too"}
	}
	a.Kit = kit
	return done, nil
}

// resolveFrom chooses among what the kit has, as among what a mirror has.
func resolveFrom(ctx context.Context, a *App, sel Selection) (toolchain.Set, error) {
	if err := a.Kit.Unpack(ctx); err != nil {
		return toolchain.Set{}, err
	}
	set, err := Resolve(ctx, a, sel.Req, false)
	if err != nil {
		return toolchain.Set{}, err
	}
	return set, readable(sel.Req.Suppliers, sel.Req.Host, sel.Req.AllowStale)
}

// readable fails when a part of the kit is there and cannot be believed: a set that was chosen without it might not be
// what it seems. Parts that a kit does not have are what it was made without.
func readable(suppliers []toolchain.Supplier, host toolchain.Host, stale bool) error {
	for _, s := range suppliers {
		status, err := s.Status(host)
		if err != nil {
			return err
		}
		for _, st := range status {
			if unverified(st.Err) && !(stale && Is[*debian.StaleError](st.Err)) {
				return st.Err
			}
		}
	}
	return nil
}

// lockedIn takes the set of the kit's own lock. Nobody vouches for that lock, so each pick is made anew from signed
// metadata, unless all of its objects are in the store: their files were verified when they came.
func lockedIn(ctx context.Context, a *App, sel Selection) (toolchain.Set, error) {
	lock, err := a.Kit.Lock(ctx)
	if err != nil {
		return toolchain.Set{}, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	name := a.Kit.Name + ": " + toolchain.LockName
	set, err := lock.SetFor(name, sel.Req, rules)
	if err != nil {
		return toolchain.Set{}, err
	}
	in, watch, err := a.Installer(sel.Req.Suppliers, false)
	if err != nil {
		return toolchain.Set{}, err
	}
	defer watch.Close()
	if in.Plan(set).Done() {
		return set, nil
	}
	if err := a.Kit.Unpack(ctx); err != nil {
		return toolchain.Set{}, err
	}
	if set, err = vouchedFor(ctx, a, set, sel); err != nil {
		return toolchain.Set{}, err
	}
	// Once more, by what the metadata say of each pick: the lock may have said what pleases.
	var vouched toolchain.Lock
	vouched.Put(set)
	return vouched.SetFor(name, sel.Req, rules)
}

// vouchedFor is vouched for a set of the kit's lock. What the kit lacks for it is a fault of the kit, and not of a network.
func vouchedFor(ctx context.Context, a *App, set toolchain.Set, sel Selection) (toolchain.Set, error) {
	vouched, err := Vouch(ctx, a, set, sel)
	if Is[*fetch.NotFoundError](err) && !unverified(err) {
		err = &mirror.IndexError{Name: a.Kit.Name, Reason: "it lacks signed metadata that would vouch for its lock: " + err.Error()}
	}
	if err == nil || Is[*toolchain.UnvouchedError](err) {
		err = cmp.Or(readable(sel.Req.Suppliers, sel.Req.Host, true), err) // what could not be read is why nobody vouches
	}
	return vouched, err
}

// Vouch gives a set whose every pick comes from signed metadata. Where metadata say something else than the lock it is an
// *toolchain.UnvouchedError. That they expired does not matter: what is chosen is fixed.
func Vouch(ctx context.Context, a *App, set toolchain.Set, sel Selection) (toolchain.Set, error) {
	opts := CatalogueOptions{set.Host, toolchain.UpdateOptions{AllowStale: true, AllowUnsigned: sel.Req.AllowUnsigned}, sel.Offline}
	var picks []toolchain.Pick
	for _, s := range sel.Req.Suppliers {
		err := WithCatalogue(ctx, a, []toolchain.Supplier{s}, opts, func([]toolchain.Supplier) error {
			made, err := toolchain.Vouch(toolchain.VouchRequest{Supplier: s, Target: sel.Req.Target, AllowUnsigned: sel.Req.AllowUnsigned}, set)
			picks = append(picks, made...)
			return err
		})
		if err != nil {
			return toolchain.Set{}, err
		}
	}
	if len(picks) < len(set.Picks) {
		return toolchain.Set{}, errors.New("a supplier that the lock names is not in use: see --supplier")
	}
	set.Picks = picks
	return set, nil
}

// inKit puts an error about a file of the kit in the user's words: where a bundle was unpacked is nothing to him.
func inKit(a *App, text, hint string, err error) (string, string) {
	if a.Kit == nil {
		return text, hint
	}
	damaged := Is[*trust.DigestError](err) || Is[*trust.SizeError](err) || Is[*trust.SignatureError](err) || Is[*debian.FailedError](err)
	switch {
	case damaged || Is[*archive.FormatError](err) || Is[*archive.HostileError](err) || Is[*mirror.IndexError](err):
		hint = "nothing of it was installed: it was damaged, or changed by somebody; take it again from where it was made"
	case Is[*fetch.NotFoundError](err):
		hint = ""
	}
	return strings.ReplaceAll(text, a.Kit.URL+"/", a.Kit.Name+": "), hint
}
