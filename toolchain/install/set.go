package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// writeSet writes the environment of an installed set to where Activate finds it by the request.
func (in *Installer) writeSet(ctx context.Context, set toolchain.Set, target targets.Target, objects map[toolchain.Component]store.Object) (Environment, error) {
	delete(objects, toolchain.Patchelf)
	id := set.Key.Short()
	e, err := newEnvironment(set, target, objects, filepath.Join(in.Store.SetDir(id), "bin"))
	if err != nil {
		return Environment{}, err
	}
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return Environment{}, fmt.Errorf("writing set: %w", err)
	}
	dir, err := in.Store.WriteSet(ctx, id, programs(objects), append(data, '\n'))
	if err != nil {
		return Environment{}, err
	}
	description, err := describe(set)
	if err == nil && description != nil {
		err = in.Store.DescribeSet(dir, description)
	}
	if err != nil {
		return Environment{}, err
	}
	e.Bin, e.Kernel = filepath.Join(dir, "bin"), set.Kernel.String()
	return e, nil
}

// describe returns the set in the form of a lock, without tools of the host: nil if it has nothing else.
func describe(set toolchain.Set) ([]byte, error) {
	set.Picks = slices.DeleteFunc(slices.Clone(set.Picks), func(p toolchain.Pick) bool { return p.Recipe.Layout == toolchain.LayoutHost })
	if len(set.Picks) == 0 {
		return nil, nil
	}
	var l toolchain.Lock
	l.Put(set)
	return l.Encode()
}

// InstalledSet is a set in a store.
type InstalledSet struct {
	ID     string // the first digits of the request's digest
	Dir    string
	InBase bool
	Env    Environment
	// Set is how the set was chosen, without tools of the host. Described is false for a set that an earlier krustup
	// installed, or that has only tools of the host.
	Set       toolchain.Set
	Described bool
	// Previous are objects that the set had before it was installed again, and that a process may still use.
	Previous []store.ID
}

// Sets returns the sets of the home and of the base stores, sorted by ID, and the errors of those that cannot be read.
func Sets(st *store.Store) (list []InstalledSet, problems []error) {
	ids, err := st.SetIDs()
	if err != nil {
		return nil, []error{err}
	}
	for _, id := range slices.Sorted(maps.Keys(ids)) {
		dir, ok := st.Set(id)
		if !ok {
			continue // removed meanwhile
		}
		s := InstalledSet{ID: id, Dir: dir, InBase: ids[id]}
		if s.Env, err = readEnvironment(filepath.Join(dir, store.EnvironmentName)); err != nil {
			problems = append(problems, err)
			continue
		}
		s.Env.Bin = filepath.Join(dir, "bin")
		for _, name := range st.PreviousEnvironments(id) {
			if e, err := readEnvironment(name); err == nil && !s.InBase {
				for _, o := range e.Objects {
					s.Previous = append(s.Previous, o.ID)
				}
			}
		}
		l, err := toolchain.ReadLock(filepath.Join(dir, store.SetLockName))
		switch {
		case err == nil && len(l.Keys()) == 1:
			s.Set, s.Described = l.Get(l.Keys()[0])
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			problems = append(problems, err)
		}
		list = append(list, s)
	}
	return list, problems
}

// Remake makes objects of a set again, from archives that verify, and puts each in the place of the one in the store. It
// fetches the archives that the store lacks.
func (in *Installer) Remake(ctx context.Context, set toolchain.Set, broken map[store.ID]bool) error {
	release, err := in.Store.Reserve(ctx, true, in.waiting)
	if err != nil {
		return err
	}
	defer release()
	missing, present := in.present(set)
	var picks []toolchain.Pick
	for _, p := range set.Picks {
		if p.Recipe.Layout == toolchain.LayoutHost {
			continue
		}
		if broken[toolchain.ObjectID(p)] {
			delete(present, p.Offer.Component)
			picks = append(picks, p)
		}
	}
	if _, ok := present[toolchain.Patchelf]; !ok {
		for _, p := range append(missing, set.Picks...) {
			if p.Offer.Component == toolchain.Patchelf && !broken[toolchain.ObjectID(p)] {
				picks = append(picks, p) // it relocates the others
				break
			}
		}
	}
	plan := in.planPicks(picks)
	plan.Set, plan.present, plan.replace = set, present, broken
	if err := in.fetch(ctx, "repairing "+term.Count(len(picks), "object", "objects"), plan, room{in.Store.Home(), roomForPrograms}); err != nil {
		return err
	}
	return in.makeObjects(ctx, plan)
}
