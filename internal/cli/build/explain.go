package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/cli"
	"github.com/krustup/krustup/internal/doctor"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// ExplainJSON is what `explain --json` prints.
type ExplainJSON struct {
	Schema int               `json:"schema"`
	Kernel string            `json:"kernel"`
	Target string            `json:"target"`
	CC     string            `json:"cc"`    // the set's C compiler, else the configuration's
	Tools  map[string]string `json:"tools"` // of the installed set; empty when none is
	Config string            `json:"config"`
	Rust   string            `json:"config_rust"` // y, n or unknown: its value after make olddefconfig
	Where  kconfig.Position  `json:"where"`
	Causes []kconfig.Cause   `json:"causes"`
	Fixes  []jsonFix         `json:"fixes"`
	Needs  []NeedJSON        `json:"needs"`
	Notes  []string          `json:"notes"`
	Ended  bool              `json:"search_ended,omitempty"` // the search stopped at its limit: there may be other fixes
	File   string            `json:"fix_file,omitempty"`     // the fragment that was written
	// Untooled is set when the configuration was made without Rust tools that the kernel accepts.
	Untooled bool `json:"made_without_tools,omitempty"`
}

type jsonFix struct {
	Changes []kconfig.Change      `json:"changes"` // other than CONFIG_RUST=y
	Unsure  []kconfig.SymbolValue `json:"unsure,omitempty"`
	Loses   []string              `json:"loses,omitempty"`
	Lacks   []doctor.Finding      `json:"lacks,omitempty"` // what a build with these changes needs and this host lacks
}

// NeedJSON is what CONFIG_RUST requires of the tools, and the option of krustup that provides it.
type NeedJSON struct {
	kconfig.Need
	Help string `json:"help,omitempty"`
}

func explainCommand(a *cli.App) *urfave.Command {
	flags := append(cli.SelectionFlags(false), configFlag(),
		&urfave.StringFlag{Name: "fix", Usage: "write the changes to `FILE`, for scripts/kconfig/merge_config.sh"})
	manual := cli.Manual{
		Examples: []string{
			"krustup explain --tree linux-7.3 --config debian-amd64.config",
			"krustup explain --tree linux-7.3 --config .config --fix rust.config",
		},
		Environment: "O, KBUILD_OUTPUT, KCONFIG_CONFIG  where make reads the configuration",
		Exit:        "0  CONFIG_RUST is on, or --fix wrote what turns it on\n1  CONFIG_RUST is off",
		Document:    "docs/explain.md",
	}
	return manual.For(a.Command("explain", "show why CONFIG_RUST is off and how to turn it on", "", flags, func(c *urfave.Context) error {
		if err := cli.NoArguments(c); err != nil {
			return err
		}
		return runExplain(a, c)
	}))
}

func runExplain(a *cli.App, c *urfave.Context) error {
	sel, err := cli.Choose(a, c)
	if err != nil {
		return err
	}
	path := configPath(c, sel)
	config, err := kbuild.ReadConfig(c.Context, path)
	if errors.Is(err, fs.ErrNotExist) {
		return noConfiguration(path)
	}
	if err != nil {
		return err
	}
	cli.WarnConfigArch(c.Context, a, path, sel.Req.Target)
	result := ExplainJSON{
		Schema: 1, Kernel: sel.Req.Requirements.Kernel.String(), Target: sel.Req.Target.Name, Config: path,
		Untooled: (config.Value("CC_IS_CLANG") == "y" || config.Value("CC_IS_GCC") == "y") && config.Value("RUST_IS_AVAILABLE") != "y",
		Tools:    map[string]string{}, Causes: []kconfig.Cause{}, Fixes: []jsonFix{}, Needs: []NeedJSON{}, Notes: []string{},
	}
	tools, err := configTools(a, c, sel, config, &result)
	if err != nil {
		return err
	}
	x, err := kbuild.ExplainRust(sel.Tree, sel.Req.Target, config, tools)
	if err != nil {
		return err
	}
	result.fill(x)
	for i := range result.Fixes {
		result.Fixes[i].Lacks = lacks(c.Context, sel.Req.Target, result.Fixes[i].Changes)
	}
	result.Notes = append(result.Notes, ignoredLines(path, x.Warnings)...)
	if c.String("fix") != "" {
		if err := writeFix(a.Screen(), c.String("fix"), &result, x); err != nil {
			return err
		}
	}
	if c.Bool("json") {
		err = cli.WriteJSON(a.Out, result)
	} else {
		err = printExplained(a, result)
	}
	if err == nil && result.Rust != "y" && result.File == "" {
		err = &cli.ExitError{Code: failure.Failed, Hint: result.hint()}
	}
	return err
}

