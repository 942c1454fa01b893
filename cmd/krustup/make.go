package main

import (
	"fmt"
	"os"
	"os/exec"

	urfave "github.com/urfave/cli/v2"
)

func makeCommand(a *app) *urfave.Command {
	return a.command("make", "run the kernel's make with the set", "-- [GOALS] [VARIABLES] [OPTIONS]", selectionFlags(false), func(c *urfave.Context) error {
		env, sel, err := activate(a, c)
		if err != nil {
			return err
		}
		program, err := exec.LookPath("make")
		if err != nil {
			return fmt.Errorf("make is missing: %w", err)
		}
		argv := append([]string{"make", "-C", sel.tree, fmt.Sprintf("-j%d", jobs())}, env.MakeArguments()...)
		// The user's words come last: a later -j or VAR=value beats ours.
		argv = append(argv, c.Args().Slice()...)
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	})
}
