package install

import (
	"context"
	"fmt"
	"runtime"

	"github.com/krustup/krustup/internal/elf"
	"github.com/krustup/krustup/toolchain"
)

// relocate makes the programs of Debian packages run from where the object will be published, with the libraries of the
// object. The programs of other layouts find their libraries by themselves, and patchelf is only used on others.
func (o *object) relocate(ctx context.Context) error {
	if !o.isRelocated() {
		return nil
	}
	machine, err := elf.MachineOf(o.pick.Offer.Host.String())
	if err != nil {
		return err
	}
	patchelf := o.others[toolchain.Patchelf]
	argv, err := elf.LoaderArgv(patchelf.Dir, machine, patchelf.Record.Tools["patchelf"])
	if err != nil {
		return fmt.Errorf("patchelf: %w", err)
	}
	_, err = elf.Relocate(ctx, elf.Options{
		Root: o.stage.Dir, Final: o.stage.Final, Machine: machine, Patchelf: argv, Jobs: runtime.NumCPU(),
	})
	return err
}
