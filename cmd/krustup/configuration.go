package main

import (
	"path/filepath"

	urfave "github.com/urfave/cli/v2"
)

// configPath is the configuration that is asked about.
func configPath(c *urfave.Context, sel selection) string {
	if path := c.String("config"); path != "" {
		return path
	}
	return filepath.Join(sel.tree, ".config")
}

func configFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "config", Usage: "the kernel configuration `FILE` to explain (default: .config in the tree)"}
}
