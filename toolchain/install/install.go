package install

import (
	"context"
	"fmt"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// Watcher receives the progress of an installation, for example to show it on a screen. Its methods are called from
// several goroutines.
type Watcher interface {
	// Plan announces the work: the bytes to fetch at most, and the bytes of all work, which also counts those to
	// unpack.
	Plan(what string, fetch, work int64)
	// Progress adds bytes that were fetched or unpacked. It is negative when a transfer starts over.
	Progress(bytes int64)
	// Done reports that a step of an object or an artifact is finished.
	Done(step, name string, bytes int64, took time.Duration)
	// Note passes on information for the user.
	Note(format string, args ...any)
	// Waiting reports that another process holds what is needed next.
	Waiting(what string, holder lock.Holder)
	// Settled reports, once and at the end, what was done for each component of the set.
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

// Install makes the missing objects of a set and writes its environment. Objects in the store are used unchanged, so
// a second call fetches nothing. When it fails or ctx ends, everything that was installed before is untouched; finished
// downloads and objects stay, and partial downloads are resumed by the next call.
func (in *Installer) Install(ctx context.Context, set toolchain.Set, target targets.Target) (Environment, error) {
	plan := in.Plan(set)
	if !plan.Done() {
		in.Watch.Note("will install: %s", whyLine(plan.Objects))
		if err := in.fetch(ctx, fmt.Sprintf("installing %d objects", len(plan.missing)), plan); err != nil {
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
