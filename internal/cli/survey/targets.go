package survey

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsCommand answers from the manifests, and for a kernel from what it says itself: which targets there are, what
// each backend can do for them, and whether the kernel builds Rust for them.
func targetsCommand(a *cli.App) *urfave.Command {
	command := a.Command("targets", "targets by backend, and whether a kernel builds Rust for them", "", cli.TargetFlags(), func(c *urfave.Context) error { return targetsMatrix(a, c) })
	backend := &urfave.StringFlag{Name: "backend", Usage: "only this `BACKEND`: llvm, gcc or gccrs"}
	command.Subcommands = []*urfave.Command{
		a.Command("lacking", "targets without a backend that works, and why", "", append(cli.TargetFlags(), backend), func(c *urfave.Context) error { return targetsLacking(a, c) }),
		a.Command("show", "all that is known of one target", "TARGET", cli.KernelFlags(), func(c *urfave.Context) error { return targetsShow(a, c) }),
		a.Command("diff", "what gained or lost Rust between two kernels", "RELEASE|DIR RELEASE|DIR", cli.FormFlags(), func(c *urfave.Context) error { return targetsDiff(a, c) }),
	}
	cli.InheritOptions(command)
	return command
}

// allTargets asks the kernel about all targets.
func allTargets(a *cli.App, read survey.KernelReader) (survey.Matrix, error) {
	return cli.ReadMatrix(a, targets.All(), read)
}
