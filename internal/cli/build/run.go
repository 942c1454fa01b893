package build

import (
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

func runCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false), cli.KernelFlag())
	manual := cli.Manual{
		Examples: []string{
			"krustup run --tree linux-6.12 --target arm64 -- rustc -vV",
			"krustup run --tree linux-6.12 --target arm64 -- sh -c 'echo $RUSTC'",
		},
		Exit: "the exit code of the program, if it ran\n1  the set is not installed\n6  neither the set nor PATH has the program",
	}
	return manual.For(cli.WithoutJSON(a.Command("run", "run a program with an installed set's tools first on PATH", "-- PROGRAM [ARGUMENTS]", flags, func(c *urfave.Context) error {
		if c.NArg() == 0 {
			return &cli.UsageError{Text: "run: expected a program", Hint: "krustup run --target arm64 -- rustc -vV"}
		}
		env, sel, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		argv := c.Args().Slice()
		program, err := lookIn(env.Bin, argv[0])
		if err != nil {
			return err
		}
		cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	})))
}
