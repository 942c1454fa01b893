package build

import (
	"fmt"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// builtFlags returns the flags that name a built kernel and an out-of-tree module.
func builtFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "headers", Usage: "`DIR` of a built kernel or its headers"},
		&urfave.BoolFlag{Name: "running", Usage: "use the headers of the running kernel"},
		&urfave.StringFlag{Name: "dir", Aliases: []string{"M"}, Usage: "`DIR` of the module (default: here)"},
	}
}

// readBuilt reads the built kernel that --headers or --running names.
func readBuilt(screen *term.Screen, c *urfave.Context) (kbuild.Built, error) {
	dir := c.String("headers")
	if (dir != "") == c.Bool("running") {
		return kbuild.Built{}, &cli.UsageError{Text: "no kernel for the module: expected one of --headers DIR and --running", Hint: "krustup " + c.Command.Name + " --running"}
	}
	if dir != "" {
		return readPlace(screen, c, dir)
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return kbuild.Built{}, fmt.Errorf("reading the release of the running kernel: %w", err)
	}
	running := unix.ByteSliceToString(name.Release[:])
	built, err := readPlace(screen, c, filepath.Join(modulesDir, running, "build"))
	if failure.Is[*kbuild.NotBuiltError](err) {
		return built, &cli.ExitError{Code: failure.Host, Text: err.Error(), Hint: "install the distribution's headers of the running kernel: linux-headers-$(uname -r), kernel-devel"}
	}
	if err == nil && built.Release != running {
		screen.Warn("%s is for Linux %s, but Linux %s is running and will not load modules that are built with it", built.Dir, built.Release, running)
	}
	return built, err
}

// readPlace reads the kernel that make would build for when it is started in dir: O= and KBUILD_OUTPUT lead elsewhere.
func readPlace(screen *term.Screen, c *urfave.Context, dir string) (kbuild.Built, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return kbuild.Built{}, fmt.Errorf("--headers: %w", err)
	}
	place, err := makePlace(dir, cli.MakeLine(c))
	if err != nil {
		return kbuild.Built{}, err
	}
	if place.From != "" && place.Dir != dir {
		screen.Note("%s= leads make from %s to the kernel in %s", place.From, dir, place.Dir)
	}
	return kbuild.ReadBuilt(place.Dir)
}

// moduleDir returns the absolute path of the module's directory, which has a Kbuild file or a Makefile. A path that
// breaks a build is a *kbuild.NameError.
func moduleDir(c *urfave.Context, built kbuild.Built) (string, error) {
	dir, err := filepath.Abs(c.String("dir"))
	if err != nil {
		return "", fmt.Errorf("--dir: %w", err)
	}
	for _, name := range []string{"Kbuild", "Makefile"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, kbuild.CheckModule(dir, built.Kernel)
		}
	}
	return "", &cli.UsageError{Text: fmt.Sprintf("%s is not a module: it has neither Kbuild nor Makefile", dir), Hint: "name the module's directory with -M DIR"}
}

// builtSelections returns the selections to try for a built kernel, the most exact first.
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
	sel.Req.Target, err = builtTarget(a, c, built, host)
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

// builtSet installs the set that matches a built kernel and returns its environment.
func builtSet(a *cli.App, c *urfave.Context, built kbuild.Built) (install.Environment, error) {
	sels, err := builtSelections(a, c, built)
	if err != nil {
		return install.Environment{}, err
	}
	env, err := cli.EnsureInstalled(a, c, sels...)
	if err != nil {
		return install.Environment{}, explainRustc(built, err)
	}
	if err := built.Fits(c.Context, env); err != nil {
		return install.Environment{}, err
	}
	cli.NoteSurroundings(a, env, sels[0].Req.Target, cli.MakeLine(c))
	for _, text := range built.Differs(env) {
		a.Screen().Warn("%s", text)
	}
	a.Screen().Note("Linux %s for %s: %s", built.Kernel, env.Target, toolsText(env.Versions()))
	return env, nil
}

// explainRustc adds to an error about a missing set why no other rustc will do.
func explainRustc(built kbuild.Built, err error) error {
	if !failure.Is[*toolchain.NoSetError](err) && !failure.Is[*toolchain.NotLockedError](err) {
		return err
	}
	return fmt.Errorf("the Rust metadata in %s was made by %s, and no other rustc reads it\n%w", filepath.Join(built.Dir, "rust"), built.Rustc.Text, err)
}

// builtTarget returns the target that the user states for a built kernel. Of an ARCH with several variants, the
// kernel's own is meant. An ARCH in the environment that the kernel was not built for is overruled, with a warning.
func builtTarget(a *cli.App, c *urfave.Context, built kbuild.Built, host toolchain.Host) (targets.Target, error) {
	own, err := built.Target()
	arch, origin := cli.MakeLine(c).Lookup("ARCH")
	switch {
	case c.String("target") != "":
		return cli.ChosenTarget(a, c, host)
	case err != nil || arch == "" || kbuild.ForArch(own, arch):
		return own, err
	case origin == gnumake.CommandLine:
		return own, &cli.UsageError{Text: fmt.Sprintf("%s was built for ARCH=%s, but there is ARCH=%s on make's command line", built.Dir, built.Arch, arch)}
	}
	a.Screen().Warn("ARCH=%s in the environment is overruled: %s was built for ARCH=%s", arch, built.Dir, built.Arch)
	return own, nil
}
