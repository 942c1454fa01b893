package rustlang

import (
	"path"
	"slices"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// binaryKey is the handle of an offer of a binary: no part, and no crate, has a slash in its name.
func binaryKey(b manifests.RustBinary) string { return "binary/" + b.Path }

// binaryOffers are the programs that their own releases have as binaries for the host. The digest of each is pinned in
// the data.
func (s *Supplier) binaryOffers(q toolchain.Query) []toolchain.Offer {
	var offers []toolchain.Offer
	for _, b := range s.manifest.Binaries {
		if b.Machine == q.Host.String() && slices.Contains(q.Components, toolchain.Component(b.Component)) {
			offers = append(offers, toolchain.Offer{
				Component: toolchain.Component(b.Component), Version: b.Version, Label: path.Base(b.Path), Supplier: Name,
				Suite: "github.com", Rank: rankRelease, Host: q.Host, Key: binaryKey(b),
			})
		}
	}
	return offers
}

// binary finds one by the key of its offer.
func (s *Supplier) binary(key string) (toolchain.Recipe, bool) {
	at := slices.IndexFunc(s.manifest.Binaries, func(b manifests.RustBinary) bool { return binaryKey(b) == key })
	if at < 0 {
		return toolchain.Recipe{}, false
	}
	b := s.manifest.Binaries[at]
	return toolchain.Recipe{
		Layout: toolchain.LayoutTar, Strip: b.Strip, Tools: b.Tools,
		Artifacts: []toolchain.Artifact{{
			Name: b.Component + " " + b.Version.String(), Supplier: Name, Archive: GitHub, Path: b.Path, Digest: b.Digest, Keep: b.Keep,
		}},
	}, true
}
