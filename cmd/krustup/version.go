package main

import (
	"fmt"
	"runtime"

	urfave "github.com/urfave/cli/v2"
)

func versionCommand(a *app) *urfave.Command {
	return a.command("version", "print the version", "", nil, func(c *urfave.Context) error {
		if err := noArguments(c); err != nil {
			return err
		}
		if c.Bool("json") {
			return writeJSON(a.out, struct {
				Schema  int    `json:"schema"`
				Version string `json:"version"`
				Go      string `json:"go"`
				Host    string `json:"host"`
			}{1, a.version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH})
		}
		_, err := fmt.Fprintf(a.out, "krustup %s (%s, %s/%s)\n", a.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		return err
	})
}
