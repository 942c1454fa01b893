package build

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

func makeCommand(a *cli.App) *urfave.Command {
	manual := cli.Manual{
		Examples: []string{
			"krustup make --tree linux-6.12 --target arm64 -- defconfig rust.config",
			"krustup make --tree linux-7.3 --cc gcc -- O=$PWD/build olddefconfig",
		},
		Environment: "MAKEFLAGS, O, KBUILD_OUTPUT  as make reads them; krustup adds -j if they do not set it",
		Exit:        "the exit code of make, if it ran\n1  the set is not installed",
	}
	return manual.For(cli.WithoutJSON(a.Command("make", "run the kernel's make with an installed set", "-- [GOALS] [VARIABLES] [OPTIONS]", cli.SelectionFlags(false), func(c *urfave.Context) error {
		env, sel, err := cli.Activate(a, c)
		line := cli.MakeLine(c)
		if err != nil && setless(sel.Tree, line, err) {
			env, err = install.Environment{Kbuild: install.TargetVariables(sel.Req.Target)}, nil
		}
		if err != nil {
			return err
		}
		place, err := makePlace(sel.Tree, line)
		if err != nil {
			return err
		}
		if module := cmp.Or(line.Value("M"), line.Value("KBUILD_EXTMOD")); module != "" {
			if err := kbuild.CheckModule(gnumake.Join(line.Dir(sel.Tree), module), sel.Req.Requirements.Kernel); err != nil {
				return err
			}
		}
		program, err := exec.LookPath("make")
		if err != nil {
			return fmt.Errorf("make is missing: %w", err)
		}
		if kbuild.ReadsConfig(sel.Tree, line.Goals) {
			cli.WarnConfigArch(c.Context, a, place.Config, sel.Req.Target)
		}
		cli.NoteSurroundings(a, env, sel.Req.Target, line)
		jobs, err := a.JobsArgument(line)
		if err != nil {
			return err
		}
		argv := append([]string{"make", "-C", sel.Tree}, jobs...)
		argv = append(argv, env.MakeArguments()...)
		// The user's arguments come last: a later VAR=value overrides ours.
		argv = append(argv, c.Args().Slice()...)
		return replaceProcess(program, argv, env.Overlay(os.Environ()))
	})))
}

// makePlace returns where make builds a tree, or a *kbuild.NameError for a path that breaks a build.
func makePlace(tree string, line gnumake.Line) (kbuild.Place, error) {
	place := kbuild.Locate(tree, line)
	err := kbuild.CheckTree(tree)
	if place.From != "" {
		err = errors.Join(err, kbuild.CheckOutput(place.From+"=", place.Dir))
	}
	return place, err
}

// setless reports whether make needs no set although none could be activated: the goals compile nothing and install
// nothing that the set would strip.
func setless(dir string, line gnumake.Line, err error) bool {
	missing := failure.Is[*install.NotInstalledError](err) || failure.Is[*toolchain.NoRustError](err)
	return missing && dir != "" && line.Value("INSTALL_MOD_STRIP") == "" && kbuild.CompilesNothing(dir, line.Goals)
}
