package cli

import (
	"cmp"
	"context"
	"errors"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// OpenKit opens the kit that --from names, if any: all suppliers then read that kit and nothing else. The caller calls
// done at the end.
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
		return nil, &UsageError{Text: "--offline: " + kit.Name + " is on the network", Hint: "--from also takes the file of a bundle or the directory of a mirror"}
	}
	a.Kit = kit
	return done, nil
}

// resolveFrom chooses a set from the offers of the kit.
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

// readable returns an error if a part of the kit failed verification: whoever damaged it could otherwise influence
// which set is chosen. A missing part is not an error, because a kit contains only the parts that its sets need.
// stale accepts expired metadata.
func readable(suppliers []toolchain.Supplier, host toolchain.Host, stale bool) error {
	for _, s := range suppliers {
		status, err := s.Status(host)
		if err != nil {
			return err
		}
		for _, st := range status {
			if failure.Refused(st.Err) && !(stale && failure.Is[*debian.StaleError](st.Err)) {
				return st.Err
			}
		}
	}
	return nil
}

// vouchedIn returns a set of the kit's own lock. That lock is not signed, so each pick is derived again from signed
// metadata. This is not needed if all objects of the set are in the store: their files were verified when they were
// installed. again finds the set once more, in a lock with the picks from signed metadata: the versions in the kit's
// lock could be forged.
func vouchedIn(ctx context.Context, a *App, set toolchain.Set, sel Selection, again func(toolchain.Lock) (toolchain.Set, error)) (toolchain.Set, error) {
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
	var vouched toolchain.Lock
	vouched.Put(set)
	return again(vouched)
}

// vouchedFor is Vouch for a set of the kit's lock. Metadata that the kit lacks is a fault of the kit, not of the
// network.
func vouchedFor(ctx context.Context, a *App, set toolchain.Set, sel Selection) (toolchain.Set, error) {
	vouched, err := Vouch(ctx, a, set, sel)
	if failure.Is[*fetch.NotFoundError](err) && !failure.Refused(err) {
		err = &mirror.IndexError{Name: a.Kit.Name, Reason: "signed metadata that vouches for its lock is missing: " + err.Error()}
	}
	if err == nil || failure.Is[*toolchain.UnvouchedError](err) {
		err = cmp.Or(readable(sel.Req.Suppliers, sel.Req.Host, true), err) // metadata that could not be read is the cause
	}
	return vouched, err
}

// Vouch derives each pick of a locked set from signed metadata and returns the set of these picks. Metadata that
// contradicts the lock is a *toolchain.UnvouchedError. Expired metadata is accepted, because the lock fixes the choice.
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
		return toolchain.Set{}, errors.New("the lock names a supplier that is not in use: see --supplier")
	}
	set.Picks = picks
	return set, nil
}

// inKit rewrites an error about a file of the kit: it replaces the directory that a bundle was unpacked to, which means
// nothing to the user, by the name of the kit.
func inKit(a *App, text, hint string, err error) (string, string) {
	if a.Kit == nil {
		return text, hint
	}
	damaged := failure.Is[*trust.DigestError](err) || failure.Is[*trust.SizeError](err) || failure.Is[*trust.SignatureError](err) || failure.Is[*debian.FailedError](err)
	switch {
	case damaged || failure.Is[*archive.FormatError](err) || failure.Is[*archive.HostileError](err) || failure.Is[*mirror.IndexError](err):
		hint = "nothing was installed from it: it is damaged or was modified; copy it again from where it was made"
	case failure.Is[*fetch.NotFoundError](err):
		hint = ""
	}
	return strings.ReplaceAll(text, a.Kit.URL+"/", a.Kit.Name+": "), hint
}
