// Package survey has the commands that answer what Linux, its targets and the Rust compilers can do, and install nothing.
package survey

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Ask what is supported", Commands: []func(*cli.App) *urfave.Command{
		targetsCommand, gatesCommand, wantedCommand, probeCommand, reportCommand,
	}}
}
