package fleet

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// ciCommand is what a CI's configuration asks krustup for.
func ciCommand(a *cli.App) *urfave.Command {
	command := a.Command("ci", "cache key, paths, job matrix and configuration for CI systems", "", nil, func(c *urfave.Context) error {
		if c.NArg() == 0 {
			return &cli.UsageError{Text: "ci: key, paths, matrix or init?", Hint: "krustup ci --help"}
		}
		e := &cli.UsageError{Text: fmt.Sprintf("ci %q: there are key, paths, matrix and init", c.Args().First()), Hint: "krustup ci --help"}
		if near := cli.NearestWord(c.Args().First(), []string{"key", "paths", "matrix", "init"}); near != "" {
			e.Hint = "krustup ci " + near
		}
		return e
	})
	locked := []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "what krustup.lock says, which needs no network"}, cli.LockFlag()}
	command.Subcommands = []*urfave.Command{
		a.Command("key", "print the key of a cache: the digest of what will be installed", "", slices.Concat(cli.ManyFlags(), cli.RequestFlags(true), locked), func(c *urfave.Context) error { return ciKey(a, c) }),
		a.Command("paths", "print the directories to cache, one a line", "", nil, func(c *urfave.Context) error { return ciPaths(a, c) }),
		a.Command("matrix", "print the (target, compiler) pairs that the kernel builds Rust for, as a job matrix", "", slices.Concat(matrixFlags(), cli.KernelFlags()), func(c *urfave.Context) error { return ciMatrix(a, c) }),
		a.Command("init", "write a configuration for a CI system into a repository", strings.Join(systemNames(), "|"), initFlags(), func(c *urfave.Context) error { return ciInit(a, c) }),
	}
	cli.InheritOptions(command)
	return command
}
