package main

import (
	"fmt"

	urfave "github.com/urfave/cli/v2"
)

func envCommand(a *app) *urfave.Command {
	flags := append(selectionFlags(false), kernelFlag(),
		&urfave.StringFlag{Name: "format", Value: "sh", Usage: "sh, fish, make, json or github"})
	return a.command("env", "print the environment of an installed set, as absolute paths", "", flags, func(c *urfave.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		format := c.String("format")
		if c.Bool("json") {
			format = "json"
		}
		write, ok := envFormats[format]
		if !ok && format != "json" {
			return &usageError{text: fmt.Sprintf("--format %q: expected sh, fish, make, json or github", format)}
		}
		env, _, err := activate(a, c)
		if err != nil {
			return err
		}
		if format == "json" {
			return writeJSON(a.out, env)
		}
		return write(a.out, env)
	})
}
