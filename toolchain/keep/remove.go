package keep

import (
	"context"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
)

// NeededError reports that an object cannot be removed, because sets have it.
type NeededError struct {
	ID   store.ID
	Sets []Set
}

func (e *NeededError) Error() string {
	var names []string
	for _, s := range e.Sets {
		names = append(names, "  "+s.ID+" ("+Title(s)+")")
	}
	return e.ID.String() + " is needed by:\n" + strings.Join(names, "\n")
}

// Remove removes sets from the home, their roots, and those of their objects that no other set has; then objects that no
// set has. Nothing is removed if a set is in use or an object is needed: the error is a *store.InUseError or a
// *NeededError.
func Remove(ctx context.Context, st *store.Store, sets []string, objects []store.ID, waiting func(lock.Holder)) (Result, error) {
	release, err := st.Collect(ctx, "removing tools", waiting)
	if err != nil {
		return Result{}, err
	}
	defer release()
	c := &collector{ctx: ctx, inv: Take(st), result: Result{Removed: []Removed{}, Running: []string{}}}
	after := c.inv
	for _, id := range sets {
		if running, err := st.Running(id); err != nil || running {
			return c.result, cmpError(err, &store.InUseError{Set: id})
		}
		after = after.without(id)
	}
	for _, id := range objects {
		if users := after.UsedBy(id); len(users) > 0 {
			return c.result, &NeededError{id, users}
		}
	}
	before := c.inv.unneeded()
	for _, s := range c.inv.Own() {
		if !slices.Contains(sets, s.ID) {
			continue
		}
		if err := c.removeSet(s); err != nil {
			return c.result, err
		}
	}
	for _, o := range c.inv.unneeded() {
		if slices.Contains(objects, o.ID) || !slices.ContainsFunc(before, func(b store.Object) bool { return b.ID == o.ID }) {
			if err := c.object(o.ID, o.Dir, "no set has it"); err != nil {
				return c.result, err
			}
		}
	}
	c.result.Left, err = c.size()
	return c.result, err
}

func cmpError(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// removeSet removes a set and then the roots by which it was installed: a set that is left by an error keeps them.
func (c *collector) removeSet(s Set) error {
	if err := c.set(s, "asked for"); err != nil {
		return err
	}
	if slices.Contains(c.result.Running, s.ID) {
		return &store.InUseError{Set: s.ID}
	}
	roots, _ := c.inv.Store.Roots()
	for _, r := range roots {
		if r.Set == s.ID {
			if err := c.inv.Store.RemoveRoot(r); err != nil {
				return err
			}
		}
	}
	return nil
}