// configTools returns what Kconfig finds out about the tools: of the installed set, else of the set that the fetched
// catalogues allow, else what follows from the compiler's name. Without an installed set it assumes one that fits,
// because the command is about the configuration.
func configTools(a *cli.App, c *urfave.Context, sel cli.Selection, config kconfig.Config, result *ExplainJSON) (kbuild.Tools, error) {
	st, err := a.Store()
	if err != nil {
		return kbuild.Tools{}, err
	}
	env, err := install.Activate(st, sel.Req)
	if err == nil {
		err = cli.Hold(c.Context, a, env)
	}
	switch {
	case err == nil:
		result.CC = string(env.CC)
		for _, o := range env.Objects {
			result.Tools[o.ID.Name()] = o.ID.Version()
		}
		return kbuild.Tools{Facts: kbuild.InstalledFacts(c.Context, env), Macros: kbuild.InstalledMacros(c.Context, env, sel.Req.Target)}, nil
	case failure.Is[*toolchain.NoRustError](err):
		result.Notes = append(result.Notes, err.Error())
	case failure.Is[*install.NotInstalledError](err):
		result.Notes = append(result.Notes, err.Error()+": assuming that a set fits, `krustup install` installs one")
	default:
		return kbuild.Tools{}, err
	}
	cc := sel.Req.CC
	switch {
	case cc != toolchain.Either:
	case config.Value("CC_IS_GCC") == "y":
		cc = toolchain.GNU
	default:
		cc = toolchain.Clang
	}
	result.CC = string(cc)
	req := sel.Req
	req.CC = cc
	if set, err := cli.Resolve(c.Context, a, req, true); err == nil {
		for _, p := range set.Picks {
			result.Tools[string(p.Offer.Component)] = p.Offer.Version.String()
		}
		return kbuild.Tools{Facts: kbuild.SetFacts(set), Macros: kbuild.CompilerMacros(cc)}, nil
	}
	facts := kbuild.CompilerFacts(cc)
	if v := config.Value("RUSTC_VERSION"); v == "" || v == "0" {
		facts["RUSTC_VERSION"], facts["RUSTC_LLVM_VERSION"] = "", ""
	}
	return kbuild.Tools{Facts: facts, Macros: kbuild.CompilerMacros(cc)}, nil
}

// ignoredLines returns notes on what Kconfig ignores of a configuration, the first few of them.
func ignoredLines(path string, warnings []kconfig.Warning) []string {
	const few = 5
	var notes []string
	for i, w := range warnings {
		if more := len(warnings) - few; i == few && more > 1 {
			return append(notes, fmt.Sprintf("%s: %d more of its lines are ignored or overridden", path, more))
		}
		place := path
		if w.Line > 0 {
			place = fmt.Sprintf("%s:%d", path, w.Line)
		}
		notes = append(notes, place+": "+w.Text)
	}
	return notes
}

func (r *ExplainJSON) fill(x kconfig.Explanation) {
	r.Rust, r.Where, r.Ended = x.Value, x.Where, x.Ended
	r.Causes = append(r.Causes, x.Causes...)
	for _, f := range x.Fixes {
		fix := jsonFix{Changes: append([]kconfig.Change{}, f.Changes[1:]...), Unsure: f.Unsure}
		for _, l := range f.Loses {
			fix.Loses = append(fix.Loses, l.Symbol)
		}
		r.Fixes = append(r.Fixes, fix)
	}
	for _, n := range x.Tools {
		r.Needs = append(r.Needs, NeedJSON{Need: n, Help: needHelp(n)})
	}
}

// lacks returns what this host must have for a build with the options that the changes turn on, and has not.
func lacks(ctx context.Context, t targets.Target, changes []kconfig.Change) []doctor.Finding {
	var on []string
	for _, change := range changes {
		if change.Value != "n" {
			on = append(on, change.Symbol)
		}
	}
	return doctor.ForOptions(ctx, doctor.Options{SrcArch: t.SrcArch}, on)
}

// needHelp returns the option of krustup that provides the tool that a dependency requires, "" when there is none.
func needHelp(n kconfig.Need) string {
	component := map[string]string{
		"RUSTC_VERSION": "rust", "CLANG_VERSION": "llvm", "LLD_VERSION": "llvm", "GCC_VERSION": "gcc", "PAHOLE_VERSION": "pahole",
	}[n.Symbol]
	switch {
	case n.Symbol == "CC_IS_CLANG" && n.Value == "y", n.Symbol == "CC_IS_GCC" && n.Value == "n":
		return "--cc clang"
	case n.Symbol == "CC_IS_GCC" && n.Value == "y", n.Symbol == "CC_IS_CLANG" && n.Value == "n":
		return "--cc gcc"
	case n.Symbol == "RUST_IS_AVAILABLE":
		return "krustup check shows why the kernel rejects the tools"
	case component != "" && n.Op != "=" && n.Op != "!=":
		if v := dotted(n); v != "" {
			return fmt.Sprintf("krustup install --with %q", component+"="+n.Op+" "+v)
		}
	}
	return ""
}

