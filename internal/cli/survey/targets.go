package survey

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// targetsCommand reports which targets there are, how well each backend supports them, and whether a kernel builds Rust
// for them. The kernel's own files decide about the kernel, the manifests about the rest.
func targetsCommand(a *cli.App) *urfave.Command {
	manual := func(examples ...string) cli.Manual {
		return cli.Manual{Examples: examples, Document: "docs/targets.md"}
	}
	command := manual("krustup targets --kernel 7.3", "krustup targets --tree linux-6.12 --markdown").For(a.Command("targets", "list targets, their backends, and which a kernel builds for", "", targetFlags(), func(c *urfave.Context) error { return targetsMatrix(a, c) }))
	backend := &urfave.StringFlag{Name: "backend", Usage: "only this `BACKEND`: llvm, gcc or gccrs"}
	command.Subcommands = []*urfave.Command{
		manual("krustup targets lacking --kernel 7.3", "krustup targets lacking --backend gcc").For(
			a.Command("lacking", "list targets without a working backend, and why", "", append(targetFlags(), backend), func(c *urfave.Context) error { return targetsLacking(a, c) }),
		),
		manual("krustup targets show m68k", "krustup targets show --kernel 7.3 arm64").For(
			a.Command("show", "show everything known about one target", "TARGET", cli.KernelFlags(), func(c *urfave.Context) error { return targetsShow(a, c) }),
		),
		manual("krustup targets diff 6.12 7.3", "krustup targets diff --markdown 7.2 linux-7.3").For(
			a.Command("diff", "list targets that gained or lost Rust between kernels", "RELEASE|DIR RELEASE|DIR", formFlags(), func(c *urfave.Context) error { return targetsDiff(a, c) }),
		),
	}
	cli.InheritOptions(command)
	return command
}
