package toolchain

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
)

// CacheFormat is raised when a store that an earlier krustup filled is of no use to a later one.
const CacheFormat = 1

// CacheKey digests what installing the sets puts into a store on one host: the ids of their objects, whatever asked for
// them. Two machines agree on it, and so do two kernels that get the same tools. Patchelf is left out: nothing that is
// installed needs it.
func CacheKey(host Host, sets []Set) (key trust.Digest, objects []store.ID) {
	for _, set := range sets {
		for _, p := range set.Picks {
			if p.Recipe.Layout == LayoutHost || p.Offer.Component == Patchelf {
				continue
			}
			if id := ObjectID(p); !slices.Contains(objects, id) {
				objects = append(objects, id)
			}
		}
	}
	slices.SortFunc(objects, func(a, b store.ID) int { return cmp.Compare(a.String(), b.String()) })
	data, err := json.Marshal(struct {
		Format  int
		Host    Host
		Objects []store.ID
	}{CacheFormat, host, objects})
	if err != nil {
		panic("toolchain: cache key: " + err.Error()) // none of these can fail
	}
	return trust.SumDigest(sha256.Sum256(data)), objects
}
