package build

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// configPath returns the path of the kernel configuration to read: --config, else the one that make would read.
func configPath(c *urfave.Context, sel cli.Selection) string {
	if path := c.String("config"); path != "" {
		return path
	}
	return kbuild.Locate(sel.Tree, cli.MakeLine(c)).Config
}

// noConfiguration returns the error for a kernel configuration that does not exist.
func noConfiguration(path string) error {
	return &cli.UsageError{Text: "no kernel configuration " + path, Hint: "name one with --config FILE, or make one: krustup make -- defconfig"}
}

func configFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "config", Usage: "kernel configuration `FILE` (default: the one that make reads)"}
}
