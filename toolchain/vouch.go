package toolchain

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
)

// UnvouchedError reports that signed metadata does not vouch for a locked component.
type UnvouchedError struct {
	Component Component
	Label     string
	Supplier  string
	Artifacts []Artifact // the locked files that the metadata does not list for the component; empty if it was not found
	Reason    string
}

// Error returns one line, and one for each unlisted file with its digest.
func (e *UnvouchedError) Error() string {
	text := fmt.Sprintf("%s %s is locked, but the available signed metadata of %s does not vouch for it: %s", e.Component, e.Label, e.Supplier, e.Reason)
	for _, a := range e.Artifacts {
		text += fmt.Sprintf("\n  %s (SHA-256 %s)", path.Base(a.Path), a.Digest)
	}
	return text
}

// Unverified marks the error as a failed verification, for the exit code.
func (*UnvouchedError) Unverified() bool { return true }

// VouchRequest selects the picks that Vouch verifies.
type VouchRequest struct {
	Supplier      Supplier
	Target        targets.Target
	AllowUnsigned bool
}

// Vouch rebuilds the picks of one supplier in a set from the stored catalogues and returns them. Nothing in the lock is
// trusted but the choice of versions. The error is an *UnvouchedError if a pick is missing in the catalogues or results
// in another object, and a *NoCatalogueError if Update must fetch something first. Expired catalogues count, because
// they no longer influence the choice.
func Vouch(req VouchRequest, set Set) ([]Pick, error) {
	var made []Pick
	for _, p := range set.Picks {
		if p.Offer.Supplier != req.Supplier.Name() {
			continue
		}
		again, err := vouchOne(req, set, p)
		if err != nil {
			return nil, err
		}
		made = append(made, again)
	}
	return made, nil
}

func vouchOne(req VouchRequest, set Set, p Pick) (Pick, error) {
	o := p.Offer
	q := Query{
		Components: []Component{o.Component}, Channel: o.Channel, Backend: set.Backend, Host: set.Host, Target: req.Target,
		AllowStale: true, AllowUnsigned: req.AllowUnsigned,
	}
	if o.Component == Rust && (q.Channel == "" || q.Channel == "stable") {
		q.Channel = o.Version.String() // a moving channel may have another release now
	}
	offers, unread, err := req.Supplier.Offers(q)
	if err != nil {
		return Pick{}, err
	}
	refused := &UnvouchedError{Component: o.Component, Label: o.Label, Supplier: o.Supplier, Reason: "it does not list this version" + skippedText(unread)}
	for _, other := range offers {
		if other.Component != o.Component || other.Label != o.Label || other.Version.Compare(o.Version) != 0 || other.Triple != o.Triple {
			continue
		}
		recipe, err := req.Supplier.Complete(other)
		if err != nil {
			return Pick{}, err
		}
		again := Pick{Offer: other, Reasons: p.Reasons, Recipe: recipe}
		if ObjectID(again) == ObjectID(p) {
			return again, nil
		}
		refused.Artifacts = unnamed(p.Recipe, recipe)
		refused.Reason = "it does not list these files" + skippedText(unread)
		if len(refused.Artifacts) == 0 {
			refused.Reason = "this krustup makes a different object from the same files: another release of krustup wrote the lock, or the lock was edited"
		}
	}
	return Pick{}, refused
}

// skippedText returns the parts of a supplier that were not searched, as text to append to a reason.
func skippedText(unread []Unread) string {
	var parts []string
	for _, u := range unread {
		parts = append(parts, u.Suite)
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return " (skipped: " + strings.Join(parts, ", ") + ")"
}

// unnamed returns the artifacts of the locked recipe that the vouched recipe does not have.
func unnamed(locked, vouched Recipe) []Artifact {
	known := map[trust.Digest]bool{}
	for _, a := range vouched.Artifacts {
		known[a.Digest] = true
	}
	return slices.DeleteFunc(slices.Clone(locked.Artifacts), func(a Artifact) bool { return known[a.Digest] })
}
