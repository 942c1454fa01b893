// Package sets has the commands that choose, install and maintain toolchain sets, and the catalogues and settings that
// the choice depends on. A set is the toolchain for one kernel, target, host and C compiler.
//
// Invariant: only install and source write outside of catalogues; resolve and plan fetch at most missing catalogues.
package sets

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands, in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Choose and install", Commands: []func(*cli.App) *urfave.Command{
		sourceCommand, resolveCommand, planCommand, installCommand, listCommand, showCommand, whichCommand, outdatedCommand,
		upgradeCommand, verifyCommand, removeCommand, gcCommand, uninstallCommand, updateCommand, configCommand, doctorCommand, versionCommand,
		cli.HelpCommand, cli.CompletionCommand,
	}}
}
