// Package fleet has the commands that carry sets to other machines: locks, mirrors, bundles, CI.
package fleet

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Share with other machines", Commands: []func(*cli.App) *urfave.Command{
		lockCommand, mirrorCommand, bundleCommand, ciCommand,
	}}
}
