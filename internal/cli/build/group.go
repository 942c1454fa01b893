// Package build holds the commands that use an installed set: in a shell, for a kernel, a module, an editor or a
// bisection.
//
// Most commands use the set that is installed for a kernel tree. module, rust-analyzer and bisect install a missing set
// first. module, and rust-analyzer for a module, take the kernel from a directory that it was built in or from its
// headers (kbuild.Built).
//
// Invariant: a program is started with the environment of exactly one set, which overrides the user's own variables.
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
