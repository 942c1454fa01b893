package fleet

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
)

// ciKey runs `krustup ci key`.
func ciKey(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	if hosts := c.StringSlice("host"); len(hosts) > 1 {
		return &cli.UsageError{Text: "--host is given more than once: a cache is for one host"}
	}
	selections, err := cli.ChooseAll(a, c)
	if err != nil {
		return err
	}
	host := selections[0].Req.Host
	var sets []toolchain.Set
	for _, sel := range selections {
		set, err := cli.ChooseSet(a, c, sel)
		if err != nil {
			return err
		}
		sets = append(sets, set)
	}
	digest, objects := toolchain.CacheKey(host, sets)
	key := fmt.Sprintf("krustup-%d-%s-%s", toolchain.CacheFormat, host, digest.String()[:32])
	if !c.Bool("json") {
		_, err := fmt.Fprintln(a.Out, key)
		return err
	}
	out := struct {
		Schema  int            `json:"schema"`
		Key     string         `json:"key"`
		Host    toolchain.Host `json:"host"`
		Objects []store.ID     `json:"objects"`
		Sets    []jsonPair     `json:"sets"`
	}{1, key, host, objects, []jsonPair{}}
	for _, set := range sets {
		out.Sets = append(out.Sets, jsonPair{set.Target, set.CC})
	}
	return cli.WriteJSON(a.Out, out)
}

// jsonPair is one job. A workflow reads its keys as matrix.target and matrix.cc.
type jsonPair struct {
	Target string             `json:"target"`
	CC     toolchain.Compiler `json:"cc"`
}

// ciPaths runs `krustup ci paths`.
func ciPaths(a *cli.App, c *urfave.Context) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	st, err := a.Store()
	if err != nil {
		return err
	}
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema int      `json:"schema"`
			Home   string   `json:"home"`
			Paths  []string `json:"paths"`
		}{1, st.Home(), st.CacheDirs()})
	}
	a.Screen().Note("restore them to the same paths: programs contain the absolute path of their loader")
	_, err = fmt.Fprintln(a.Out, strings.Join(st.CacheDirs(), "\n"))
	return err
}

// jsonExcluded is a pair that the kernel does not build Rust for.
type jsonExcluded struct {
	jsonPair
	Why   string `json:"why"`
	other bool   // the kernel builds Rust for the target with another compiler
}

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
	list, err := namedTargets(c.StringSlice("target"))
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
	noteExcluded(a.Screen(), excluded, c.IsSet("target"))
	if len(include) == 0 {
		return &cli.ExitError{Code: cli.ExitNoSet, Text: fmt.Sprintf("Linux %s supports Rust for no requested pair of target and compiler", m.Kernel)}
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

// namedTargets returns the targets with these names.
func namedTargets(names []string) ([]targets.Target, error) {
	var list []targets.Target
	for _, name := range names {
		t, err := targets.Find(name)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// listedCompilers parses values of --cc, each of which can be a list separated by commas. The default is both
// compilers.
func listedCompilers(given []string) ([]toolchain.Compiler, error) {
	if len(given) == 0 {
		return []toolchain.Compiler{toolchain.Clang, toolchain.GNU}, nil
	}
	var list []toolchain.Compiler
	for _, text := range given {
		for name := range strings.SplitSeq(text, ",") {
			cc, err := cli.ParseCompiler(name)
			if err == nil && cc == toolchain.Either {
				err = &cli.UsageError{Text: fmt.Sprintf("--cc %q: expected clang, gcc or clang,gcc", text)}
			}
			if err != nil {
				return nil, err
			}
			if !slices.Contains(list, cc) {
				list = append(list, cc)
			}
		}
	}
	return list, nil
}

// pairsOf returns the pairs of target and compiler that the kernel builds Rust for, and those that it does not.
func pairsOf(m survey.Matrix, compilers []toolchain.Compiler) (include []jsonPair, excluded []jsonExcluded) {
	include, excluded = []jsonPair{}, []jsonExcluded{}
	for _, row := range m.Rows {
		for _, cc := range compilers {
			pair := jsonPair{row.Target.Name, cc}
			switch {
			case slices.Contains(row.CC, cc):
				include = append(include, pair)
			case row.Rust:
				excluded = append(excluded, jsonExcluded{pair, fmt.Sprintf("`select HAVE_RUST if %s` requires %s (%s)", row.By.Condition, row.Unmet, row.By.Where), true})
			default:
				excluded = append(excluded, jsonExcluded{pair, row.Why, false})
			}
		}
	}
	return include, excluded
}

// noteExcluded prints the pairs that are left out and why: one line for each pair whose target was named or is
// supported with another compiler, and the number of the others.
func noteExcluded(screen *term.Screen, excluded []jsonExcluded, named bool) {
	others := 0
	for _, e := range excluded {
		if !named && !e.other {
			others++
			continue
		}
		screen.Note("left out: %s with %s: %s", e.Target, e.CC, e.Why)
	}
	if others > 0 {
		screen.Note("left out: %d pairs of targets without Rust in this kernel: krustup targets lacking explains why", others)
	}
}
