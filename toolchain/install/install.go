package install

import (
	"context"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Install makes the missing objects of a set and writes its environment. Objects in the store are used unchanged, so
// a second call fetches nothing. When it fails or ctx ends, everything that was installed before is untouched; finished
// downloads and objects stay, and partial downloads are resumed by the next call.
func (in *Installer) Install(ctx context.Context, set toolchain.Set, target targets.Target) (Environment, error) {
	// From here on until the set refers to its objects, nothing removes them.
	release, err := in.Store.Reserve(ctx, !in.Plan(set).Done(), in.waiting)
	if err != nil {
		return Environment{}, err
	}
	defer release()
	plan := in.Plan(set)
	if !plan.Done() {
		in.Watch.Note("will install: %s", whyLine(plan.Objects))
		if err := in.fetch(ctx, "installing "+term.Count(len(plan.missing), "object", "objects"), plan, room{in.Store.Home(), roomForPrograms}); err != nil {
			return Environment{}, err
		}
		if err := in.makeObjects(ctx, plan); err != nil {
			return Environment{}, err
		}
	}
	for i, out := range plan.Objects {
		plan.Objects[i].Bytes = plan.present[out.Pick.Offer.Component].Record.Bytes
	}
	e, err := in.writeSet(ctx, set, target, plan.present)
	if err == nil {
		in.Watch.Settled(plan.Objects)
	}
	return e, err
}
