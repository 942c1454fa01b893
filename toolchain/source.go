package toolchain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// SourceRequest is a request for a kernel source.
type SourceRequest struct {
	Want       version.Range
	Host       Host // selects the catalogues to read; the source itself is the same for every host
	AllowStale bool
	Suppliers  []Supplier
}

// NoSourceError reports that no supplier has a requested kernel source.
type NoSourceError struct {
	Want      version.Range
	Available []string // available releases with their suites, the newest first
	Unread    []Unread // parts of suppliers that were skipped
	NoSeries  bool     // no release of this series is known, and newer ones are: the skipped parts cannot have it either
}

// Error returns one line with the releases on offer, and one for each part of a supplier that was skipped.
func (e *NoSourceError) Error() string {
	text := fmt.Sprintf("no supplier has the source of Linux %s; available: %s", e.Want, strings.Join(e.Available, ", "))
	for _, u := range e.Unread {
		text += "\n  skipped: " + u.Err.Error()
	}
	return text
}

// newestFirst returns the candidates sorted by version, regardless of supplier and suite.
func newestFirst(list []candidate) []candidate {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b candidate) int { return b.Version.Compare(a.Version) })
	return sorted
}

// FindSource chooses the newest requested kernel source in the lowest suite of the first supplier that has one. The
// error is a *NoSourceError if there is none, or the *NoCatalogueError of a supplier that could change the choice.
func FindSource(req SourceRequest) (Pick, error) {
	of := Request{Host: req.Host, AllowStale: req.AllowStale, Suppliers: req.Suppliers}
	all := gather(of, []Component{Linux})
	list := candidates(all.offers, Linux, Stable)
	for _, o := range list {
		if !req.Want.Contains(o.Version) {
			continue
		}
		if err := all.failure(func(supplier int) bool { return supplier < o.level.supplier }); err != nil {
			return Pick{}, err
		}
		recipe, err := req.Suppliers[o.level.supplier].Complete(o.Offer)
		if err != nil {
			return Pick{}, err
		}
		return Pick{Offer: o.Offer, Recipe: recipe}, nil
	}
	if err := all.failure(func(int) bool { return true }); err != nil {
		return Pick{}, err
	}
	return Pick{}, &NoSourceError{Want: req.Want, Available: onOffer(newestFirst(list)), Unread: all.unread, NoSeries: noSeries(req.Want)}
}

// noSeries reports whether a range is one release of a series that krustup's data show never to have existed.
func noSeries(want version.Range) bool {
	asked, err := version.Parse(want.String())
	rows, failed := manifests.Kernels()
	if err != nil || failed != nil {
		return false
	}
	newer := false
	for _, row := range rows {
		if row.Release.Series() == asked.Series() {
			return false
		}
		newer = newer || asked.Less(row.Release)
	}
	return newer && asked.Major() >= 6 // the rows begin with the first release with Rust
}
