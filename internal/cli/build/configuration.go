package build

import (
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// configPath is the configuration that is asked about.
func configPath(c *urfave.Context, sel cli.Selection) string {
	if path := c.String("config"); path != "" {
		return path
	}
	return filepath.Join(sel.Tree, ".config")
}

func configFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "config", Usage: "the kernel configuration `FILE` to explain (default: .config in the tree)"}
}
