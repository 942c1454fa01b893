package debian

import (
	"fmt"
	"maps"

	"github.com/krustup/krustup/toolchain"
)

// Complete returns the recipe of an offer: its own packages and all that they need at run time, in the order in which
// they are unpacked over each other. The same catalogues always result in the same recipe. The error is an
// *UnknownOfferError if the catalogues no longer have the offer, and an *UnsatisfiableError if a dependency cannot be
// satisfied.
func (s *Supplier) Complete(o toolchain.Offer) (toolchain.Recipe, error) {
	p, u, err := s.find(o)
	if err != nil {
		return toolchain.Recipe{}, err
	}
	packages := p.roots
	if !p.part.Alone {
		packages, err = u.closure(p.roots, p.offer.Rank, func(by *pkg, name string) bool {
			return s.isCut(name) && !s.isPartOf(name, by.name) || matchesAny(p.part.Omit, name)
		})
		if err != nil {
			return toolchain.Recipe{}, fmt.Errorf("completing %s %s: %w", o.Component, o.Label, err)
		}
	}
	recipe := toolchain.Recipe{
		Layout: toolchain.LayoutDebian,
		Tools:  fillAll(p.part.Tools, p.values),
		Paths:  fillAll(p.part.Paths, p.values),
		Links:  fillAll(p.part.Links, p.values),
		Drop:   s.manifest.Unpack.Drop,
	}
	if p.part.Optional && p.offer.Libclang.IsZero() {
		delete(recipe.Paths, toolchain.PathLibclang)
	}
	if p.values["gnu"] != "" && p.values["gnu"] == p.values["multiarch"] {
		if recipe.Links == nil {
			recipe.Links = map[string]string{}
		}
		maps.Copy(recipe.Links, fillAll(p.part.NativeLinks, p.values))
	}
	for _, found := range packages {
		recipe.Artifacts = append(recipe.Artifacts, s.artifact(found))
	}
	return recipe, nil
}

func (s *Supplier) artifact(p *pkg) toolchain.Artifact {
	a := toolchain.Artifact{
		Name: p.String(), Supplier: Name, Archive: p.from.suite.Archive, Path: p.path,
		Size: p.size, Digest: p.digest, Unpacked: p.unpackedBound(), SignedBy: p.from.meta.signer(),
	}
	for _, k := range s.manifest.Keep {
		if matchesAny([]string{k.Package}, p.name) {
			a.Keep = k.Paths
			break
		}
	}
	return a
}
