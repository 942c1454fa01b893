package install

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// Origin says where an installation had an object from, or would have it.
type Origin string

// The origins.
const (
	FromStore    Origin = "store"      // it was there
	FromBase     Origin = "base-store" // it was there, in a store behind
	FromHost     Origin = "host"       // it is a tool of this machine
	FromArchives Origin = "archives"   // it was made of files that were all at hand
	FromNetwork  Origin = "fetched"    // it was made, and at least one file was fetched for it
)

// Outcome is what an installation did for one component of a set, or would do.
type Outcome struct {
	Pick   toolchain.Pick
	ID     store.ID // zero: a tool of the host
	Origin Origin
	Why    string // one clause: why it had to be made; "" when it was there
	Bytes  int64  // of the object, unpacked; 0: a tool of the host, or not made yet
	Fetch  int64  // bytes of the files that were fetched for it; a file that two objects are made of counts for both
}

// whyMissing says in one clause why there is no object for a pick: what the store has in its place.
func (in *Installer) whyMissing(p toolchain.Pick) string {
	_, err := in.Store.Lookup(toolchain.ObjectID(p))
	if moved, ok := errors.AsType[*store.MovedError](err); ok {
		return "it was made for a store at " + filepath.Dir(filepath.Dir(moved.Was))
	}
	if errors.As(err, new(*store.CorruptError)) {
		return "its record in the store is damaged"
	}
	objects, _ := in.Store.Objects()
	objects = slices.DeleteFunc(objects, func(o store.Object) bool { return o.Record.Component != string(p.Offer.Component) })
	if len(objects) == 0 {
		return "the store had none"
	}
	nearest := slices.MaxFunc(objects, func(a, b store.Object) int {
		return cmp.Or(cmp.Compare(likeness(a.Record, p.Offer), likeness(b.Record, p.Offer)), a.Record.Version.Compare(b.Record.Version))
	}).Record
	switch {
	case nearest.Version.Compare(p.Offer.Version) != 0:
		return "the store had " + nearest.Version.String()
	case nearest.Supplier != p.Offer.Supplier:
		return "the store had that of " + nearest.Supplier
	case nearest.Label != p.Offer.Label:
		return "the store had build " + nearest.Label
	}
	return "the store had one of other files"
}

// likeness says how much of an offer an object has: its version before its supplier before its build.
func likeness(r store.Record, o toolchain.Offer) int {
	n := 0
	for i, same := range []bool{r.Label == o.Label, r.Supplier == o.Supplier, r.Version.Compare(o.Version) == 0} {
		if same {
			n += 1 << i
		}
	}
	return n
}

// whyLine says in one line why anything is made.
func whyLine(list []Outcome) string {
	var reasons []string
	wanted := map[string][]string{}
	for _, out := range list {
		if out.Why == "" {
			continue
		}
		if wanted[out.Why] == nil {
			reasons = append(reasons, out.Why)
		}
		wanted[out.Why] = append(wanted[out.Why], fmt.Sprintf("%s %s", out.Pick.Offer.Component, out.Pick.Offer.Version))
	}
	for i, why := range reasons {
		reasons[i] = strings.Join(wanted[why], ", ") + ": " + why
	}
	return strings.Join(reasons, "; ")
}
