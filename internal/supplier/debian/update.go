package debian

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// Update refreshes the catalogues of all suites. If a suite fails, its old catalogue is kept. Update returns an error
// only if the base suite fails; the failure of another suite is passed to opts.Note and recorded for Offers and Status.
// If no Release file has changed, Update fetches nothing but the Release files.
func (s *Supplier) Update(ctx context.Context, host toolchain.Host, opts toolchain.UpdateOptions) error {
	names, err := s.host(host)
	if err != nil {
		return err
	}
	if opts.Note == nil {
		opts.Note = func(string, ...any) {}
	}
	// Without the lock, an update could delete files that another update of the same architecture is about to name.
	end, err := s.catalogues().BeginUpdate(ctx, Name, names.Arch+".lock", opts.Note)
	if err != nil {
		return err
	}
	defer end()
	states := make([]*state, len(s.manifest.Suites))
	var group errgroup.Group
	group.SetLimit(3) // only two suites are large, so more connections would not help
	for i, suite := range s.manifest.Suites {
		group.Go(func() error {
			states[i] = s.refresh(ctx, suite, names.Arch, opts)
			return nil
		})
	}
	_ = group.Wait() // each state has its own error
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := s.rebuild(ctx, states); err != nil {
		return err
	}
	if ctx.Err() != nil { // once more: what follows makes the new catalogues count
		return context.Cause(ctx)
	}
	defer s.forget(names.Arch)
	return s.commit(states, opts)
}

// state is one suite during an update.
type state struct {
	suite   manifests.DebianSuite
	dir     string
	seen    time.Time // date of the old catalogue, also of one in another format
	old     *meta     // the old catalogue, nil if there is none
	fresh   *meta     // the new catalogue, nil if the suite failed
	release []byte
	graph   *graph
	err     error
}

// current returns the catalogue that the suite will have: the new one, or the old one if the suite failed.
func (st *state) current() *meta {
	if st.fresh != nil {
		return st.fresh
	}
	return st.old
}

// fail makes err the reason why the suite is not updated, beside an earlier one.
func (st *state) fail(err error) {
	if st.err != nil {
		st.err, st.fresh = fmt.Errorf("%w; %w", st.err, err), nil
		return
	}
	st.err, st.fresh = fmt.Errorf("suite %s: %w", st.suite.Name, err), nil
}

// rebuild builds the catalogues from the stored indexes. If one has changed, it rebuilds all of them, because the
// packages in a suite's catalogue depend on those that the other suites need.
func (s *Supplier) rebuild(ctx context.Context, states []*state) error {
	if !s.outdated(states) {
		return nil
	}
	err := eachState(states, func(st *state) error {
		return s.withIndex(ctx, st, func(name string, r *indexReader) (err error) {
			st.graph, err = readGraph(name, r)
			return err
		})
	})
	if err != nil {
		return err
	}
	var graphs []*graph
	for _, st := range states {
		if st.graph != nil && st.current() != nil {
			graphs = append(graphs, st.graph)
		}
	}
	wanted := reach(graphs, s.isRoot, s.isCut)
	return eachState(states, func(st *state) error {
		st.graph = nil
		return s.withIndex(ctx, st, func(name string, r *indexReader) error {
			text, count, err := reduce(name, r, wanted)
			if err != nil {
				return err
			}
			if err := r.Verify(); err != nil {
				return err
			}
			return s.storePackages(st, text, count)
		})
	})
}

// outdated reports whether any catalogue must be rebuilt.
func (s *Supplier) outdated(states []*state) bool {
	for _, st := range states {
		m := st.current()
		if m == nil {
			continue
		}
		if m.Packages.Name == "" || m.Roots != s.roots {
			return true
		}
		if trust.VerifyFile(filepath.Join(st.dir, m.Packages.Name), m.Packages.Digest, m.Packages.Size) != nil {
			return true
		}
	}
	return false
}

// storePackages writes a catalogue's packages, and changes a copy of its meta. The catalogue does not change before
// commit writes that meta.
func (s *Supplier) storePackages(st *state, text []byte, count int) error {
	m := *st.current()
	var err error
	if m.Packages, err = storeFile(st.dir, "catalogue", "", text); err != nil {
		return err
	}
	m.Count, m.Roots = count, s.roots
	if st.fresh != nil {
		st.fresh = &m
	} else {
		st.old = &m
	}
	return nil
}

// eachState calls work for all suites that have an index. If an index is bad, only its suite fails; a disk error or the
// cancellation of ctx is returned.
func eachState(states []*state, work func(*state) error) error {
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for _, st := range states {
		if st.current() == nil {
			continue
		}
		group.Go(func() error {
			err := work(st)
			if err == nil || !isIndexError(err) {
				return err
			}
			// Delete the bad index, so that the next update fetches it again. The catalogue built from it is kept.
			if err := os.Remove(filepath.Join(st.dir, st.current().Index.Name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("deleting a bad index: %w", err)
			}
			st.fail(err)
			st.old = nil
			return nil
		})
	}
	return group.Wait()
}

// commit publishes the new catalogues, suite by suite, and records which suites failed and why.
func (s *Supplier) commit(states []*state, opts toolchain.UpdateOptions) error {
	var failed error
	for _, st := range states {
		if m := st.current(); m != nil {
			if err := publish(st, m); err != nil {
				return err
			}
		}
		if err := writeFailure(st.dir, s.opts.Now(), st.err); err != nil {
			return err
		}
		switch {
		case st.err == nil:
		case st.suite.Base:
			failed = st.err
		default:
			opts.Note("%v", st.err)
		}
	}
	if failed != nil {
		return failed
	}
	return nil
}

// publish writes meta.json with the names of the new files, and then deletes the files that it no longer names.
func publish(st *state, m *meta) error {
	if st.release != nil && st.fresh != nil {
		release, err := storeFile(st.dir, "InRelease", "", st.release)
		if err != nil {
			return err
		}
		m.Release = release
	}
	if err := m.write(st.dir); err != nil {
		return err
	}
	entries, err := os.ReadDir(st.dir)
	if err != nil {
		return fmt.Errorf("cleaning catalogue: %w", err)
	}
	for _, e := range entries {
		switch e.Name() {
		case "meta.json", "failed.json", m.Release.Name, m.Index.Name, m.Packages.Name:
		default:
			if err := os.Remove(filepath.Join(st.dir, e.Name())); err != nil {
				return fmt.Errorf("cleaning catalogue: %w", err)
			}
		}
	}
	return nil
}
