package build

import (
	"fmt"
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/install"
)

// envJSON is what `env --json` prints.
type envJSON struct {
	install.Environment
	Unset []string `json:"unset,omitempty"` // variables of the caller that a build with the set runs without
}

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
		env, sel, err := cli.Activate(a, c)
		if err != nil {
			return err
		}
		cleared := env.Cleared(os.Environ())
		if format == "json" {
			return cli.WriteJSON(a.Out, envJSON{env, cleared})
		}
		if format == "make" || format == "github" {
			cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
		}
		for _, name := range cleared {
			fmt.Fprint(a.Out, map[string]string{"sh": "unset " + name + "\n", "fish": "set -e " + name + "\n"}[format])
		}
		return write(a.Out, env)
	}))
}
