package install

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// makeObject makes one object, in the order of the steps below. Its artifacts have been fetched.
func (in *Installer) makeObject(ctx context.Context, p toolchain.Pick, plan Plan) (store.Object, error) {
	id := toolchain.ObjectID(p)
	began := time.Now()
	unlock, err := in.Store.Lock(ctx, id.String(), "installing "+id.String(), func(h lock.Holder) { in.Watch.Waiting(id.String(), h) })
	if err != nil {
		return store.Object{}, err
	}
	defer unlock()
	// Look again: another process may have made it while this one waited.
	if o, err := in.Store.Lookup(id); err == nil && !plan.replace[id] {
		return o, nil
	}
	stage, err := in.Store.Stage(id)
	if err != nil {
		return store.Object{}, err
	}
	defer stage.Discard()
	stage.Replace = plan.replace[id]
	o := &object{in: in, pick: p, id: id, stage: stage, others: plan.present}
	defer o.close()
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"verifying", o.verify},     // every artifact, before the first byte of one is unpacked
		{"unpacking", o.unpack},     // into the stage; crates are built there
		{"relocating", o.relocate},  // so that the programs run from the store
		{"checking", o.check},       // that each program finds its libraries, and that rustc is the promised one
		{"recording", o.makeRecord}, // what went in, and what came out
	} {
		if err := step.run(ctx); err != nil {
			return store.Object{}, fmt.Errorf("%s %s: %w", step.name, id, err)
		}
	}
	published, err := stage.Publish(ctx, o.record)
	if err != nil {
		return store.Object{}, err
	}
	in.Watch.Done("installed", id.String(), published.Record.Bytes, time.Since(began))
	return published, nil
}

// makeObjects makes the missing objects of a plan and adds them to its present ones: first patchelf, which relocates
// the others, then a few at a time, and at the end those that are built with them.
func (in *Installer) makeObjects(ctx context.Context, plan Plan) error {
	var first, rest, built []toolchain.Pick
	for _, p := range plan.missing {
		switch {
		case p.Recipe.Layout == toolchain.LayoutCargo:
			built = append(built, p)
		case p.Offer.Component == toolchain.Patchelf:
			first = append(first, p)
		default:
			rest = append(rest, p)
		}
	}
	for _, stage := range []struct {
		picks []toolchain.Pick
		jobs  int
	}{{first, 1}, {rest, max(1, in.Jobs)}, {built, 1}} { // cargo keeps every core busy by itself
		if err := in.makeTogether(ctx, stage.picks, stage.jobs, plan); err != nil {
			return err
		}
	}
	return nil
}

// makeTogether makes objects that do not need each other and adds them to the present ones of the plan.
func (in *Installer) makeTogether(ctx context.Context, picks []toolchain.Pick, jobs int, plan Plan) error {
	made := make([]store.Object, len(picks))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(jobs)
	for i, p := range picks {
		group.Go(func() (err error) {
			made[i], err = in.makeObject(ctx, p, plan)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, p := range picks {
		plan.present[p.Offer.Component] = made[i]
	}
	return nil
}

// unpack fills the stage with the content of the object's artifacts, or with what is built from them.
func (o *object) unpack(ctx context.Context) error {
	if o.pick.Recipe.Layout == toolchain.LayoutCargo {
		return o.build(ctx)
	}
	return o.in.unpack(ctx, o.files, o.pick.Recipe, o.stage.Dir)
}
