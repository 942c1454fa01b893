package survey

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsCommand reports which targets there are, how well each backend supports them, and whether a kernel builds Rust
// for them. The kernel's own files decide about the kernel, the manifests about the rest.
func targetsCommand(a *cli.App) *urfave.Command {
	command := a.Command("targets", "list targets, their backends, and which a kernel builds for", "", cli.TargetFlags(), func(c *urfave.Context) error { return targetsMatrix(a, c) })
	backend := &urfave.StringFlag{Name: "backend", Usage: "only this `BACKEND`: llvm, gcc or gccrs"}
	command.Subcommands = []*urfave.Command{
		a.Command("lacking", "list targets without a working backend, and why", "", append(cli.TargetFlags(), backend), func(c *urfave.Context) error { return targetsLacking(a, c) }),
		a.Command("show", "show all that is known of one target", "TARGET", cli.KernelFlags(), func(c *urfave.Context) error { return targetsShow(a, c) }),
		a.Command("diff", "list the changes in Rust support between two kernels", "RELEASE|DIR RELEASE|DIR", cli.FormFlags(), func(c *urfave.Context) error { return targetsDiff(a, c) }),
	}
	cli.InheritOptions(command)
	return command
}

// allTargets returns the matrix of all targets for a kernel.
func allTargets(a *cli.App, read survey.KernelReader) (survey.Matrix, error) {
	return cli.ReadMatrix(a, targets.All(), read)
}