// dotted returns a version number of Kconfig in dotted form: rustc's 108200 is 1.82.0.
func dotted(n kconfig.Need) string {
	var number int
	if _, err := fmt.Sscanf(n.Value, "%d", &number); err != nil || number <= 0 {
		return ""
	}
	switch n.Symbol {
	case "RUSTC_VERSION":
		return fmt.Sprintf("%d.%d.%d", number/100_000, number/100%1000, number%100)
	case "PAHOLE_VERSION":
		return fmt.Sprintf("%d.%d", number/100, number%100)
	}
	return fmt.Sprintf("%d.%d.%d", number/10_000, number/100%100, number%100)
}

func (r ExplainJSON) hint() string {
	switch {
	case len(r.Fixes) > 0:
		return "--fix FILE writes the first of these as a configuration fragment"
	case len(r.Needs) > 0:
		return "no change of the configuration helps; other tools may"
	}
	return ""
}

func printExplained(a *cli.App, r ExplainJSON) error {
	for _, n := range r.Notes {
		a.Screen().Note("%s", n)
	}
	var out strings.Builder
	with := r.CC
	for _, name := range []toolchain.Component{toolchain.Rust, toolchain.Bindgen, toolchain.LLVM, toolchain.GCC, toolchain.Pahole} {
		if v := r.Tools[string(name)]; v != "" {
			with += ", " + string(name) + " " + v
		}
	}
	state := map[string]string{"y": "is on", "n": "is off", "unknown": "may be on or off"}[r.Rust]
	fmt.Fprintf(&out, "CONFIG_RUST %s in %s (Linux %s for %s with %s)\n", state, r.Config, r.Kernel, r.Target, with)
	if r.Untooled {
		fmt.Fprintln(&out, "  it was made without Rust tools that the kernel accepts: RUST_IS_AVAILABLE was n, and is y with the set")
	}
	printCauses(&out, r.Causes, 1)
	if r.Rust != "y" {
		printFixes(&out, r)
	}
	if r.File != "" {
		fmt.Fprintf(&out, "written to %s\n", r.File)
	}
	_, err := fmt.Fprint(a.Out, out.String())
	return err
}

func printCauses(out *strings.Builder, causes []kconfig.Cause, depth int) {
	for _, c := range causes {
		unsure := ""
		if c.Unsure {
			unsure = " (may hold)"
		}
		fmt.Fprintf(out, "%s%s%s\n", strings.Repeat("  ", depth), c.Line(), unsure)
		printCauses(out, c.Because, depth+1)
	}
}

func printFixes(out *strings.Builder, r ExplainJSON) {
	switch {
	case len(r.Fixes) == 0 && r.Ended:
		fmt.Fprintln(out, "none of the changes that were tried turns it on")
	case len(r.Fixes) == 0:
		fmt.Fprintln(out, "no change of the configuration turns it on")
	case len(r.Fixes[0].Changes) == 0:
		fmt.Fprintln(out, "all its dependencies are met: CONFIG_RUST=y turns it on")
	default:
		fmt.Fprintf(out, "CONFIG_RUST=y takes %s:\n", changeCount(len(r.Fixes[0].Changes)))
	}
	for i, f := range r.Fixes {
		if i > 0 {
			fmt.Fprintln(out, "  or")
		}
		for _, c := range f.Changes {
			fmt.Fprintf(out, "  %-36s  %s\n", c, c.Where)
		}
		for _, u := range f.Unsure {
			fmt.Fprintf(out, "    if %s does not prevent it, which only a run of the tools can show\n", u.Symbol)
		}
		for _, l := range f.Lacks {
			fmt.Fprintf(out, "    a build with it needs %s, which this host lacks: %s\n", l.Name, l.Fix)
		}
		if len(f.Loses) > 0 {
			fmt.Fprintf(out, "    which also turns off %s\n", some(f.Loses, 5))
		}
	}
	for _, n := range r.Needs {
		text := fmt.Sprintf("it requires other tools: %s %s %s, found %s", n.Symbol, n.Op, n.Value, orUnknown(n.Is))
		if n.Help != "" {
			text += " (" + n.Help + ")"
		}
		fmt.Fprintln(out, text)
	}
}

func changeCount(n int) string {
	if n == 1 {
		return "one change"
	}
	return fmt.Sprintf("%d changes", n)
}

func orUnknown(value string) string {
	if value == "" {
		return "unknown"
	}
	return value
}

// some returns the first few of a list of names, and the number of the others.
func some(names []string, few int) string {
	if more := len(names) - few; more > 1 {
		return strings.Join(names[:few], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(names, ", ")
}
