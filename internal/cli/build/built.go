package build

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/cli"
)

// builtFlags name a built kernel, and a module outside of its tree.
func builtFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "headers", Usage: "`DIR` that a kernel was built in, or its headers"},
		&urfave.BoolFlag{Name: "running", Usage: "the headers of the kernel that runs here"},
		&urfave.StringFlag{Name: "dir", Aliases: []string{"M"}, Usage: "the module's `DIR` (default: here)"},
	}
}

// readBuilt reads the kernel that --headers or --running names.
func readBuilt(screen *term.Screen, c *urfave.Context) (kbuild.Built, error) {
	dir := c.String("headers")
	if (dir != "") == c.Bool("running") {
		return kbuild.Built{}, &cli.UsageError{Text: "which kernel is the module for? expected one of --headers DIR and --running", Hint: "krustup " + c.Command.Name + " --running"}
	}
	if dir != "" {
		return kbuild.ReadBuilt(dir)
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return kbuild.Built{}, fmt.Errorf("asking which kernel runs: %w", err)
	}
	running := unix.ByteSliceToString(name.Release[:])
	built, err := kbuild.ReadBuilt(filepath.Join(modulesDir, running, "build"))
	if cli.Is[*kbuild.NotBuiltError](err) {
		return built, &cli.ExitError{Code: cli.ExitHost, Text: err.Error(), Hint: "the distribution's headers of the kernel that runs here belong there: linux-headers-$(uname -r), kernel-devel"}
	}
	if err == nil && built.Release != running {
		screen.Warn("%s is of Linux %s, and %s runs here: it will not load what is built with it", built.Dir, built.Release, running)
	}
	return built, err
}

// moduleDir is the directory of the module.
func moduleDir(c *urfave.Context) (string, error) {
	dir, err := filepath.Abs(c.String("dir"))
	if err != nil {
		return "", fmt.Errorf("--dir: %w", err)
	}
	for _, name := range []string{"Kbuild", "Makefile"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, nil
		}
	}
	return "", &cli.UsageError{Text: fmt.Sprintf("%s is no module: it has neither Kbuild nor Makefile", dir), Hint: "-M DIR names the module's directory"}
}

// builtSelections say what to ask for, the most exact first.
func builtSelections(a *cli.App, c *urfave.Context, built kbuild.Built) ([]cli.Selection, error) {
	host, err := cli.ChosenHost(c)
	if err != nil {
		return nil, err
	}
	cc, err := cli.ParseCompiler(c.String("cc"))
	if err != nil {
		return nil, err
	}
	sel, err := cli.ReadRequest(a, c, host, cc)
	if err != nil {
		return nil, err
	}
	if name := c.String("target"); name != "" {
		sel.Req.Target, err = targets.Find(name)
	} else {
		sel.Req.Target, err = built.Target()
	}
	if err != nil {
		return nil, err
	}
	sel.Tree = built.Dir
	requests, err := built.Requests(sel.Req)
	list := make([]cli.Selection, len(requests))
	for i, req := range requests {
		list[i] = sel
		list[i].Req = req
	}
	return list, err
}

// builtSet gives the set that belongs to a built kernel, installed.
func builtSet(a *cli.App, c *urfave.Context, built kbuild.Built) (install.Environment, error) {
	sels, err := builtSelections(a, c, built)
	if err != nil {
		return install.Environment{}, err
	}
	env, err := cli.EnsureInstalled(a, c, sels...)
	if err != nil {
		return install.Environment{}, onlyThat(built, err)
	}
	if err := built.Fits(c.Context, env); err != nil {
		return install.Environment{}, err
	}
	for _, text := range built.Differs(env) {
		a.Screen().Warn("%s", text)
	}
	a.Screen().Note("Linux %s for %s: %s", built.Kernel, env.Target, toolsText(env.Versions()))
	return env, nil
}

// onlyThat adds to an error that found no set why no other rustc will do.
func onlyThat(built kbuild.Built, err error) error {
	if !cli.Is[*toolchain.NoSetError](err) && !cli.Is[*toolchain.NotLockedError](err) {
		return err
	}
	return fmt.Errorf("the Rust metadata in %s was made by %s, and no other rustc reads it\n%w", filepath.Join(built.Dir, "rust"), built.Rustc.Text, err)
}
