package install

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// publish writes the record into the staged tree and renames it to where it belongs.
func publish(ctx context.Context, p toolchain.Pick, id store.ID, stage *store.Stage, llvm version.Version) (store.Object, error) {
	o := p.Offer
	record := store.Record{
		ID: id, Component: string(o.Component), Version: o.Version, Label: o.Label,
		Supplier: o.Supplier, Suite: o.Suite, Host: o.Host.String(), Layout: string(p.Recipe.Layout),
		Tools: p.Recipe.Tools, Paths: p.Recipe.Paths, LLVM: llvm,
	}
	var err error
	if record.Built, err = builtHere(p, stage); err != nil {
		return store.Object{}, err
	}
	for _, a := range p.Recipe.Artifacts {
		record.Artifacts = append(record.Artifacts, store.Artifact{
			Name: a.Name, Path: a.Path, Size: a.Size, Digest: a.Digest, SignedBy: a.SignedBy,
		})
	}
	return stage.Publish(ctx, record)
}

// writeSet writes down the environment of an installed set, where Activate finds it by the request.
func (in *Installer) writeSet(ctx context.Context, set toolchain.Set, target targets.Target, objects map[toolchain.Component]store.Object) (Environment, error) {
	delete(objects, toolchain.Patchelf)
	e, err := newEnvironment(set, target, objects)
	if err != nil {
		return Environment{}, err
	}
	id := set.Key.Short()
	data, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return Environment{}, fmt.Errorf("writing set: %w", err)
	}
	dir, err := in.Store.WriteSet(ctx, id, programs(objects), append(data, '\n'))
	if err != nil {
		return Environment{}, err
	}
	e.Bin, e.Kernel = filepath.Join(dir, "bin"), set.Kernel.String()
	return e, nil
}
