package main

import (
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// ciCommand is what a CI's configuration asks krustup for.
func ciCommand(a *app) *urfave.Command {
	command := a.command("ci", "cache key, paths, job matrix and configuration for CI systems", "", nil, func(c *urfave.Context) error {
		if c.NArg() == 0 {
			return &usageError{text: "ci: key, paths, matrix or init?", hint: "krustup ci --help"}
		}
		e := &usageError{text: fmt.Sprintf("ci %q: there are key, paths, matrix and init", c.Args().First()), hint: "krustup ci --help"}
		if near := nearestWord(c.Args().First(), []string{"key", "paths", "matrix", "init"}); near != "" {
			e.hint = "krustup ci " + near
		}
		return e
	})
	locked := []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "what krustup.lock says, which needs no network"}, lockFlag()}
	command.Subcommands = []*urfave.Command{
		a.command("key", "print the key of a cache: the digest of what will be installed", "", slices.Concat(manyFlags(), requestFlags(true), locked), func(c *urfave.Context) error { return ciKey(a, c) }),
		a.command("paths", "print the directories to cache, one a line", "", nil, func(c *urfave.Context) error { return ciPaths(a, c) }),
		a.command("matrix", "print the (target, compiler) pairs that the kernel builds Rust for, as a job matrix", "", slices.Concat(matrixFlags(), kernelFlags()), func(c *urfave.Context) error { return ciMatrix(a, c) }),
		a.command("init", "write a configuration for a CI system into a repository", strings.Join(systemNames(), "|"), initFlags(), func(c *urfave.Context) error { return ciInit(a, c) }),
	}
	questions(command)
	return command
}
