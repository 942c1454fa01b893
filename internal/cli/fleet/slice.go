package fleet

import (
	"slices"

	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// chooseSlice finds the sets that are wanted, the one that resolves or those of a lock, and what they are made of.
func chooseSlice(a *cli.App, c *urfave.Context, clients bool) (sliced, error) {
	var w sliced
	var err error
	if c.Bool("locked") || c.String("lock") != "" {
		w, err = lockedSets(a, c)
	} else {
		w, err = resolvedSet(a, c)
	}
	if err != nil {
		return w, err
	}
	w.slice, err = mirror.Of(w.sets, w.suppliers, clients)
	return w, err
}

// sliced is a slice, and what it was made from.
type sliced struct {
	slice     mirror.Slice
	sets      []toolchain.Set
	suppliers []toolchain.Supplier
	unvouched []error // of sets that installs with a lock of its own alone
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

// sliceFlags say what a mirror or a bundle is to hold.
func sliceFlags(more ...urfave.Flag) []urfave.Flag {
	return append(append(cli.SelectionFlags(true),
		&urfave.BoolFlag{Name: "locked", Usage: "all sets of krustup.lock, or those of --target, --host and --cc"},
		cli.LockFlag(),
	), more...)
}

// jsonSlice is what mirror and bundle tell of a slice (docs/json.md).
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

func resolvedSet(a *cli.App, c *urfave.Context) (sliced, error) {
	sel, err := cli.Choose(a, c)
	if err != nil {
		return sliced{}, err
	}
	set, err := cli.Resolve(c.Context, a, sel.Req, sel.Offline)
	if err != nil {
		return sliced{}, err
	}
	return sliced{sets: []toolchain.Set{set}, suppliers: sel.Req.Suppliers}, set.Lockable()
}

// lockedSets takes the sets of a lock. What signed metadata no longer vouch for is taken all the same, and said.
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
	if w.sets, err = chosenSets(c, path, lock); err != nil {
		return w, err
	}
	if err := sameDay(a, c, w); err != nil {
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
		case cli.Is[*toolchain.UnvouchedError](err):
			w.unvouched = append(w.unvouched, err)
			a.Screen().Warn("%v\n  it installs with this lock, and not with its copy in there", err)
		default:
			return w, err
		}
	}
	return w, nil
}

// chosenSets are the sets of a lock that --target, --host and --cc leave.
func chosenSets(c *urfave.Context, path string, lock toolchain.Lock) ([]toolchain.Set, error) {
	var sets []toolchain.Set
	for _, key := range lock.Keys() {
		wanted := true
		for flag, value := range map[string]string{"target": key.Target, "host": key.Host.String(), "cc": string(key.CC)} {
			wanted = wanted && (!c.IsSet(flag) || c.String(flag) == value)
		}
		if set, ok := lock.Get(key); ok && wanted {
			sets = append(sets, set)
		}
	}
	if len(sets) == 0 {
		return nil, &cli.UsageError{Text: path + " has no set of that target, host and compiler", Hint: "krustup lock adds one"}
	}
	return sets, nil
}

// sameDay refreshes the catalogues of all hosts when there are several: they share signed files, of which a mirror has one.
func sameDay(a *cli.App, c *urfave.Context, w sliced) error {
	var hosts []toolchain.Host
	for _, set := range w.sets {
		if !slices.Contains(hosts, set.Host) {
			hosts = append(hosts, set.Host)
		}
	}
	if len(hosts) < 2 || c.Bool("offline") {
		return nil
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
				return err
			}
		}
	}
	return nil
}
