package install

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Watcher is told what an installation does, so that a screen can show it. Its methods are called from several
// goroutines.
type Watcher interface {
	// Plan says what is to come: bytes to fetch at most, and the bytes of all work, which adds those to be unpacked.
	Plan(what string, fetch, work int64)
	// Progress adds bytes that were fetched or unpacked; a transfer that starts again takes back what it added.
	Progress(bytes int64)
	// Done says that a step of an object or an artifact is finished.
	Done(step, name string, bytes int64, took time.Duration)
	// Note says one thing that a person would want to know.
	Note(format string, args ...any)
	// Waiting says that another process holds what is needed next.
	Waiting(what string, holder store.Holder)
	// Settled says, once and at the end, what was done for each component of the set.
	Settled(list []Outcome)
}

// Installer puts sets into a store.
type Installer struct {
	Store     *store.Store
	Client    *fetch.Client
	Suppliers []toolchain.Supplier
	Watch     Watcher
	Offline   bool
	Jobs      int // parallel downloads and unpackings, at least 1
}

// Install makes the set's objects and writes down its environment. What is there already is taken as it is, so that a
// second call fetches nothing. When it fails or is cancelled, whatever was installed before is untouched; finished
// downloads and objects stay, and partial downloads are resumed next time.
func (in *Installer) Install(ctx context.Context, set toolchain.Set, target targets.Target) (Environment, error) {
	plan := in.Plan(set)
	if len(plan.missing) > 0 {
		told, err := in.prepare(ctx, plan)
		if err != nil {
			return Environment{}, err
		}
		in.Watch.Note("to be made: %s", whyLine(plan.Objects))
		in.announce(fmt.Sprintf("installing %d objects", len(plan.missing)), plan, told)
		if err := in.fetchAll(ctx, plan, told); err != nil {
			return Environment{}, err
		}
		if err := in.makeAll(ctx, plan.missing, plan.present); err != nil {
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

// announce adds up what there is to fetch, each file once, and to unpack, each file for every object that it is part of.
func (in *Installer) announce(what string, plan Plan, told sizes) {
	var fetched, unpacked int64
	for _, a := range plan.artifacts() {
		if !in.Offline {
			fetched += told.of(a)
		}
	}
	for _, p := range plan.missing {
		for _, a := range p.Recipe.Artifacts {
			unpacked += told.of(a)
		}
	}
	in.Watch.Plan(what, fetched, fetched+unpacked)
}

// present sorts a set's picks into those whose object is in the store and those that have to be made.
func (in *Installer) present(set toolchain.Set) (missing []toolchain.Pick, objects map[toolchain.Component]store.Object) {
	objects = map[toolchain.Component]store.Object{}
	for _, p := range set.Picks {
		if p.Recipe.Layout == toolchain.LayoutHost {
			objects[p.Offer.Component] = onHost(p)
			continue
		}
		o, err := in.Store.Lookup(toolchain.ObjectID(p))
		if err != nil {
			missing = append(missing, p)
			continue
		}
		objects[p.Offer.Component] = o
	}
	if len(missing) == 1 && missing[0].Offer.Component == toolchain.Patchelf {
		// It serves only to make the others: with those there, it is not missed.
		missing = nil
	}
	return missing, objects
}

// makeAll makes patchelf first, which relocates the others, then those, a few at a time, and then what is built with them.
func (in *Installer) makeAll(ctx context.Context, missing []toolchain.Pick, objects map[toolchain.Component]store.Object) error {
	var rest, built []toolchain.Pick
	for _, p := range missing {
		switch {
		case p.Recipe.Layout == toolchain.LayoutCargo:
			built = append(built, p)
			continue
		case p.Offer.Component != toolchain.Patchelf:
			rest = append(rest, p)
			continue
		}
		o, err := in.makeObject(ctx, p, objects)
		if err != nil {
			return err
		}
		objects[toolchain.Patchelf] = o
	}
	made := make([]store.Object, len(rest))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, in.Jobs))
	for i, p := range rest {
		group.Go(func() (err error) {
			made[i], err = in.makeObject(groupCtx, p, objects)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, p := range rest {
		objects[p.Offer.Component] = made[i]
	}
	for _, p := range built { // one after another: cargo itself keeps every core busy
		o, err := in.makeObject(ctx, p, objects)
		if err != nil {
			return err
		}
		objects[p.Offer.Component] = o
	}
	return nil
}

// makeObject is the pipeline: verify, unpack (or build), relocate, check, try, publish. The artifacts were fetched before;
// others are the objects of the set that there are already.
func (in *Installer) makeObject(ctx context.Context, p toolchain.Pick, others map[toolchain.Component]store.Object) (store.Object, error) {
	id := toolchain.ObjectID(p)
	began := time.Now()
	unlock, err := in.Store.Lock(ctx, id.String(), "installing "+id.String(), func(h store.Holder) { in.Watch.Waiting(id.String(), h) })
	if err != nil {
		return store.Object{}, err
	}
	defer unlock()
	// Look again: another process may have made it while this one waited.
	if o, err := in.Store.Lookup(id); err == nil {
		return o, nil
	}
	stage, err := in.Store.Stage(id)
	if err != nil {
		return store.Object{}, err
	}
	defer stage.Discard()
	if p.Recipe.Layout == toolchain.LayoutCargo {
		if err := in.build(ctx, p, stage, others); err != nil {
			return store.Object{}, fmt.Errorf("building %s: %w", id, err)
		}
	} else if err := in.unpack(ctx, p, stage.Dir); err != nil {
		return store.Object{}, fmt.Errorf("unpacking %s: %w", id, err)
	}
	if p.Offer.Component != toolchain.Patchelf {
		if err := relocate(ctx, p, stage, others[toolchain.Patchelf]); err != nil {
			return store.Object{}, fmt.Errorf("relocating %s: %w", id, err)
		}
	}
	llvm, err := askRustc(ctx, p, stage)
	if err != nil {
		return store.Object{}, fmt.Errorf("trying %s: %w", id, err)
	}
	if said := p.Offer.LLVM; !said.IsZero() && !llvm.IsZero() && said.Major() != llvm.Major() {
		in.Watch.Note("rustc %s has LLVM %s inside, and was taken for one with LLVM %d: --match-llvm went by that", p.Offer.Version, llvm, said.Major())
	}
	o, err := publish(ctx, p, id, stage, llvm)
	if err != nil {
		return store.Object{}, fmt.Errorf("publishing %s: %w", id, err)
	}
	in.Watch.Done("installed", id.String(), o.Record.Bytes, time.Since(began))
	return o, nil
}
