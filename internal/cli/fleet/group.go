// Package fleet has the commands that give other machines the same sets: lock, mirror, bundle and ci. A lock is a file
// that records sets with the digests of their files. A slice is the part of the suppliers' archives that some sets
// need; a mirror is a slice in a directory, a bundle is a slice in one file.
//
// Invariant: a lock, a mirror or a bundle contains only files whose digests come from metadata that was verified or
// that an option accepted. Exceptions are reported as unvouched.
package fleet

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// Group returns the commands, in the order of the help.
func Group() cli.Group {
	return cli.Group{Heading: "Share with other machines", Commands: []func(*cli.App) *urfave.Command{
		lockCommand, mirrorCommand, bundleCommand, ciCommand,
	}}
}
