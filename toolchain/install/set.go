package install

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// writeSet writes the environment of an installed set to where Activate finds it by the request.
func (in *Installer) writeSet(ctx context.Context, set toolchain.Set, target targets.Target, objects map[toolchain.Component]store.Object) (Environment, error) {
	delete(objects, toolchain.Patchelf)
	id := set.Key.Short()
	e, err := newEnvironment(set, target, objects, filepath.Join(in.Store.SetDir(id), "bin"))
	if err != nil {
		return Environment{}, err
	}
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
