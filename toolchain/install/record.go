package install

import (
	"context"

	"github.com/krustup/krustup/internal/store"
)

// makeRecord completes the record of the object: what it is, what went in, and who signed that.
func (o *object) makeRecord(context.Context) (err error) {
	offer, recipe := o.pick.Offer, o.pick.Recipe
	o.record = store.Record{
		ID: o.id, Component: string(offer.Component), Version: offer.Version, Label: offer.Label,
		Supplier: offer.Supplier, Suite: offer.Suite, Host: offer.Host.String(), Layout: string(recipe.Layout),
		Tools: recipe.Tools, Paths: recipe.Paths, LLVM: o.record.LLVM,
	}
	for _, a := range recipe.Artifacts {
		o.record.Artifacts = append(o.record.Artifacts, store.Artifact{
			Name: a.Name, Path: a.Path, Size: a.Size, Digest: a.Digest, SignedBy: a.SignedBy,
		})
	}
	o.record.Built, err = builtHere(o.pick, o.stage)
	return err
}
