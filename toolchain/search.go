package toolchain

import (
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
)

// search is the state of one resolution.
type search struct {
	req        Request
	rules      manifests.Rules
	held       map[Component]held
	components []Component // in the order in which they are chosen
	candidates map[Component][]candidate
	gathered   gathered
	broken     map[string]error // offers that their supplier could not complete, by candidate.id
	helpless   map[string]error // offers that lack what installs them with one rustc, by together
	avoided    []kernel.Hazard  // hazards that may break the build and that the search keeps out of the set
	fewest     int              // for FewestGates: the most that the kernel may need of a rustc
	stable     version.Version  // for FewestGates: the rustc that Stable chooses
}
