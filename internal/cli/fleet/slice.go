package fleet

import (
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// chooseSlice chooses sets, those of a lock or else the one that resolves, and returns the slice that they need.
// clients adds what apt and rustup need to read the slice.
func chooseSlice(a *cli.App, c *urfave.Context, clients bool) (sliced, error) {
	var w sliced
	var err error
	if c.Bool("locked") || c.String("lock") != "" {
		w, err = lockedSets(a, c)
	} else {
		w, err = resolvedSets(a, c)
	}
	if err != nil {
		return w, err
	}
	w.slice, err = mirror.Of(w.sets, w.suppliers, clients)
	return w, err
}

// sliced is a slice and the sets and suppliers that it was derived from.
type sliced struct {
	slice     mirror.Slice
	sets      []toolchain.Set
	suppliers []toolchain.Supplier
	unvouched []error // one for each set that installs only with a lock of the user
}

func (w sliced) json(result mirror.Result) jsonSlice {
	out := jsonSlice{Sets: []jsonSliceSet{}, Files: result.Files, Bytes: result.Bytes, Fetched: result.Fetched, FetchedBytes: result.Moved, Unvouched: []string{}}
	for _, s := range w.sets {
		out.Sets = append(out.Sets, jsonSliceSet{s.Target, s.Host, s.CC, s.Backend, s.Kernel.String()})
	}
	for _, err := range w.unvouched {
		out.Unvouched = append(out.Unvouched, err.Error())
	}
	return out
}

// sliceFlags are the flags that select the content of a mirror or a bundle.
func sliceFlags(more ...urfave.Flag) []urfave.Flag {
	return append(append(cli.ManySelectionFlags(),
		&urfave.BoolFlag{Name: "locked", Usage: "use the sets of krustup.lock that --target, --host and --cc select"},
		cli.LockFlag(),
	), more...)
}

// jsonSlice is what mirror and bundle print about a slice (docs/json.md).
type jsonSlice struct {
	Sets         []jsonSliceSet `json:"sets"`
	Files        int            `json:"files"`
	Bytes        int64          `json:"bytes"`
	Fetched      int            `json:"fetched"`
	FetchedBytes int64          `json:"fetched_bytes"`
	Unvouched    []string       `json:"unvouched"`
}

type jsonSliceSet struct {
	Target  string             `json:"target"`
	Host    toolchain.Host     `json:"host"`
	CC      toolchain.Compiler `json:"cc"`
	Backend targets.Backend    `json:"backend,omitempty"`
	Kernel  string             `json:"kernel"`
}

// resolvedSets chooses the sets that the flags select. If they are for several hosts, it chooses again with catalogues
// that fit together.
func resolvedSets(a *cli.App, c *urfave.Context) (sliced, error) {
	w, err := resolveAll(a, c)
	if err != nil {
		return w, err
	}
	refreshed, err := refreshShared(a, c, w)
	if err != nil || !refreshed {
		return w, err
	}
	return resolveAll(a, c)
}

func resolveAll(a *cli.App, c *urfave.Context) (sliced, error) {
	choices, err := cli.ChooseSets(a, c)
	if err != nil {
		return sliced{}, err
	}
	w := sliced{suppliers: choices[0].Req.Suppliers}
	for _, choice := range choices {
		if err := choice.Set.Lockable(); err != nil {
			return sliced{}, err
		}
		w.sets = append(w.sets, choice.Set)
	}
	return w, nil
}

// lockedSets returns the sets of a lock. It includes a set that signed metadata no longer vouches for, with a warning.
func lockedSets(a *cli.App, c *urfave.Context) (sliced, error) {
	path := cli.LockPath(c, c.String("tree"))
	lock, err := cli.ReadLock(path, "--locked")
	if err != nil {
		return sliced{}, err
	}
	w := sliced{}
	if w.suppliers, err = a.Suppliers(c); err != nil {
		return w, err
	}
	keys, err := cli.LockedKeys(c, path, lock)
	if err != nil {
		return w, err
	}
	for _, key := range keys {
		set, _ := lock.Get(key)
		w.sets = append(w.sets, set)
	}
	if _, err := refreshShared(a, c, w); err != nil {
		return w, err
	}
	for i, set := range w.sets {
		target, err := targets.Find(set.Target)
		if err != nil {
			return w, err
		}
		req := toolchain.Request{Target: target, Suppliers: w.suppliers, AllowUnsigned: c.Bool("allow-unsigned")}
		vouched, err := cli.Vouch(c.Context, a, set, cli.Selection{Req: req, Offline: c.Bool("offline")})
		switch {
		case err == nil:
			w.sets[i] = vouched
		case failure.Is[*toolchain.UnvouchedError](err):
			w.unvouched = append(w.unvouched, err)
			a.Screen().Warn("%v\n  it installs only with this lock, not with the copy of the lock in the mirror or bundle", err)
		default:
			return w, err
		}
	}
	return w, nil
}

// refreshShared updates the catalogues of all hosts if the sets are for several. These catalogues share signed files,
// and a mirror can contain only one version of each. It reports whether it did.
func refreshShared(a *cli.App, c *urfave.Context, w sliced) (bool, error) {
	var hosts []toolchain.Host
	for _, set := range w.sets {
		if !slices.Contains(hosts, set.Host) {
			hosts = append(hosts, set.Host)
		}
	}
	if len(hosts) < 2 || c.Bool("offline") {
		return false, nil
	}
	for _, s := range w.suppliers {
		used := func(set toolchain.Set) bool {
			return slices.ContainsFunc(set.Picks, func(p toolchain.Pick) bool { return p.Offer.Supplier == s.Name() })
		}
		if !slices.ContainsFunc(w.sets, used) {
			continue
		}
		for _, host := range hosts {
			opts := toolchain.UpdateOptions{AllowStale: c.Bool("allow-stale"), AllowUnsigned: c.Bool("allow-unsigned")}
			if err := cli.UpdateCatalogue(c.Context, a, s, host, opts); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
