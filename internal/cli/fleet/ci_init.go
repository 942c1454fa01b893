package fleet

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/ci"
	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/toolchain"
)

func systemNames() []string { return ci.Systems() }

func initFlags() []urfave.Flag {
	return append(cli.KernelFlags(),
		&urfave.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "build for `TARGET`, such as arm64 (default: host's)"},
		&urfave.StringSliceFlag{Name: "cc", Usage: "use C compilers `CC`: clang, gcc or clang,gcc (default: clang)"},
		&urfave.StringFlag{Name: "dir", Value: ".", Usage: "write into the repository whose top directory is `DIR`"},
		&urfave.BoolFlag{Name: "force", Usage: "overwrite existing files"},
	)
}

// ciInit runs `krustup ci init`.
func ciInit(a *cli.App, c *urfave.Context) error {
	if c.NArg() != 1 {
		return &cli.UsageError{Text: fmt.Sprintf("krustup ci init takes one CI system: %s", strings.Join(ci.Systems(), ", ")), Hint: "krustup ci init github"}
	}
	config, err := ciConfig(a, c)
	if err != nil {
		return err
	}
	files, err := ci.Render(c.Args().First(), config)
	if failure.Is[*ci.UnknownError](err) {
		return &cli.UsageError{Text: err.Error()}
	}
	if err != nil {
		return err
	}
	written, err := writeConfiguration(c.String("dir"), files, c.Bool("force"))
	if err != nil {
		return err
	}
	ignored := ignoredFiles(c.Context, c.String("dir"), files)
	if c.Bool("json") {
		return cli.WriteJSON(a.Out, struct {
			Schema  int           `json:"schema"`
			System  string        `json:"system"`
			Files   []string      `json:"files"`
			Written []string      `json:"written"` // those that did not exist with the same content
			Ignored []jsonIgnored `json:"ignored"`
		}{1, c.Args().First(), paths(files), written, ignored})
	}
	for _, f := range files {
		fmt.Fprintln(a.Out, filepath.Join(c.String("dir"), f.Path))
	}
	warnIgnored(a.Screen(), c.String("dir"), ignored)
	a.Screen().Note("the comment at the top of %s lists what to do before the first run", files[0].Path)
	return nil
}

func paths(files []ci.File) []string {
	list := []string{}
	for _, f := range files {
		list = append(list, f.Path)
	}
	return list
}

// ciConfig returns the configuration that the options describe. It leaves out pairs that the kernel does not build
// Rust for, and prints a note for each.
func ciConfig(a *cli.App, c *urfave.Context) (ci.Config, error) {
	choice, err := cli.ChooseKernel(c)
	if err != nil {
		return ci.Config{}, err
	}
	if !choice.Asked {
		return ci.Config{}, &cli.UsageError{Text: "krustup ci init needs a kernel, and the current directory has none", Hint: "--tree DIR names a kernel tree in the repository, --kernel 7.2 a release that jobs fetch"}
	}
	config := ci.Config{Tree: "linux", Kernel: c.String("kernel")}
	if config.Kernel == "" {
		if config.Tree, err = treeInRepository(c.String("dir"), c.String("tree")); err != nil {
			return ci.Config{}, err
		}
	}
	names := cli.Values(c, "target")
	if len(names) == 0 {
		host, err := cli.ParseHost("")
		if err != nil {
			return ci.Config{}, err
		}
		names = []string{host.String()}
	}
	list, err := namedTargets(names)
	if err != nil {
		return ci.Config{}, err
	}
	compilers := []toolchain.Compiler{toolchain.Clang}
	if c.IsSet("cc") {
		if compilers, err = listedCompilers(c.StringSlice("cc")); err != nil {
			return ci.Config{}, err
		}
	}
	m, err := cli.ReadMatrix(a, list, choice.Read)
	if err != nil {
		return ci.Config{}, err
	}
	if config.Release = config.Kernel; config.Release == "" {
		config.Release = m.Kernel.Series()
	}
	include, excluded := pairsOf(m, compilers)
	noteExcluded(a.Screen(), excluded, !slices.Contains(names, cli.AllTargets))
	if len(include) == 0 {
		return ci.Config{}, &cli.ExitError{Code: failure.NoSet, Text: fmt.Sprintf("Linux %s supports Rust for no requested pair of target and compiler", m.Kernel)}
	}
	for _, p := range include {
		config.Pairs = append(config.Pairs, ci.Pair{Target: p.Target, CC: string(p.CC)})
	}
	return config, nil
}

// treeInRepository returns the path of a tree relative to the top of the repository. A tree outside of it is an error,
// because jobs have only the repository.
func treeInRepository(dir, tree string) (string, error) {
	top, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("--dir: %w", err)
	}
	abs, err := filepath.Abs(tree)
	if err != nil {
		return "", fmt.Errorf("--tree: %w", err)
	}
	rel, err := filepath.Rel(top, abs)
	if err != nil || !filepath.IsLocal(rel) {
		return "", &cli.UsageError{Text: fmt.Sprintf("--tree %s: it is not in the repository %s, and jobs have only the repository", tree, dir), Hint: "--kernel 7.2 lets jobs fetch a release"}
	}
	if strings.ContainsAny(rel, " \t\n'\"$#:") {
		return "", &cli.UsageError{Text: fmt.Sprintf("--tree %q: the path has a space, a quote, or one of $ # :, which are special to make", rel)}
	}
	return filepath.ToSlash(rel), nil
}

// writeConfiguration writes the files that do not exist with the same content, and returns their paths. If a file
// exists with other content, it writes nothing and returns a *cli.UsageError, unless force is set.
func writeConfiguration(dir string, files []ci.File, force bool) (written []string, err error) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, &cli.UsageError{Text: fmt.Sprintf("--dir %s: no such directory", dir)}
	}
	same := map[string]bool{}
	for _, f := range files {
		have, err := os.ReadFile(filepath.Join(dir, f.Path))
		same[f.Path] = err == nil && bytes.Equal(have, f.Data)
		if _, err := os.Lstat(filepath.Join(dir, f.Path)); err == nil && !same[f.Path] && !force {
			return nil, &cli.UsageError{Text: fmt.Sprintf("%s exists with other content", filepath.Join(dir, f.Path)), Hint: "--force overwrites it; no file was written"}
		}
	}
	written = []string{}
	for _, f := range files {
		if same[f.Path] {
			continue
		}
		path := filepath.Join(dir, f.Path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("writing configuration: %w", err)
		}
		if err := disk.ReplaceFile(path, f.Data); err != nil {
			return nil, err
		}
		if f.Executable {
			if err := os.Chmod(path, 0o755); err != nil {
				return nil, fmt.Errorf("writing configuration: %w", err)
			}
		}
		written = append(written, f.Path)
	}
	slices.Sort(written)
	return written, nil
}
