package cli

import (
	"context"
	"os"
	"slices"

	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/toolchain"
)

// hostRemedy returns the options that add the tools of this machine to a request, if a set then exists: with the
// suppliers that the set needs. It leaves the store as it is.
func hostRemedy(ctx context.Context, a *App, req toolchain.Request, offline bool) []string {
	if a.Kit != nil || slices.ContainsFunc(req.Suppliers, func(s toolchain.Supplier) bool { return s.Name() == host.Name }) {
		return nil
	}
	dir, err := os.MkdirTemp("", "krustup-host-")
	if err != nil {
		return nil // only a hint is lost
	}
	defer os.RemoveAll(dir)
	here, err := host.New(host.Options{Catalogues: dir})
	if err != nil || here.Update(ctx, req.Host, toolchain.UpdateOptions{}) != nil {
		return nil
	}
	req.Suppliers = append(slices.Clone(req.Suppliers), here)
	set, err := ResolveBy(ctx, a, req, offline, toolchain.Resolve)
	if err != nil {
		return nil
	}
	few := req
	few.Suppliers = slices.DeleteFunc(slices.Clone(req.Suppliers), func(s toolchain.Supplier) bool {
		return !slices.ContainsFunc(set.Picks, func(p toolchain.Pick) bool { return p.Offer.Supplier == s.Name() })
	})
	if _, err := ResolveBy(ctx, a, few, offline, toolchain.Resolve); err == nil {
		req = few
	}
	text := "with"
	for _, s := range req.Suppliers {
		text += " --supplier " + s.Name()
	}
	return []string{text}
}
