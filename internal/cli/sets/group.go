// Package sets has the commands that choose, install and keep toolchain sets.
package sets

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Choose and install", Commands: []func(*cli.App) *urfave.Command{
		sourceCommand, resolveCommand, planCommand, installCommand, listCommand, updateCommand, configCommand, doctorCommand, versionCommand,
	}}
}
