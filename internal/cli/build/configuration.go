package build

import (
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// configPath returns the path of the kernel configuration to read: --config, else the tree's own.
func configPath(c *urfave.Context, sel cli.Selection) string {
	if path := c.String("config"); path != "" {
		return path
	}
	return filepath.Join(sel.Tree, ".config")
}

func configFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "config", Usage: "kernel configuration `FILE` (default: .config in the tree)"}
}
