package install

import (
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Plan is what Install would do for a set: worked out from the store alone, without a request, and nothing is written.
type Plan struct {
	Set     toolchain.Set
	Objects []Outcome     // what would come of each pick, in the set's order
	Files   []PlannedFile // that the missing objects are made of, each once, sorted by path

	missing []toolchain.Pick                     // to be made
	present map[toolchain.Component]store.Object // there
}

// PlannedFile is a file that an object is made of: an artifact, or the detached signature over one.
type PlannedFile struct {
	Artifact  toolchain.Artifact    // its Path is the file's own
	Name      string                // the file's
	Size      int64                 // bytes; 0: not known
	Digest    trust.Digest          // of the file; of a signature, that of what it is over
	Signature bool                  // it is a signature
	At        string                // where the file is, in the store or in one behind; "": it has to be fetched
	Behind    bool                  // it is in a store behind
	Partial   int64                 // bytes of it that a download was interrupted after
	From      []string              // the addresses it would be fetched from, best first; they may hold a password
	Err       error                 // why there is no address
	For       []toolchain.Component // what is made of it
}

// Fetch lists the files that are not at hand.
func (p Plan) Fetch() []PlannedFile {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f PlannedFile) bool { return f.At != "" })
}

// Done reports whether no object is missing.
func (p Plan) Done() bool { return len(p.missing) == 0 }

// artifacts are those of what is missing, each once, sorted by path.
func (p Plan) artifacts() []toolchain.Artifact { return toolchain.Set{Picks: p.missing}.Artifacts() }

// Plan works out what Install has to do.
func (in *Installer) Plan(set toolchain.Set) Plan {
	missing, present := in.present(set)
	plan := in.planPicks(missing)
	plan.Set, plan.present = set, present
	absent := map[trust.Digest]bool{}
	for _, f := range plan.Fetch() {
		absent[f.Artifact.Digest] = true
	}
	for _, p := range set.Picks {
		out := Outcome{Pick: p, Origin: FromStore}
		if p.Recipe.Layout != toolchain.LayoutHost {
			out.ID = toolchain.ObjectID(p)
		}
		switch o, there := plan.present[p.Offer.Component]; {
		case out.ID.IsZero():
			out.Origin = FromHost
		case there && o.Behind:
			out.Origin, out.Bytes = FromBase, o.Record.Bytes
		case there:
			out.Bytes = o.Record.Bytes
		case len(plan.missing) == 0:
			continue // patchelf, which is not missed
		default:
			out.Origin, out.Why = FromArchives, in.whyMissing(p)
			for _, a := range p.Recipe.Artifacts {
				if absent[a.Digest] {
					out.Origin, out.Fetch = FromNetwork, out.Fetch+a.Size
				}
			}
		}
		plan.Objects = append(plan.Objects, out)
	}
	return plan
}

// planPicks plans what has to be fetched to make picks, none of which is an object yet.
func (in *Installer) planPicks(picks []toolchain.Pick) Plan {
	plan := Plan{missing: picks}
	for _, a := range (toolchain.Set{Picks: picks}).Artifacts() {
		e := in.encoding(a)
		own := in.planFile(a, e.Path, e.Digest, "")
		if own.Size == 0 && e == a.Own() {
			own.Size = a.Size
		}
		own.For = madeOf(picks, a)
		plan.Files = append(plan.Files, own)
		if a.Signature == "" {
			continue
		}
		sign := in.planFile(a, a.Signature, a.Digest, signatureSuffix)
		sign.For, sign.Signature = own.For, true
		plan.Files = append(plan.Files, sign)
	}
	return plan
}

// planFile looks for one file: path is where its supplier has it, digest and suffix name it in a store.
func (in *Installer) planFile(a toolchain.Artifact, path string, digest trust.Digest, suffix string) PlannedFile {
	f := PlannedFile{Artifact: a, Name: filepath.Base(path), Digest: digest}
	f.Artifact.Path = path
	f.At, f.Behind = in.Store.FindArchive(digest, suffix)
	if f.At != "" {
		f.Size = disk.Size(f.At)
		return f
	}
	if suffix == "" {
		f.Partial = disk.Size(in.Store.PartialPath(digest))
	}
	f.From, f.Err = in.locate(f.Artifact)
	return f
}

// madeOf lists the components that an artifact is part of.
func madeOf(picks []toolchain.Pick, a toolchain.Artifact) []toolchain.Component {
	var list []toolchain.Component
	for _, p := range picks {
		if slices.ContainsFunc(p.Recipe.Artifacts, func(o toolchain.Artifact) bool { return o.Digest == a.Digest }) {
			list = append(list, p.Offer.Component)
		}
	}
	return list
}

// present sorts the picks of a set into those whose object is in the store and those that are missing.
func (in *Installer) present(set toolchain.Set) (missing []toolchain.Pick, objects map[toolchain.Component]store.Object) {
	objects = map[toolchain.Component]store.Object{}
	for _, p := range set.Picks {
		if p.Recipe.Layout == toolchain.LayoutHost {
			objects[p.Offer.Component] = onHost(p)
			continue
		}
		o, err := in.Store.Lookup(toolchain.ObjectID(p))
		if err != nil {
			missing = append(missing, p)
			continue
		}
		objects[p.Offer.Component] = o
	}
	if len(missing) == 1 && missing[0].Offer.Component == toolchain.Patchelf {
		// patchelf is only needed to make the others, and those are in the store.
		missing = nil
	}
	return missing, objects
}
