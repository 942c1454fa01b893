package install

import (
	"context"
	"fmt"
	"runtime"

	"github.com/krustup/krustup/internal/elf"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/toolchain"
)

// relocate makes the programs in a staged tree run from where the tree will be published, with the libraries in it,
// and checks that each finds all that it needs. Nothing of the tree is run before: its interpreter is a path that
// only the published tree has.
func relocate(ctx context.Context, p toolchain.Pick, stage *store.Stage, patchelf store.Object) error {
	if p.Recipe.Layout != toolchain.LayoutDebian {
		return nil
	}
	machine, err := elf.MachineOf(p.Offer.Host.String())
	if err != nil {
		return err
	}
	argv, err := elf.LoaderArgv(patchelf.Dir, machine, patchelf.Record.Tools["patchelf"])
	if err != nil {
		return fmt.Errorf("patchelf: %w", err)
	}
	_, err = elf.Relocate(ctx, elf.Options{
		Root: stage.Dir, Final: stage.Final, Machine: machine, Patchelf: argv, Jobs: runtime.NumCPU(),
	})
	if err != nil {
		return err
	}
	problems, err := elf.Check(stage.Dir, stage.Final, machine)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return &elf.NeedsError{Root: stage.Dir, Problems: problems}
	}
	return nil
}
