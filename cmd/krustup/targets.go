package main

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/survey"
)

// targetsCommand answers from the manifests, and for a kernel from what it says itself: which targets there are, what
// each backend can do for them, and whether the kernel builds Rust for them.
func targetsCommand(a *app) *urfave.Command {
	command := a.command("targets", "targets by backend, and whether a kernel builds Rust for them", "", targetFlags(), func(c *urfave.Context) error { return targetsMatrix(a, c) })
	backend := &urfave.StringFlag{Name: "backend", Usage: "only this `BACKEND`: llvm, gcc or gccrs"}
	command.Subcommands = []*urfave.Command{
		a.command("lacking", "targets without a backend that works, and why", "", append(targetFlags(), backend), func(c *urfave.Context) error { return targetsLacking(a, c) }),
		a.command("show", "all that is known of one target", "TARGET", kernelFlags(), func(c *urfave.Context) error { return targetsShow(a, c) }),
		a.command("diff", "what gained or lost Rust between two kernels", "RELEASE|DIR RELEASE|DIR", formFlags(), func(c *urfave.Context) error { return targetsDiff(a, c) }),
	}
	questions(command)
	return command
}

// allTargets asks the kernel about all targets.
func allTargets(a *app, read survey.KernelReader) (survey.Matrix, error) {
	return matrixOf(a, targets.All(), read)
}
