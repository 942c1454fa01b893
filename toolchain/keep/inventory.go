// Package keep tells what a store has, verifies it, and removes what is no longer wanted.
//
// A Set is an installed set with its objects, its last use and its Roots: what somebody wants it kept for. A lock file
// is a root for the sets that it names now, a kernel tree for the set that was last installed for it.
//
// Invariant: an object is removed only while no installation is running (store.Collect) and after every set that has it
// was removed; a set is removed only while no process uses it. Each removal is one rename, so a process that dies
// between two of them leaves a valid store.
package keep

import (
	"cmp"
	"path/filepath"
	"slices"
	"time"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Set is an installed set.
type Set struct {
	install.InstalledSet
	Objects []store.Object // without those that are missing
	Missing []store.ID
	Kernels []string // releases that it was installed for, as far as they are known; sorted
	Bytes   int64    // of its objects
	Used    time.Time
	Roots   []store.Root
}

// Key returns what the set is for, without the kernel.
func (s Set) Key() toolchain.LockKey {
	return toolchain.LockKey{Target: s.Env.Target, Host: s.Env.Host, CC: s.Env.CC, Backend: s.Env.Backend}
}

// Inventory is what a store and its base stores have.
type Inventory struct {
	Store    *store.Store
	Sets     []Set          // sorted by kernel, target and compiler
	Objects  []store.Object // all, sorted by ID
	Roots    []store.Root   // whose tree or lock exists
	Gone     []store.Root   // whose tree or lock does not
	Problems []error        // what cannot be read, or is no object

	locked map[store.ID]bool // objects that locks name
}

// Take reads the inventory of a store.
func Take(st *store.Store) Inventory {
	inv := Inventory{Store: st, locked: map[store.ID]bool{}}
	inv.Objects, inv.Problems = st.Objects()
	byID := map[store.ID]store.Object{}
	for _, o := range inv.Objects {
		byID[o.ID] = o
	}
	roots, problems := st.Roots()
	inv.Problems = append(inv.Problems, problems...)
	wanted := inv.reach(roots)
	sets, problems := install.Sets(st)
	inv.Problems = append(inv.Problems, problems...)
	for _, found := range sets {
		s := Set{InstalledSet: found, Roots: wanted[found.ID]}
		if !s.InBase {
			s.Used = st.Used(s.ID)
		}
		if s.Described {
			s.Kernels = append(s.Kernels, s.Set.Kernel.String())
		}
		for _, r := range s.Roots {
			s.Kernels = append(s.Kernels, r.Kernel)
		}
		slices.Sort(s.Kernels)
		s.Kernels = slices.DeleteFunc(slices.Compact(s.Kernels), func(k string) bool { return k == "" })
		for _, want := range s.Env.Objects {
			if o, ok := byID[want.ID]; ok && o.Record.Dir == want.Dir {
				s.Objects = append(s.Objects, o)
				s.Bytes += o.Record.Bytes
			} else {
				s.Missing = append(s.Missing, want.ID)
			}
		}
		inv.Sets = append(inv.Sets, s)
	}
	slices.SortFunc(inv.Sets, func(a, b Set) int {
		return cmp.Or(slices.Compare(a.Kernels, b.Kernels), cmp.Compare(a.Key().String(), b.Key().String()), cmp.Compare(a.ID, b.ID))
	})
	return inv
}

// reach returns the roots of each set. What a lock names is read from it now; one that cannot be read keeps the set
// that was installed from it.
func (inv *Inventory) reach(roots []store.Root) map[string][]store.Root {
	wanted := map[string][]store.Root{}
	for _, r := range roots {
		if !r.Exists() {
			inv.Gone = append(inv.Gone, r)
			continue
		}
		inv.Roots = append(inv.Roots, r)
		l, err := toolchain.ReadLock(r.Path)
		if r.Kind != "lock" || err != nil {
			wanted[r.Set] = append(wanted[r.Set], r)
			continue
		}
		for _, key := range l.Keys() {
			set, _ := l.Get(key)
			for _, p := range set.Picks {
				inv.locked[toolchain.ObjectID(p)] = true
			}
			if key.String() == r.For {
				r.Set, r.Kernel = set.Key.Short(), set.Kernel.String()
				wanted[r.Set] = append(wanted[r.Set], r)
			}
		}
	}
	return wanted
}

// Own returns the sets in the home.
func (inv Inventory) Own() []Set {
	return slices.DeleteFunc(slices.Clone(inv.Sets), func(s Set) bool { return s.InBase })
}

// UsedBy returns the sets that have an object, or with which a process is still using it.
func (inv Inventory) UsedBy(id store.ID) (list []Set) {
	for _, s := range inv.Sets {
		if slices.Contains(s.Previous, id) || slices.ContainsFunc(s.Env.Objects, func(o install.Installed) bool { return o.ID == id }) {
			list = append(list, s)
		}
	}
	return list
}

// Recipe returns a described set that has the object, and from which it can be made again.
func (inv Inventory) Recipe(id store.ID) (toolchain.Set, bool) {
	for _, s := range inv.Sets {
		if s.Described && hasPick(s.Set, id) {
			return s.Set, true
		}
	}
	for _, r := range inv.Roots {
		l, err := toolchain.ReadLock(r.Path)
		if r.Kind != "lock" || err != nil {
			continue
		}
		for _, key := range l.Keys() {
			if set, ok := l.Get(key); ok && hasPick(set, id) {
				return set, true
			}
		}
	}
	return toolchain.Set{}, false
}

func hasPick(set toolchain.Set, id store.ID) bool {
	return slices.ContainsFunc(set.Picks, func(p toolchain.Pick) bool {
		return p.Recipe.Layout != toolchain.LayoutHost && toolchain.ObjectID(p) == id
	})
}

// unneeded returns the objects in the home that no set has. patchelf makes and repairs the objects of sets, so it is
// needed while there is a set.
func (inv Inventory) unneeded() (list []store.Object) {
	for _, o := range inv.Objects {
		helper := o.Record.Component == string(toolchain.Patchelf) && len(inv.Own()) > 0
		if !o.InBase && !helper && len(inv.UsedBy(o.ID)) == 0 {
			list = append(list, o)
		}
	}
	return list
}

// without returns the inventory after a set was removed.
func (inv Inventory) without(id string) Inventory {
	inv.Sets = slices.DeleteFunc(slices.Clone(inv.Sets), func(s Set) bool { return s.ID == id && !s.InBase })
	return inv
}

// archivesOf returns the digests of the files that objects are made from, in all encodings.
func (inv Inventory) archivesOf(objects []store.Object) map[string]bool {
	keep := map[string]bool{}
	for _, o := range objects {
		for _, a := range o.Record.Artifacts {
			keep[a.Digest.String()] = true
		}
		set, _ := inv.Recipe(o.ID)
		for _, p := range set.Picks {
			for _, a := range p.Recipe.Artifacts {
				if hasDigest(o, a) && a.Instead != nil {
					keep[a.Instead.Digest.String()] = true
				}
			}
		}
	}
	return keep
}

func hasDigest(o store.Object, a toolchain.Artifact) bool {
	return slices.ContainsFunc(o.Record.Artifacts, func(have store.Artifact) bool { return have.Digest == a.Digest })
}

// dirOf returns the directory of a set in the home.
func (inv Inventory) dirOf(id string) string { return filepath.Clean(inv.Store.SetDir(id)) }
