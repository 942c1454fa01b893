package keep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
)

// partialAge is how long a download can be resumed: one in progress is never this old.
const partialAge = 24 * time.Hour

// Options are the options of Collect.
type Options struct {
	Keep    time.Duration // a set, or an archive that no object needs, is kept for this long after its last use
	MaxSize int64         // bytes of the store at most; 0: no limit
	DryRun  bool
	Waiting func(lock.Holder)
}

// Removed is one thing that was removed, or would be.
type Removed struct {
	Kind  string `json:"kind"` // "set", "object", "archive", "partial" or "root"
	Name  string `json:"name"`
	Why   string `json:"why"`
	Bytes int64  `json:"bytes"` // on the disk
}

// Result is what Collect or Remove did, or would do.
type Result struct {
	Removed []Removed `json:"removed"`
	Bytes   int64     `json:"bytes"` // sum of those of Removed
	Left    int64     `json:"left"`  // bytes of the store's objects, sets and files afterwards
	Running []string  `json:"running"`
	Over    int64     `json:"over"` // bytes by which the store is still larger than MaxSize
}

// collector removes things, or only counts them.
type collector struct {
	ctx    context.Context
	inv    Inventory
	opts   Options
	result Result
}

// Collect removes the sets that no root wants and that were not used lately, and objects, archives and partial
// downloads that nothing needs. With MaxSize it then removes archives, and sets that no root wants, from the one that
// was used longest ago, until the store is small enough. It does not touch what a process uses. When ctx ends, it stops
// between two removals.
func Collect(ctx context.Context, st *store.Store, opts Options) (Result, error) {
	if _, err := os.Stat(st.Home()); errors.Is(err, fs.ErrNotExist) {
		return Result{Removed: []Removed{}, Running: []string{}}, nil
	}
	if !opts.DryRun {
		release, err := st.Collect(ctx, "removing what is not needed", opts.Waiting)
		if err != nil {
			return Result{}, err
		}
		defer release()
		if err := st.CleanStages(ctx); err != nil {
			return Result{}, err
		}
	}
	c := &collector{ctx: ctx, inv: Take(st), opts: opts, result: Result{Removed: []Removed{}, Running: []string{}}}
	for _, step := range []func() error{c.roots, c.sets, c.objects, c.leftovers, c.archives, c.partial, c.shrink} {
		if err := step(); err != nil {
			return c.result, err
		}
	}
	return c.result, nil
}

// drop removes one thing and counts it.
func (c *collector) drop(r Removed, remove func() error) error {
	if c.ctx.Err() != nil {
		return context.Cause(c.ctx)
	}
	if !c.opts.DryRun {
		if err := remove(); err != nil {
			return err
		}
	}
	c.result.Removed = append(c.result.Removed, r)
	c.result.Bytes += r.Bytes
	return nil
}

