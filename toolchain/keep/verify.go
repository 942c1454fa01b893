package keep

import (
	"context"
	"errors"
	"fmt"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain/install"
)

// Verdict is the result of verifying one object.
type Verdict struct {
	ID      store.ID
	InBase  bool
	Changes []store.Change // what differs from its listing
	// Unlisted reports that an earlier krustup made the object without a listing. Its files could only be counted; in the
	// home they were listed as they are, and the next time they are compared with that.
	Unlisted bool
	Damaged  error // its record cannot be used, or a set needs it and it is missing
}

// Broken reports whether the object is not as it was made.
func (v Verdict) Broken() bool { return v.Damaged != nil || len(v.Changes) > 0 }

// Verify compares the objects that want accepts with their listings, and calls each with every verdict.
func Verify(ctx context.Context, inv Inventory, want func(store.ID) bool, each func(Verdict)) error {
	for _, o := range inv.Objects {
		if !want(o.ID) {
			continue
		}
		v := Verdict{ID: o.ID, InBase: o.InBase}
		var err error
		v.Changes, err = inv.Store.Check(ctx, o)
		if errors.As(err, new(*store.UnlistedError)) {
			v.Unlisted, err = true, nil
			if !o.InBase {
				_, v.Changes, err = inv.Store.Adopt(ctx, o)
			}
		}
		if err != nil {
			return err
		}
		each(v)
	}
	told := map[store.ID]bool{}
	tell := func(id store.ID, err error) {
		if want(id) && !told[id] {
			told[id] = true
			each(Verdict{ID: id, Damaged: err})
		}
	}
	for _, err := range inv.Problems {
		var corrupt *store.CorruptError
		var moved *store.MovedError
		switch {
		case errors.As(err, &corrupt):
			tell(corrupt.ID, err)
		case errors.As(err, &moved):
			tell(moved.Object.ID, err)
		}
	}
	for _, s := range inv.Own() {
		for _, id := range s.Missing {
			tell(id, fmt.Errorf("it is missing, and set %s (%s) needs it", s.ID, Title(s)))
		}
	}
	return nil
}

// NoRecipeError reports that no set or lock says how an object was made.
type NoRecipeError struct {
	ID   store.ID
	Sets []Set // that have it
}

func (e *NoRecipeError) Error() string {
	return fmt.Sprintf("%s cannot be repaired: no set and no lock in the store records how it was made", e.ID)
}

// Repair makes broken objects again and puts each in the place of the one that is installed. It repairs as many as it
// can and joins the errors, *NoRecipeError among them.
func Repair(ctx context.Context, inv Inventory, in *install.Installer, broken []store.ID) error {
	all := map[store.ID]bool{}
	for _, id := range broken {
		all[id] = true
	}
	var problems []error
	for _, id := range broken {
		set, ok := inv.Recipe(id)
		switch {
		case !all[id]: // made together with an earlier one
			continue
		case !ok:
			problems = append(problems, &NoRecipeError{id, inv.UsedBy(id)})
			continue
		}
		now := map[store.ID]bool{}
		for other := range all {
			if hasPick(set, other) {
				now[other] = true
			}
		}
		if err := in.Remake(ctx, set, now); err != nil {
			problems = append(problems, err)
			if ctx.Err() != nil {
				break
			}
		}
		for other := range now {
			delete(all, other)
		}
	}
	return errors.Join(problems...)
}
