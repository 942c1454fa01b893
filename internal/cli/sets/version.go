package sets

import (
	"fmt"
	"runtime"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

func versionCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup version",
			"krustup version --json",
		},
	}
	return manual.For(a.Command("version", "print the version", "", nil, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		if c.Bool("json") {
			return cli.WriteJSON(a.Out, struct {
				Schema  int    `json:"schema"`
				Version string `json:"version"`
				Go      string `json:"go"`
				Host    string `json:"host"`
			}{1, a.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
		}
		_, err := fmt.Fprintf(a.Out, "krustup %s (%s, %s/%s)\n", a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	}))
}