func (c *collector) roots() error {
	for _, r := range c.inv.Gone {
		err := c.drop(Removed{Kind: "root", Name: r.Path, Why: "the " + r.Kind + " no longer exists"}, func() error { return c.inv.Store.RemoveRoot(r) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) sets() error {
	for _, s := range c.inv.Own() {
		age := time.Since(s.Used)
		if len(s.Roots) > 0 || age < c.opts.Keep {
			continue
		}
		if err := c.set(s, "no root, last used "+Ago(s.Used)); err != nil {
			return err
		}
	}
	return nil
}

// set removes a set, unless it is in use.
func (c *collector) set(s Set, why string) error {
	if c.opts.DryRun {
		running, err := c.inv.Store.Running(s.ID)
		if err != nil || running {
			c.running(s)
			return err
		}
	}
	bytes, err := store.DiskUsage(c.inv.dirOf(s.ID))
	if err != nil {
		return err
	}
	err = c.drop(Removed{"set", s.ID + " (" + Title(s) + ")", why, bytes}, func() error { return c.inv.Store.RemoveSet(c.ctx, s.ID) })
	if errors.As(err, new(*store.InUseError)) {
		c.running(s)
		return nil
	}
	if err == nil {
		c.inv = c.inv.without(s.ID)
	}
	return err
}

func (c *collector) running(s Set) { c.result.Running = append(c.result.Running, s.ID) }

// objects removes what neither a set nor a lock has.
func (c *collector) objects() error {
	for _, o := range c.inv.unneeded() {
		if c.inv.locked[o.ID] {
			continue
		}
		if err := c.object(o.ID, o.Dir, "no set has it"); err != nil {
			return err
		}
		c.inv.Objects = slices.DeleteFunc(slices.Clone(c.inv.Objects), func(x store.Object) bool { return x.ID == o.ID && !x.InBase })
	}
	return nil
}

func (c *collector) object(id store.ID, dir, why string) error {
	bytes, err := store.DiskUsage(dir)
	if err != nil {
		return err
	}
	return c.drop(Removed{"object", id.String(), why, bytes}, func() error { return c.inv.Store.RemoveObject(c.ctx, id) })
}

// leftovers removes directories in the home that are no objects and that no set needs.
func (c *collector) leftovers() error {
	for _, err := range c.inv.Problems {
		missing, ok := errors.AsType[*store.NotInstalledError](err)
		if !ok || len(c.inv.UsedBy(missing.ID)) > 0 {
			continue
		}
		dir := filepath.Join(c.inv.Store.Home(), "objects", missing.ID.String())
		if _, err := os.Lstat(dir); err != nil {
			continue // of a base store
		}
		if err := c.object(missing.ID, dir, "it has no record"); err != nil {
			return err
		}
	}
	return nil
}

// archives removes files that no object was made from and that were fetched long ago.
func (c *collector) archives() error {
	files, err := c.inv.Store.Files("archives")
	if err != nil {
		return err
	}
	needed := c.inv.archivesOf(c.inv.Objects)
	for _, f := range files {
		digest, _, _ := strings.Cut(filepath.Base(f.Path), ".")
		if needed[digest] || time.Since(f.Time) < c.opts.Keep {
			continue
		}
		if err := c.file("archive", f, "no object was made from it"); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) partial() error {
	files, err := c.inv.Store.Files("partial")
	if err != nil {
		return err
	}
	for _, f := range files {
		if time.Since(f.Time) < partialAge {
			continue
		}
		if err := c.file("partial", f, "an unfinished download"); err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) file(kind string, f store.File, why string) error {
	return c.drop(Removed{kind, filepath.Base(f.Path), why, f.Bytes}, func() error { return os.Remove(f.Path) })
}

// size returns the bytes of the store now, or after what was only counted.
func (c *collector) size() (int64, error) {
	home := c.inv.Store.Home()
	bytes, err := store.DiskUsage(filepath.Join(home, "objects"), filepath.Join(home, "sets"), filepath.Join(home, "archives"), filepath.Join(home, "partial"))
	if c.opts.DryRun {
		bytes -= c.result.Bytes
	}
	return bytes, err
}

// shrink removes more until the store is small enough.
func (c *collector) shrink() (err error) {
	if c.result.Left, err = c.size(); err != nil || c.opts.MaxSize <= 0 {
		return err
	}
	if err := c.shrinkArchives(); err != nil {
		return err
	}
	sets := c.inv.Own()
	slices.SortFunc(sets, func(a, b Set) int { return a.Used.Compare(b.Used) })
	for _, s := range sets {
		if len(s.Roots) > 0 || c.result.Left <= c.opts.MaxSize || slices.Contains(c.result.Running, s.ID) {
			continue
		}
		if err := c.set(s, "the store is too large, last used "+Ago(s.Used)); err != nil {
			return err
		}
		if err := c.objects(); err != nil {
			return err
		}
		if c.result.Left, err = c.size(); err != nil {
			return err
		}
	}
	c.result.Over = max(0, c.result.Left-c.opts.MaxSize)
	return nil
}

// shrinkArchives removes archives, the oldest first: they can be fetched again.
func (c *collector) shrinkArchives() error {
	files, err := c.inv.Store.Files("archives")
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, r := range c.result.Removed {
		gone[r.Name] = r.Kind == "archive"
	}
	slices.SortFunc(files, func(a, b store.File) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Path, b.Path)) })
	for _, f := range files {
		if gone[filepath.Base(f.Path)] || c.result.Left <= c.opts.MaxSize {
			continue
		}
		if err := c.file("archive", f, "the store is too large"); err != nil {
			return err
		}
		c.result.Left -= f.Bytes
	}
	return nil
}

// Title returns what a set is for: "Linux 6.12, arm64 with clang".
func Title(s Set) string {
	text := s.Env.Target + " with " + string(s.Env.CC)
	if s.Env.Backend != "" {
		text += ", backend " + string(s.Env.Backend)
	}
	if len(s.Kernels) > 0 {
		text = "Linux " + strings.Join(s.Kernels, ", ") + ", " + text
	}
	return text
}

// Ago returns how long ago a time is: "today", "3 days ago".
func Ago(t time.Time) string {
	switch days := int(time.Since(t).Hours() / 24); {
	case t.IsZero():
		return "never"
	case days <= 0:
		return "today"
	case days == 1:
		return "yesterday"
	default:
		return fmt.Sprintf("%d days ago", days)
	}
}
