package fleet

import (
	"encoding/json"
	"fmt"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/targets"
)

func matrixFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "include only `TARGET` (default: all)"},
		&urfave.StringSliceFlag{Name: "cc", Usage: "include only C compilers `CC`: clang, gcc or clang,gcc (default: both)"},
	}
}

// ciMatrix runs `krustup ci matrix`. It prints one line, because GITHUB_OUTPUT requires one, and no keys other than
// include, because GitHub's strategy.matrix treats every other key as an axis.
func ciMatrix(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	compilers, err := listedCompilers(c.StringSlice("cc"))
	if err != nil {
		return err
	}
	list, err := namedTargets(cli.Values(c, "target"))
	if err != nil {
		return err
	}
	if len(list) == 0 {
		list = targets.All()
	}
	choice, err := cli.ChooseKernel(c)
	if err != nil {
		return err
	}
	if !choice.Asked {
		return &cli.UsageError{Text: "krustup ci matrix needs a kernel, and the current directory has none", Hint: "--tree DIR names a kernel tree, --kernel 7.2 a release without a tree"}
	}
	m, err := cli.ReadMatrix(a, list, choice.Read)
	if err != nil {
		return err
	}
	include, excluded := pairsOf(m, compilers)
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema   int            `json:"schema"`
			Kernel   string         `json:"kernel"`
			Include  []jsonPair     `json:"include"`
			Excluded []jsonExcluded `json:"excluded"`
		}{1, m.Kernel.String(), include, excluded})
	}
	noteExcluded(a.Screen(), excluded, c.IsSet("target") && !slices.Contains(cli.Values(c, "target"), cli.AllTargets))
	if len(include) == 0 {
		return &cli.ExitError{Code: failure.NoSet, Text: fmt.Sprintf("Linux %s supports Rust for no requested pair of target and compiler", m.Kernel)}
	}
	data, err := json.Marshal(struct {
		Include []jsonPair `json:"include"`
	}{include})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.Out, string(data))
	return err
}
