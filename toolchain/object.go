package toolchain

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
)

// relocationScheme is raised when installing the same artifacts results in a different tree.
const relocationScheme = 1

// ObjectID returns the id of the object that installing a pick creates. Its digest covers the digests of the artifacts
// in their order, the parts of them that are kept, and the rest of the recipe, but not where they were fetched from, so
// that all machines agree on it. What is built here from source has no artifact for one host, so its digest also covers
// the host.
func ObjectID(p Pick) store.ID {
	id, err := objectID(p)
	if err != nil {
		panic("toolchain: object id of a pick that is neither from Resolve nor from ReadLock: " + err.Error())
	}
	return id
}

func objectID(p Pick) (store.ID, error) {
	type part struct {
		Digest trust.Digest
		Keep   []string `json:",omitempty"`
	}
	in := struct {
		Scheme             int
		Component, Version string
		Layout             Layout
		Parts              []part
		Drop               []string          `json:",omitempty"`
		Strip              int               `json:",omitempty"`
		Host               string            `json:",omitempty"`
		Tools, Paths, Link map[string]string `json:",omitempty"` // a lock does not distinguish empty from missing
	}{
		Scheme: relocationScheme, Component: string(p.Offer.Component), Version: p.Offer.Version.String(),
		Layout: p.Recipe.Layout, Drop: p.Recipe.Drop, Strip: p.Recipe.Strip, Tools: p.Recipe.Tools, Paths: p.Recipe.Paths, Link: p.Recipe.Links,
	}
	if p.Recipe.Layout == LayoutCargo {
		in.Host = p.Offer.Host.String()
	}
	for _, a := range p.Recipe.Artifacts {
		in.Parts = append(in.Parts, part{a.Digest, a.Keep})
	}
	data, err := json.Marshal(in)
	if err != nil {
		return store.ID{}, fmt.Errorf("object id of %s: %w", p.Offer.Component, err)
	}
	sum := trust.SumDigest(sha256.Sum256(data))
	return store.NewID(string(p.Offer.Component), p.Offer.Version.String(), sum)
}
