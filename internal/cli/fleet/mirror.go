package fleet

import (
	"fmt"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/term"
)

func mirrorCommand(a *cli.App) *urfave.Command {
	flags := sliceFlags(&urfave.BoolFlag{Name: "prune", Usage: "remove files that only earlier runs needed"})
	manual := cli.Manual{
		Examples: []string{
			"krustup mirror --tree linux-6.12 --target arm64 /srv/mirror",
			"krustup mirror --locked --prune /srv/mirror",
		},
		Document: "docs/mirror.md",
	}
	return manual.For(a.Command("mirror", "mirror the files of sets for apt, rustup and krustup", "DIR", flags, func(c *urfave.Context) error {
		if c.NArg() != 1 {
			return &cli.UsageError{Text: fmt.Sprintf("krustup mirror takes one directory, found %d arguments", c.NArg()), Hint: "krustup mirror --tree linux --target arm64 /srv/mirror"}
		}
		dir, err := filepath.Abs(c.Args().First())
		if err != nil {
			return err
		}
		w, err := chooseSlice(a, c, true)
		if err != nil {
			return err
		}
		in, watch, err := a.Installer(w.suppliers, c.Bool("offline"))
		if err != nil {
			return err
		}
		defer watch.Close()
		result, err := mirror.Write(c.Context, in, w.slice, dir, c.Bool("prune"))
		if err != nil {
			return err
		}
		watch.Close()
		for _, name := range result.Changed {
			a.Screen().Warn("%s is not needed but was modified since krustup wrote it: kept", name)
		}
		a.Screen().Note("%s: %s, %s; %d fetched, %d removed", c.Args().First(), term.Count(result.Files, "file", "files"), term.Bytes(result.Bytes), result.Fetched, len(result.Pruned))
		if !c.Bool("json") {
			return nil
		}
		return cli.WriteJSON(a.Out, struct {
			Schema int    `json:"schema"`
			Dir    string `json:"dir"`
			jsonSlice
			Removed []string `json:"removed"`
			Changed []string `json:"changed"`
		}{1, dir, w.json(result), append([]string{}, result.Pruned...), append([]string{}, result.Changed...)})
	}))
}
