package build

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// AnalyzerJSON is what `rust-analyzer --json` prints.
type AnalyzerJSON struct {
	Schema   int                     `json:"schema"`
	Kernel   string                  `json:"kernel"`
	Target   string                  `json:"target"`
	Tools    map[string]string       `json:"tools"`
	Project  kbuild.RustProject      `json:"project"`
	Settings kbuild.AnalyzerSettings `json:"settings"` // of rust-analyzer, the same for every editor
	Editor   string                  `json:"editor"`
	File     string                  `json:"file"` // where the editor reads them
	Written  bool                    `json:"written"`
}

func rustAnalyzerCommand(a *cli.App) *urfave.Command {
	flags := slices.Concat(cli.SelectionFlags(false), builtFlags(), []urfave.Flag{
		cli.OfflineFlag(),
		&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "the kernel's build `DIR`, make's O= (default: the tree)"},
		&urfave.StringFlag{Name: "editor", Value: editors()[0].name, Usage: "write settings for `EDITOR`: vscode, neovim or helix"},
		&urfave.BoolFlag{Name: "write", Usage: "write the editor's file, unless it has other settings"},
		&urfave.BoolFlag{Name: "force", Usage: "with --write, replace the editor's file"},
	}, cli.LockedFlags())
	manual := cli.Manual{
		Examples: []string{
			"krustup rust-analyzer --tree linux-7.2 --output build --write",
			"krustup rust-analyzer --headers build -M my-module --editor neovim",
		},
		Exit:     "1  source files are missing\n2  with --write: the editor's file has other settings",
		Document: "docs/module.md",
	}
	return manual.For(a.Command("rust-analyzer", "write rust-project.json and editor settings", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		ed, err := findEditor(c.String("editor"))
		if err != nil {
			return err
		}
		work, err := treeAnalyzerWork(a, c)
		if err != nil {
			return err
		}
		return analyze(a, c, ed, work)
	}))
}

// analyzerWork is the kernel or out-of-tree module that rust-analyzer is set up for.
type analyzerWork struct {
	env     install.Environment
	argv    []string // the make command, without options and goal
	project string   // path of the rust-project.json that it writes
	config  string   // path of the kernel's configuration
	root    string   // the directory that the editor opens
}

func treeAnalyzerWork(a *cli.App, c *urfave.Context) (analyzerWork, error) {
	if c.String("headers") != "" || c.Bool("running") {
		return analyzerModule(a, c)
	}
	sel, err := cli.Choose(a, c)
	if err != nil {
		return analyzerWork{}, err
	}
	line := cli.MakeLine(c)
	place := kbuild.Locate(sel.Tree, line)
	if c.String("output") != "" {
		output, err := filepath.Abs(c.String("output"))
		if err != nil {
			return analyzerWork{}, fmt.Errorf("--output: %w", err)
		}
		place = kbuild.Locate(sel.Tree, line.With("O", output))
	}
	if err := errors.Join(kbuild.CheckTree(sel.Tree), kbuild.CheckOutput("build directory", place.Dir)); err != nil {
		return analyzerWork{}, err
	}
	if _, err := os.Stat(place.Config); err != nil {
		return analyzerWork{}, &cli.UsageError{
			Text: fmt.Sprintf("there is no %s, which determines what code is built", place.Config),
			Hint: "krustup make -- O=DIR defconfig rust.config prepare, with the same --tree and --target; then --output DIR",
		}
	}
	cli.WarnConfigArch(c.Context, a, place.Config, sel.Req.Target)
	env, err := cli.EnsureInstalled(a, c, sel)
	if err != nil {
		return analyzerWork{}, err
	}
	cli.NoteSurroundings(a, env, sel.Req.Target, line)
	argv := []string{"make", "-C", sel.Tree}
	if place.From != "" {
		argv = append(argv, "O="+place.Dir)
	}
	return analyzerWork{
		env: env, argv: argv, project: filepath.Join(place.Dir, "rust-project.json"), config: place.Config, root: sel.Tree,
	}, nil
}

func analyzerModule(a *cli.App, c *urfave.Context) (analyzerWork, error) {
	for _, name := range []string{"tree", "output"} {
		if c.String(name) != "" {
			return analyzerWork{}, &cli.UsageError{Text: fmt.Sprintf("--%s selects a kernel, but --headers and --running select a module", name), Hint: "krustup rust-analyzer --headers DIR -M DIR"}
		}
	}
	built, err := readBuilt(a.Screen(), c)
	if err != nil {
		return analyzerWork{}, err
	}
	dir, err := moduleDir(c, built)
	if err != nil {
		return analyzerWork{}, err
	}
	env, err := builtSet(a, c, built)
	if err != nil {
		return analyzerWork{}, err
	}
	argv := []string{"make", "-C", built.Dir, "M=" + dir}
	// Up to 6.12, `make M=` of a build directory looks for rust/Makefile in that directory: the rule is in the source.
	if source := kbuild.SourceTree(built.Dir); source != built.Dir && built.Kernel.Less(version.MustParse("6.13")) {
		argv = append(argv, "VPATH="+source)
	}
	return analyzerWork{
		env: env, argv: argv, project: filepath.Join(dir, "rust-project.json"), config: filepath.Join(built.Dir, built.Config), root: dir,
	}, nil
}

func analyze(a *cli.App, c *urfave.Context, ed editor, work analyzerWork) error {
	argv := append(slices.Concat(work.argv, []string{"-s"}, work.env.MakeArguments()), "rust-analyzer")
	code, err := runChild(a, c, work.env, argv, a.Err)
	if err != nil {
		return err
	}
	if code != 0 {
		failed := &cli.ExitError{Code: code, Text: "make rust-analyzer failed, see its messages above"}
		if config, err := kbuild.ReadConfig(c.Context, work.config); err == nil && config.Value("RUST") != "y" {
			failed.Hint = "CONFIG_RUST is off in " + work.config + ": krustup check shows why"
		}
		return failed
	}
	project, err := kbuild.ReadRustProject(work.project)
	if err != nil {
		return err
	}
	if len(project.Sourceless) > 0 {
		return &cli.ExitError{Code: failure.Failed, Text: fmt.Sprintf("%s: source files are missing for %s", project.File, strings.Join(project.Sourceless, ", ")), Hint: "headers without the kernel's rust/ are enough for a build, but not for rust-analyzer"}
	}
	if len(project.Unbuilt) > 0 {
		a.Screen().Warn("not built yet: %s; rust-analyzer cannot expand these macros until `krustup make -- prepare` has run", strings.Join(project.Unbuilt, ", "))
	}
	settings := project.Settings(work.env)
	data, err := ed.encode(settings)
	if err != nil {
		return fmt.Errorf("encoding settings for %s: %w", ed.name, err)
	}
	result := AnalyzerJSON{
		Schema: 1, Kernel: work.env.Kernel, Target: work.env.Target, Tools: work.env.Versions(), Project: project, Settings: settings,
		Editor: ed.name, File: filepath.Join(work.root, ed.file),
	}
	if c.Bool("write") {
		if result.Written, err = writeSettings(result.File, data, c.Bool("force")); err != nil {
			return err
		}
		a.Screen().Note("settings for %s: %s", ed.name, result.File)
	}
	a.Screen().Note("%s: %d crates", project.File, project.Crates)
	switch {
	case c.Bool("json"):
		return cli.WriteJSON(a.Out, result)
	case !c.Bool("write"):
		_, err = a.Out.Write(data)
	}
	return err
}
