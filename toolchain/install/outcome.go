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

// Origin is where an installation got an object from, or would get it.
type Origin string

// The origins, as JSON has them (docs/json.md).
const (
	FromStore    Origin = "store"      // already in the store
	FromBase     Origin = "base-store" // already in a base store
	FromHost     Origin = "host"       // a tool of this machine
	FromArchives Origin = "archives"   // made from files that were all in the store
	FromNetwork  Origin = "fetched"    // made, and at least one file was fetched for it
)

// Outcome is what an installation did for one component of a set, or would do.
type Outcome struct {
	Pick   toolchain.Pick
	ID     store.ID // zero: a tool of the host
	Origin Origin
	Why    string // one clause: why it had to be made; "" when it was in the store
	Bytes  int64  // of the unpacked object; 0: a tool of the host, or not made yet
	Fetch  int64  // bytes of the files fetched for it; a file of two objects counts for both
}

// whyMissing returns in one clause why the object of a pick is not in the store: what the store has instead.
func (in *Installer) whyMissing(p toolchain.Pick) string {
	_, err := in.Store.Lookup(toolchain.ObjectID(p))
	if moved, ok := errors.AsType[*store.MovedError](err); ok {
		return "made for a store at " + filepath.Dir(filepath.Dir(moved.Was))
	}
	if errors.As(err, new(*store.CorruptError)) {
		return "its record in the store is damaged"
	}
	objects, _ := in.Store.Objects()
	objects = slices.DeleteFunc(objects, func(o store.Object) bool { return o.Record.Component != string(p.Offer.Component) })
	if len(objects) == 0 {
		return "not in the store"
	}
	nearest := slices.MaxFunc(objects, func(a, b store.Object) int {
		return cmp.Or(cmp.Compare(likeness(a.Record, p.Offer), likeness(b.Record, p.Offer)), a.Record.Version.Compare(b.Record.Version))
	}).Record
	switch {
	case nearest.Version.Compare(p.Offer.Version) != 0:
		return "the store has " + nearest.Version.String()
	case nearest.Supplier != p.Offer.Supplier:
		return "the store has the one from " + nearest.Supplier
	case nearest.Label != p.Offer.Label:
		return "the store has build " + nearest.Label
	}
	return "the store has one made from other files"
}

// likeness returns how close an object is to an offer: its version counts more than its supplier, and that more than
// its build.
func likeness(r store.Record, o toolchain.Offer) int {
	n := 0
	for i, same := range []bool{r.Label == o.Label, r.Supplier == o.Supplier, r.Version.Compare(o.Version) == 0} {
		if same {
			n += 1 << i
		}
	}
	return n
}

// whyLine returns in one line what will be installed and why: "rust 1.85.1 (not in the store)".
func whyLine(list []Outcome) string {
	var reasons []string
	byReason := map[string][]string{}
	for _, out := range list {
		if out.Why == "" {
			continue
		}
		if byReason[out.Why] == nil {
			reasons = append(reasons, out.Why)
		}
		byReason[out.Why] = append(byReason[out.Why], fmt.Sprintf("%s %s", out.Pick.Offer.Component, out.Pick.Offer.Version))
	}
	for i, why := range reasons {
		reasons[i] = strings.Join(byReason[why], ", ") + " (" + why + ")"
	}
	return strings.Join(reasons, "; ")
}
