// Package build has the commands that use an installed set: for a shell, a kernel, a module, an editor, a bisection.
package build

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Build", Commands: []func(*cli.App) *urfave.Command{
		envCommand, runCommand, makeCommand, checkCommand, explainCommand, proveCommand, moduleCommand, rustAnalyzerCommand, bisectCommand,
	}}
}
