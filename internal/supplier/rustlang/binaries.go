package rustlang

import (
	"path"
	"slices"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// binaryKey returns the key of an offer of a binary. It contains a slash, so it cannot be the name of a crate, and no
// part is called "binary".
func binaryKey(b manifests.RustBinary) string { return "binary/" + b.Path }

// binaryOffers returns the programs whose releases contain binaries for the host. Their digests are pinned in krustup's
// data.
func (s *Supplier) binaryOffers(q toolchain.Query) []toolchain.Offer {
	var offers []toolchain.Offer
	for _, b := range s.manifest.Binaries {
		if b.Machine == q.Host.String() && slices.Contains(q.Components, toolchain.Component(b.Component)) {
			offers = append(offers, toolchain.Offer{
				Component: toolchain.Component(b.Component), Version: b.Version, Label: path.Base(b.Path), Supplier: Name,
				Suite: "github.com", Rank: rankRelease, Host: q.Host, Key: binaryKey(b), Once: b.Once,
			})
		}
	}
	return offers
}

// binary returns the recipe of the binary with an offer's key.
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
