package build

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

func envCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false), cli.KernelFlag(),
		&urfave.StringFlag{Name: "format", Value: "sh", Usage: "output `FORMAT`: sh, fish, make, json or github"})
	manual := cli.Manual{
		Examples: []string{
			"krustup env --tree linux-6.12 --target arm64 --format fish",
			`eval "$(krustup env --tree linux-6.12 --target arm64)"`,
		},
		Exit: "1  the set is not installed",
	}
	return manual.For(a.Command("env", "print the environment of an installed set, as absolute paths", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		format := c.String("format")
		if c.Bool("json") {
			format = "json"
		}
		write, ok := envFormats[format]
		if !ok && format != "json" {
			return &cli.UsageError{Text: fmt.Sprintf("--format %q: expected sh, fish, make, json or github", format)}
		}
		env, _, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		if format == "json" {
			return cli.WriteJSON(a.Out, env)
		}
		return write(a.Out, env)
	}))
}
