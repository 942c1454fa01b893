package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// modulesDir is where the kernels of a machine have what belongs to them, by release.
const modulesDir = "/lib/modules"

func moduleCommand(a *app) *cli.Command {
	asked := slices.DeleteFunc(selectionFlags(false), func(f cli.Flag) bool { return f.Names()[0] == "tree" })
	flags := slices.Concat(builtFlags(), asked, []cli.Flag{
		offlineFlag(),
		&cli.BoolFlag{Name: "show", Usage: "say what the kernel was built with and which set that comes to; build nothing"},
	}, lockedFlags())
	return a.command("module", "build an out-of-tree Rust module with the tools that built a kernel", "-- [GOALS] [VARIABLES] [OPTIONS]", flags, func(c *cli.Context) error { return buildModule(a, c) })
}

// builtFlags name a built kernel, and a module outside of its tree.
func builtFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "headers", Usage: "`DIR` that a kernel was built in, or its headers"},
		&cli.BoolFlag{Name: "running", Usage: "the headers of the kernel that runs here"},
		&cli.StringFlag{Name: "dir", Aliases: []string{"M"}, Usage: "the module's `DIR` (default: here)"},
	}
}

// moduleResult is what `module --json` prints.
type moduleResult struct {
	Schema  int               `json:"schema"`
	Headers toolchain.Built   `json:"headers"`
	Target  string            `json:"target,omitempty"`
	Usable  bool              `json:"usable"`
	Error   string            `json:"error,omitempty"`   // why it is not
	Set     *jsonSet          `json:"set,omitempty"`     // with --show
	Tools   map[string]string `json:"tools,omitempty"`   // of the set that built
	Differs []string          `json:"differs,omitempty"` // in what that is not what built the kernel
	Exit    int               `json:"exit"`              // make's
	Modules []string          `json:"modules,omitempty"` // absolute paths of the .ko files
}

func buildModule(a *app, c *cli.Context) error {
	built, err := readBuilt(a.screen(), c)
	if err != nil {
		return err
	}
	if c.Bool("show") {
		return showModule(a, c, built)
	}
	dir, err := moduleDir(c)
	if err != nil {
		return err
	}
	env, err := builtSet(a, c, built)
	if err != nil {
		return err
	}
	argv := append([]string{"make", "-C", built.Dir, "M=" + dir, fmt.Sprintf("-j%d", jobs())}, env.MakeArguments()...)
	code, err := runChild(a, c, env, append(argv, c.Args().Slice()...), beside(a, c))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err := writeJSON(a.out, moduleResult{
			Schema: 1, Headers: built, Target: env.Target, Usable: true, Tools: env.Versions(), Differs: built.Differs(env),
			Exit: code, Modules: modulesIn(dir),
		})
		if err != nil {
			return err
		}
	}
	if code != 0 {
		return &exitError{code: code}
	}
	return nil
}

// readBuilt reads the kernel that --headers or --running names.
func readBuilt(screen *term.Screen, c *cli.Context) (toolchain.Built, error) {
	dir := c.String("headers")
	if (dir != "") == c.Bool("running") {
		return toolchain.Built{}, &usageError{text: "which kernel is the module for? expected one of --headers DIR and --running", hint: "krustup " + c.Command.Name + " --running"}
	}
	if dir != "" {
		return toolchain.ReadBuilt(dir)
	}
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return toolchain.Built{}, fmt.Errorf("asking which kernel runs: %w", err)
	}
	running := unix.ByteSliceToString(name.Release[:])
	built, err := toolchain.ReadBuilt(filepath.Join(modulesDir, running, "build"))
	if is[*toolchain.NotBuiltError](err) {
		return built, &exitError{code: exitHost, text: err.Error(), hint: "the distribution's headers of the kernel that runs here belong there: linux-headers-$(uname -r), kernel-devel"}
	}
	if err == nil && built.Release != running {
		screen.Warn("%s is of Linux %s, and %s runs here: it will not load what is built with it", built.Dir, built.Release, running)
	}
	return built, err
}

// moduleDir is the directory of the module.
func moduleDir(c *cli.Context) (string, error) {
	dir, err := filepath.Abs(c.String("dir"))
	if err != nil {
		return "", fmt.Errorf("--dir: %w", err)
	}
	for _, name := range []string{"Kbuild", "Makefile"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return dir, nil
		}
	}
	return "", &usageError{text: fmt.Sprintf("%s is no module: it has neither Kbuild nor Makefile", dir), hint: "-M DIR names the module's directory"}
}

