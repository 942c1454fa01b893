package install

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// CacheFormat is part of every cache key. It is raised when this krustup cannot use a store that an earlier one filled.
const CacheFormat = 1

// CacheKey returns a digest of the objects that installing the sets puts into a store on one host, and the ids of these
// objects, sorted. The digest depends on nothing else, so machines and kernels that get the same tools share a key.
// Tools of the host are not cached, and patchelf is left out because installed tools do not need it.
func CacheKey(host toolchain.Host, sets []toolchain.Set) (key trust.Digest, objects []store.ID) {
	for _, set := range sets {
		for _, p := range set.Picks {
			if p.Recipe.Layout == toolchain.LayoutHost || p.Offer.Component == toolchain.Patchelf {
				continue
			}
			if id := toolchain.ObjectID(p); !slices.Contains(objects, id) {
				objects = append(objects, id)
			}
		}
	}
	slices.SortFunc(objects, func(a, b store.ID) int { return cmp.Compare(a.String(), b.String()) })
	data, err := json.Marshal(struct {
		Format  int
		Host    toolchain.Host
		Objects []store.ID
	}{CacheFormat, host, objects})
	if err != nil {
		panic("install: cache key: " + err.Error()) // none of these can fail
	}
	return trust.SumDigest(sha256.Sum256(data)), objects
}
