package build

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// checkResult is what `check --json` prints.
type checkResult struct {
	Schema    int      `json:"schema"`
	Kernel    string   `json:"kernel"`
	Target    string   `json:"target"`
	Available bool     `json:"rust_available"`
	Said      []string `json:"said"`             // what the kernel's own check printed
	Config    string   `json:"config,omitempty"` // the configuration that was read
	Rust      string   `json:"config_rust,omitempty"`
	Unmet     []string `json:"unmet,omitempty"`
	Notes     []string `json:"notes,omitempty"` // on lines of the configuration that Kconfig ignores
}

// runCheck runs the kernel's own check of the tools and explains a configuration without CONFIG_RUST.
func runCheck(a *cli.App, c *urfave.Context) error {
	env, sel, err := cli.Activate(a, c)
	if err != nil {
		return err
	}
	cli.NoteSurroundings(a, env, sel.Req.Target, cli.MakeLine(c))
	cli.NoteVerdict(a)
	for _, i := range install.Influences(os.Environ()) {
		if !i.Cleared {
			a.Screen().Note("%s in the environment %s", i.Name, i.Changes)
		}
	}
	result := checkResult{Schema: 1, Kernel: sel.Req.Requirements.Kernel.String(), Target: sel.Req.Target.Name}
	if result.Available, result.Said, err = kbuild.RustAvailable(c.Context, env, sel.Tree); err != nil {
		return err
	}
	if err := readRust(a, c, sel, env, &result); err != nil {
		return err
	}
	if c.Bool("json") {
		if err := cli.WriteJSON(a.Out, result); err != nil {
			return err
		}
	} else {
		for _, n := range result.Notes {
			a.Screen().Note("%s", n)
		}
		printCheck(a.Out, result)
	}
	if !result.Available || (result.Config != "" && result.Rust == "") {
		hint := ""
		if len(result.Unmet) > 0 && result.Available {
			hint = "krustup explain, with the same options, shows which changes turn it on"
		}
		return &cli.ExitError{Code: failure.Failed, Hint: hint}
	}
	return nil
}

// readRust finds the value of CONFIG_RUST in the configuration and, when it is off, its unmet dependencies.
func readRust(a *cli.App, c *urfave.Context, sel cli.Selection, env install.Environment, result *checkResult) error {
	path := configPath(c, sel)
	config, err := kbuild.ReadConfig(c.Context, path)
	if errors.Is(err, fs.ErrNotExist) {
		if c.String("config") == "" {
			return nil
		}
		return noConfiguration(path)
	}
	if err != nil {
		return err
	}
	result.Config = path
	cli.WarnConfigArch(c.Context, a, path, sel.Req.Target)
	facts := kbuild.InstalledFacts(c.Context, env)
	if !result.Available {
		facts["RUST_IS_AVAILABLE"] = "n"
	}
	x, err := kbuild.ExplainRust(sel.Tree, sel.Req.Target, config, kbuild.Tools{Facts: facts, Macros: kbuild.InstalledMacros(c.Context, env, sel.Req.Target)})
	if err != nil {
		return err
	}
	result.Notes = ignoredLines(path, x.Warnings)
	// A configuration that Kconfig has not read yet can set what its dependencies do not allow.
	if config.Value("RUST") == "y" && (x.Value != "n" || !result.Available) {
		result.Rust = "y"
		return nil
	}
	for _, c := range x.Causes {
		result.Unmet = append(result.Unmet, c.String())
	}
	return nil
}

func printCheck(out io.Writer, r checkResult) {
	if r.Available {
		fmt.Fprintf(out, "Rust is available: Linux %s for %s accepts the set\n", r.Kernel, r.Target)
	} else {
		fmt.Fprintf(out, "Rust is not available: Linux %s for %s refuses the set\n", r.Kernel, r.Target)
	}
	for _, line := range r.Said {
		if line != "" && line != "Rust is available!" {
			fmt.Fprintf(out, "  kernel: %s\n", line)
		}
	}
	switch {
	case r.Config == "":
		fmt.Fprintln(out, "no .config: CONFIG_RUST was not checked")
	case r.Rust == "y":
		fmt.Fprintf(out, "CONFIG_RUST=y in %s\n", r.Config)
	case len(r.Unmet) == 0:
		fmt.Fprintf(out, "CONFIG_RUST is not set in %s, but all its dependencies are met: turn it on\n", r.Config)
	default:
		fmt.Fprintf(out, "CONFIG_RUST cannot be turned on in %s:\n", r.Config)
		for _, u := range r.Unmet {
			fmt.Fprintf(out, "  %s\n", u)
		}
	}
}

func checkCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false), configFlag())
	manual := cli.Manual{
		Examples: []string{
			"krustup check --tree linux-6.12 --target arm64",
			"krustup check --tree linux-6.12 --config build/.config",
		},
		Exit:     "1  the kernel refuses the set, or CONFIG_RUST is off",
		Document: "docs/explain.md",
	}
	return manual.For(a.Command("check", "run make rustavailable and show why CONFIG_RUST is off", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		return runCheck(a, c)
	}))
}
