package toolchain

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
)

// UnvouchedError says that signed metadata do not say what a lock says of a component.
type UnvouchedError struct {
	Component Component
	Label     string
	Supplier  string
	Artifacts []Artifact // that no signed metadata name, as far as an offer of the component was found
	Reason    string
}

func (e *UnvouchedError) Error() string {
	text := fmt.Sprintf("%s %s is locked, but the signed metadata of %s at hand do not vouch for it: %s", e.Component, e.Label, e.Supplier, e.Reason)
	for _, a := range e.Artifacts {
		text += fmt.Sprintf("\n  %s (SHA-256 %s)", path.Base(a.Path), a.Digest)
	}
	return text
}

// Unverified tells that what was locked cannot be believed.
func (*UnvouchedError) Unverified() bool { return true }

// VouchRequest says whose picks are looked at, and for what.
type VouchRequest struct {
	Supplier      Supplier
	Target        targets.Target
	AllowUnsigned bool
}

// Vouch makes the picks of one supplier in a set anew from the catalogues at hand, so that nothing of the lock is believed
// but which choice was made. A pick that comes out as another object, or not at all, is an *UnvouchedError. What is in a
// catalogue that expired counts: the choice is not made by it. A *NoCatalogueError says what Update has to fetch first.
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
		q.Channel = o.Version.String() // a channel that moves may be at another release by now
	}
	offers, unread, err := req.Supplier.Offers(q)
	if err != nil {
		return Pick{}, err
	}
	refused := &UnvouchedError{Component: o.Component, Label: o.Label, Supplier: o.Supplier, Reason: "they have none of that name" + notRead(unread)}
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
		refused.Reason = "they name other files than these" + notRead(unread)
		if len(refused.Artifacts) == 0 {
			refused.Reason = "of those files this krustup makes another object: another release of krustup locked it, or it was edited"
		}
	}
	return Pick{}, refused
}

// notRead tells of the parts of a supplier that may have had what was not found.
func notRead(unread []Unread) string {
	var parts []string
	for _, u := range unread {
		parts = append(parts, u.Suite)
	}
	if len(parts) == 0 {
		return ""
	}
	slices.Sort(parts)
	return " (not at hand: " + strings.Join(parts, ", ") + ")"
}

// unnamed gives the artifacts of one recipe that another does not have.
func unnamed(locked, vouched Recipe) []Artifact {
	known := map[trust.Digest]bool{}
	for _, a := range vouched.Artifacts {
		known[a.Digest] = true
	}
	return slices.DeleteFunc(slices.Clone(locked.Artifacts), func(a Artifact) bool { return known[a.Digest] })
}
