package install

import (
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Plan is what Install would do for a set. It is computed from the store only, without network requests or writes.
type Plan struct {
	Set     toolchain.Set
	Objects []Outcome     // what would be done for each pick, in the set's order
	Files   []PlannedFile // files of the missing objects, each once, sorted by path

	missing []toolchain.Pick                     // to make
	present map[toolchain.Component]store.Object // in the store
	replace map[store.ID]bool                    // to put in the place of objects that are in the store
}

// PlannedFile is a file that an object is made from: an artifact, or the detached signature over one.
type PlannedFile struct {
	Artifact  toolchain.Artifact    // its Path is that of the file
	Name      string                // of the file
	Size      int64                 // bytes; 0: not known
	Digest    trust.Digest          // of the file; for a signature, of the signed file
	Signature bool                  // whether it is a signature
	At        string                // path in the store or a base store; "": to be fetched
	InBase    bool                  // in a base store
	Partial   int64                 // bytes left by an interrupted download
	From      []string              // URLs in order of preference; they may contain a password
	Err       error                 // why there is no URL
	For       []toolchain.Component // made from it
}

// Fetch returns the files that are not in the store.
func (p Plan) Fetch() []PlannedFile {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f PlannedFile) bool { return f.At != "" })
}

// Done reports whether no object is missing.
func (p Plan) Done() bool { return len(p.missing) == 0 }

// artifacts returns the artifacts of the missing objects, each once, sorted by path.
func (p Plan) artifacts() []toolchain.Artifact { return toolchain.Set{Picks: p.missing}.Artifacts() }

// Plan returns what Install has to do for a set.
func (in *Installer) Plan(set toolchain.Set) Plan {
	missing, present := in.present(set)
	plan := in.planPicks(missing)
	plan.Set, plan.present = set, present
	toFetch := map[trust.Digest]bool{}
	for _, f := range plan.Fetch() {
		toFetch[f.Artifact.Digest] = true
	}
	for _, p := range set.Picks {
		out := Outcome{Pick: p, Origin: FromStore}
		if p.Recipe.Layout != toolchain.LayoutHost {
			out.ID = toolchain.ObjectID(p)
		}
		switch o, there := plan.present[p.Offer.Component]; {
		case out.ID.IsZero():
			out.Origin = FromHost
		case there && o.InBase:
			out.Origin, out.Bytes = FromBase, o.Record.Bytes
		case there:
			out.Bytes = o.Record.Bytes
		case len(plan.missing) == 0:
			continue // patchelf is only needed to make others
		default:
			out.Origin, out.Why = FromArchives, in.whyMissing(p)
			for _, a := range p.Recipe.Artifacts {
				if toFetch[a.Digest] {
					out.Origin, out.Fetch = FromNetwork, out.Fetch+a.Size
				}
			}
		}
		plan.Objects = append(plan.Objects, out)
	}
	return plan
}

// planPicks plans the files of picks that are all missing.
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

// planFile looks for one file. path is its place at the supplier; digest and suffix are its name in a store.
func (in *Installer) planFile(a toolchain.Artifact, path string, digest trust.Digest, suffix string) PlannedFile {
	f := PlannedFile{Artifact: a, Name: filepath.Base(path), Digest: digest}
	f.Artifact.Path = path
	f.At, f.InBase = in.Store.FindArchive(digest, suffix)
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

// madeOf returns the components that an artifact is part of.
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
