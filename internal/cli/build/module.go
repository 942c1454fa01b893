package build

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// modulesDir has a directory for each kernel release of the machine; build in it leads to the kernel's headers.
const modulesDir = "/lib/modules"

func moduleCommand(a *cli.App) *urfave.Command {
	asked := slices.DeleteFunc(cli.SelectionFlags(false), func(f urfave.Flag) bool { return f.Names()[0] == "tree" })
	flags := slices.Concat(builtFlags(), asked, []urfave.Flag{
		cli.OfflineFlag(),
		&urfave.BoolFlag{Name: "show", Usage: "print the kernel's tools and the matching set; build nothing"},
	}, cli.LockedFlags())
	manual := cli.Manual{
		Examples: []string{
			"krustup module --headers build -M my-module",
			"krustup module --running -- modules_install",
		},
		Exit:     "the exit code of make, if it ran\n3  no set matches the tools that built the kernel",
		Document: "docs/module.md",
	}
	return manual.For(a.Command("module", "build an out-of-tree Rust module with its kernel's tools", "-- [GOALS] [VARIABLES] [OPTIONS]", flags, func(c *urfave.Context) error { return buildModule(a, c) }))
}

// ModuleJSON is what `module --json` prints.
type ModuleJSON struct {
	Schema  int               `json:"schema"`
	Headers kbuild.Built      `json:"headers"`
	Target  string            `json:"target,omitempty"`
	Usable  bool              `json:"usable"`
	Error   string            `json:"error,omitempty"`   // why no module can be built
	Set     *cli.SetJSON      `json:"set,omitempty"`     // with --show
	Tools   map[string]string `json:"tools,omitempty"`   // of the set that built the module
	Differs []string          `json:"differs,omitempty"` // how these tools differ from the kernel's
	Exit    int               `json:"exit"`              // make's
	Modules []string          `json:"modules,omitempty"` // absolute paths of the .ko files
}

func buildModule(a *cli.App, c *urfave.Context) error {
	if _, err := a.Config(); err != nil { // before anything is built by it
		return err
	}
	built, err := readBuilt(a.Screen(), c)
	if err != nil {
		return err
	}
	if c.Bool("show") {
		return showModule(a, c, built)
	}
	dir, err := moduleDir(c, built)
	if err != nil {
		return err
	}
	line := cli.MakeLine(c)
	env, err := goalSet(a, c, built, line)
	if err != nil {
		return err
	}
	jobs, err := a.JobsArgument(line)
	if err != nil {
		return err
	}
	argv := slices.Concat([]string{"make", "-C", built.Dir, "M=" + dir}, jobs, env.MakeArguments())
	code, err := runChild(a, c, env, append(argv, c.Args().Slice()...), childOutput(a, c))
	if err != nil {
		return err
	}
	if c.Bool("json") {
		err := cli.WriteJSON(a.Out, ModuleJSON{
			Schema: 1, Headers: built, Target: env.Target, Usable: true, Tools: env.Versions(), Differs: built.Differs(env),
			Exit: code, Modules: modulesIn(dir),
		})
		if err != nil {
			return err
		}
	}
	if code != 0 {
		return &cli.ExitError{Code: code}
	}
	return nil
}

// goalSet returns the environment for make's goals. Goals that compile nothing, such as modules_install, need no set:
// they use one that is installed, but install none.
func goalSet(a *cli.App, c *urfave.Context, built kbuild.Built, line gnumake.Line) (install.Environment, error) {
	if c.Bool("locked") || line.Value("INSTALL_MOD_STRIP") != "" || !kbuild.CompilesNothing(built.Dir, line.Goals) {
		return builtSet(a, c, built)
	}
	sels, err := builtSelections(a, c, built)
	if failure.Is[*kbuild.MetadataError](err) || failure.Is[*toolchain.NoRustError](err) {
		return install.Environment{Target: built.Arch, Kbuild: []install.Variable{{Name: "ARCH", Value: built.Arch}}}, nil
	}
	if err != nil {
		return install.Environment{}, err
	}
	env, err := cli.FirstInstalled(c.Context, a, sels)
	if failure.Is[*install.NotInstalledError](err) {
		t := sels[0].Req.Target
		return install.Environment{Target: t.Name, Kbuild: install.TargetVariables(t)}, nil
	}
	return env, err
}

// showModule prints what the kernel was built with, and the set that would build a module.
func showModule(a *cli.App, c *urfave.Context, built kbuild.Built) error {
	if err := cli.NoArguments(c); err != nil {
		return err
	}
	result := ModuleJSON{Schema: 1, Headers: built}
	var set toolchain.Set
	sels, failed := builtSelections(a, c, built)
	if failed == nil {
		result.Target = sels[0].Req.Target.Name
		set, _, failed = cli.FirstSet(a, c, sels)
		failed = explainRustc(built, failed)
	}
	if failed != nil && failure.Code(failed) != failure.NoSet {
		return failed
	}
	if failed == nil {
		shown := cli.NewSetJSON(set)
		result.Usable, result.Set = true, &shown
	} else {
		result.Error = failed.Error()
	}
	if c.Bool("json") {
		return errors.Join(cli.WriteJSON(a.Out, result), failed)
	}
	printBuilt(a.Out, built)
	for _, p := range set.Picks {
		fmt.Fprintf(a.Out, "  set:      %s %s  %s %s %s\n", p.Offer.Component, p.Offer.Version, p.Offer.Supplier, p.Offer.Suite, p.Offer.Label)
	}
	return failed
}

func printBuilt(out io.Writer, b kbuild.Built) {
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

// modulesIn returns the paths of the modules that Kbuild built, as its modules.order lists them.
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