// builtSelections say what to ask for, the most exact first.
func builtSelections(a *app, c *cli.Context, built toolchain.Built) ([]selection, error) {
	host, err := chosenHost(c)
	if err != nil {
		return nil, err
	}
	cc, err := chosenCompiler(c.String("cc"))
	if err != nil {
		return nil, err
	}
	sel, err := wishes(a, c, host, cc)
	if err != nil {
		return nil, err
	}
	if name := c.String("target"); name != "" {
		sel.req.Target, err = targets.Find(name)
	} else {
		sel.req.Target, err = built.Target()
	}
	if err != nil {
		return nil, err
	}
	sel.tree = built.Dir
	requests, err := built.Requests(sel.req)
	list := make([]selection, len(requests))
	for i, req := range requests {
		list[i] = sel
		list[i].req = req
	}
	return list, err
}

// builtSet gives the set that belongs to a built kernel, installed.
func builtSet(a *app, c *cli.Context, built toolchain.Built) (toolchain.Environment, error) {
	sels, err := builtSelections(a, c, built)
	if err != nil {
		return toolchain.Environment{}, err
	}
	env, err := readySet(a, c, sels...)
	if err != nil {
		return toolchain.Environment{}, onlyThat(built, err)
	}
	if err := built.Fits(c.Context, env); err != nil {
		return toolchain.Environment{}, err
	}
	for _, text := range built.Differs(env) {
		a.screen().Warn("%s", text)
	}
	a.screen().Note("Linux %s for %s: %s", built.Kernel, env.Target, toolsText(env.Versions()))
	return env, nil
}

// onlyThat adds to an error that found no set why no other rustc will do.
func onlyThat(built toolchain.Built, err error) error {
	if !is[*toolchain.NoSetError](err) && !is[*toolchain.NotLockedError](err) {
		return err
	}
	return fmt.Errorf("the Rust metadata in %s was made by %s, and no other rustc reads it\n%w", filepath.Join(built.Dir, "rust"), built.Rustc.Text, err)
}

// showModule says what is known, and which set would build a module.
func showModule(a *app, c *cli.Context, built toolchain.Built) error {
	if err := noArguments(c); err != nil {
		return err
	}
	result := moduleResult{Schema: 1, Headers: built}
	var set toolchain.Set
	sels, failed := builtSelections(a, c, built)
	if failed == nil {
		result.Target = sels[0].req.Target.Name
		set, _, failed = firstSet(a, c, sels)
		failed = onlyThat(built, failed)
	}
	if failed != nil && exitCode(failed) != exitNoSet {
		return failed
	}
	if failed == nil {
		shown := setJSON(set)
		result.Usable, result.Set = true, &shown
	} else {
		result.Error = failed.Error()
	}
	if c.Bool("json") {
		return errors.Join(writeJSON(a.out, result), failed)
	}
	printBuilt(a.out, built)
	for _, p := range set.Picks {
		fmt.Fprintf(a.out, "  set:      %s %s  %s %s %s\n", p.Offer.Component, p.Offer.Version, p.Offer.Supplier, p.Offer.Suite, p.Offer.Label)
	}
	return failed
}

func printBuilt(out io.Writer, b toolchain.Built) {
	fmt.Fprintf(out, "Linux %s in %s (%s)\n", b.Kernel, b.Dir, b.Config)
	for _, line := range []struct{ name, text string }{
		{"release", b.Release},
		{"rustc", b.Rustc.Text},
		{"bindgen", b.Bindgen.String()},
		{string(b.CC), b.Compiler.String()},
		{"pahole", b.Pahole.String()},
		{"metadata", strings.Join(b.Metadata, " ")},
	} {
		if line.text != "" {
			fmt.Fprintf(out, "  %-9s %s\n", line.name+":", line.text)
		}
	}
}

// modulesIn lists the modules that Kbuild made, by its own list of them.
func modulesIn(dir string) []string {
	data, err := os.ReadFile(filepath.Join(dir, "modules.order"))
	if err != nil {
		return nil
	}
	var list []string
	for line := range strings.Lines(string(data)) {
		name := strings.TrimSpace(line)
		if !filepath.IsAbs(name) {
			name = filepath.Join(dir, name)
		}
		name = strings.TrimSuffix(name, filepath.Ext(name)) + ".ko"
		if _, err := os.Stat(name); err == nil {
			list = append(list, name)
		}
	}
	return list
}
