package install

import (
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// object is one object while it is made.
type object struct {
	in     *Installer
	pick   toolchain.Pick
	id     store.ID
	stage  *store.Stage
	others map[toolchain.Component]store.Object // of the set, already in the store
	files  []verifiedFile
	record store.Record
}

// close closes the artifacts.
func (o *object) close() {
	for _, f := range o.files {
		f.file.Close()
	}
}

func (o *object) isRelocated() bool {
	return o.pick.Recipe.Layout == toolchain.LayoutDebian && o.pick.Offer.Component != toolchain.Patchelf
}
