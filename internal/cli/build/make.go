package build

import (
	"fmt"
	"os"
	"os/exec"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

func makeCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup make --tree linux-6.12 --target arm64 -- defconfig rust.config",
			"krustup make --tree linux-7.3 --cc gcc -- O=$PWD/build olddefconfig",
		},
		Exit: "the exit code of make, if it ran\n1  the set is not installed",
	}
	return manual.For(a.Command("make", "run the kernel's make with an installed set", "-- [GOALS] [VARIABLES] [OPTIONS]", cli.SelectionFlags(false), func(c *urfave.Context) error {
		env, sel, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		program, err := exec.LookPath("make")
		if err != nil {
			return fmt.Errorf("make is missing: %w", err)
		}
		argv := append([]string{"make", "-C", sel.Tree, fmt.Sprintf("-j%d", cli.Jobs())}, env.MakeArguments()...)
		// The user's arguments come last: a later -j or VAR=value overrides ours.
		argv = append(argv, c.Args().Slice()...)
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	}))
}
