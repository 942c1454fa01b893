package install

import (
	"errors"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// Installer puts sets into a store.
type Installer struct {
	Store     *store.Store
	Client    *fetch.Client
	Suppliers []toolchain.Supplier
	Watch     Watcher
	Offline   bool
	Jobs      int // parallel downloads and unpackings, at least 1
}

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

func (in *Installer) locate(a toolchain.Artifact) ([]string, error) {
	s, err := in.supplier(a)
	if err != nil {
		return nil, err
	}
	return s.Locate(a)
}

func (in *Installer) supplier(a toolchain.Artifact) (toolchain.Supplier, error) {
	for _, s := range in.Suppliers {
		if s.Name() == a.Supplier {
			return s, nil
		}
	}
	return nil, errors.New("artifact " + a.Path + " comes from supplier " + a.Supplier + ", which is not in use: see --supplier")
}

func (in *Installer) waiting(h lock.Holder) { in.Watch.Waiting("the store", h) }
