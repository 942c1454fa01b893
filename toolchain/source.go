package toolchain

import (
	"fmt"
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// SourceRequest asks for a kernel source.
type SourceRequest struct {
	Want       version.Range
	Host       Host // whose catalogue is read: the source itself is for every host
	AllowStale bool
	Suppliers  []Supplier
}

// NoSourceError says that no supplier has a kernel source that was asked for.
type NoSourceError struct {
	Want    version.Range
	OnOffer []string
	Unread  []Unread
}

func (e *NoSourceError) Error() string {
	text := fmt.Sprintf("no supplier has a source of Linux %s; on offer: %s", e.Want, strings.Join(e.OnOffer, ", "))
	for _, u := range e.Unread {
		text += "\n  not looked at: " + u.Err.Error()
	}
	return text
}

// FindSource picks the newest kernel source that is wanted, in the first supplier and lowest suite that has one.
func FindSource(req SourceRequest) (Pick, error) {
	of := Request{Host: req.Host, AllowStale: req.AllowStale, Suppliers: req.Suppliers}
	all := gather(of, []Component{Linux})
	list := candidates(all.offers, Linux)
	for _, o := range list {
		if !req.Want.Contains(o.Version) {
			continue
		}
		if err := all.failure(o.level.supplier); err != nil {
			return Pick{}, err
		}
		recipe, err := req.Suppliers[o.level.supplier].Complete(o.Offer)
		if err != nil {
			return Pick{}, err
		}
		return Pick{Offer: o.Offer, Recipe: recipe}, nil
	}
	if err := all.failure(len(req.Suppliers)); err != nil {
		return Pick{}, err
	}
	return Pick{}, &NoSourceError{Want: req.Want, OnOffer: onOffer(nearestFirst(list, Wish{Range: req.Want})), Unread: all.unread}
}
