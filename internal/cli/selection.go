package cli

import (
	"cmp"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
)

// Selection is the parsed value of the SelectionFlags.
type Selection struct {
	Req     toolchain.Request
	Tree    string // absolute path; "" with --kernel
	Lock    string // the file of --locked, if it exists; "" without --locked
	Offline bool
}

// Choose returns what the SelectionFlags select. It reads the kernel and the configuration.
func Choose(a *App, c *urfave.Context) (Selection, error) {
	host, err := ChosenHost(c)
	if err != nil {
		return Selection{}, err
	}
	target, err := ChosenTarget(a, c, host)
	if err != nil {
		return Selection{}, err
	}
	cc, err := chosenCompiler(a, c.String("cc"))
	if err != nil {
		return Selection{}, err
	}
	return ChooseFor(a, c, target, host, cc)
}

// ChooseFor is Choose for a given target, host and compiler.
func ChooseFor(a *App, c *urfave.Context, target targets.Target, host toolchain.Host, cc toolchain.Compiler) (Selection, error) {
	requirements, err := chosenKernel(c, target)
	if err != nil {
		return Selection{}, err
	}
	sel, err := ReadRequest(a, c, host, cc)
	if err != nil {
		return Selection{}, err
	}
	sel.Tree, sel.Req.Requirements, sel.Req.Target = requirements.Tree, requirements, target
	if path := LockPath(c, sel.Tree); c.Bool("locked") && disk.Size(path) > 0 {
		sel.Lock = path
	}
	return sel, sel.Prefer(c, sel.Req.Prefer)
}

// Prefer sets the preference of the request, and reads of the kernel what it needs.
func (sel *Selection) Prefer(c *urfave.Context, preference toolchain.Preference) error {
	sel.Req.Prefer, sel.Req.Unstable = preference, nil
	if preference != toolchain.FewestGates {
		return nil
	}
	uses, err := ChosenUses(c, *sel)
	if err != nil {
		return err
	}
	sel.Req.Unstable, err = survey.Unstable(uses, sel.Req.Target)
	return err
}

// ChosenUses returns what the selected tree uses, or what uses.toml has for the release of --kernel.
func ChosenUses(c *urfave.Context, sel Selection) (kernel.Uses, error) {
	if sel.Tree != "" {
		return kernel.ReadUses(sel.Tree)
	}
	asked, err := ParseRelease(c.String("kernel"))
	if err != nil {
		return kernel.Uses{}, err
	}
	return kernel.KnownUses(asked)
}

// chosenCompiler returns the compiler of that name, "" for that of the configuration, which may leave the choice to the
// search.
func chosenCompiler(a *App, name string) (toolchain.Compiler, error) {
	settings, err := a.Config()
	if err != nil {
		return toolchain.Either, err
	}
	return ParseCompiler(cmp.Or(name, settings.Words["cc"].Value))
}

// ReadRequest returns a Selection with everything but the kernel and the target, and what the preference needs of them.
func ReadRequest(a *App, c *urfave.Context, host toolchain.Host, cc toolchain.Compiler) (sel Selection, err error) {
	sel.Offline = c.Bool("offline") && a.Kit == nil // OpenKit has refused a kit on the network
	sel.Req = toolchain.Request{
		Host: host, CC: cc,
		MatchLLVM: c.Bool("match-llvm"), AllowStale: c.Bool("allow-stale"), AllowUnsigned: c.Bool("allow-unsigned"),
	}
	settings, err := a.Config()
	if err != nil {
		return Selection{}, err
	}
	if sel.Req.Prefer, err = toolchain.ParsePreference(cmp.Or(c.String("prefer"), settings.Words["prefer"].Value)); err != nil {
		return Selection{}, &UsageError{Text: "--prefer: " + err.Error()}
	}
	if sel.Req.Backend, err = ChosenBackend(c); err != nil {
		return Selection{}, err
	}
	if sel.Req.With, err = ChosenVersions(c); err != nil {
		return Selection{}, err
	}
	sel.Req.Suppliers, err = a.Suppliers(c)
	return sel, err
}

// ChooseAll returns one Selection for each combination of --target, --host and --cc. The target AllTargets stands for
// every target that the kernel builds Rust for, with each compiler that it builds Rust with.
func ChooseAll(a *App, c *urfave.Context) ([]Selection, error) {
	var list []Selection
	seen := map[toolchain.LockKey]bool{}
	named, err := namedTargets(a, c)
	if err != nil {
		return nil, err
	}
	for _, hostName := range orDefault(Values(c, "host")) {
		host, err := ParseHost(hostName)
		if err != nil {
			return nil, err
		}
		for _, n := range named {
			target, err := targetNamed(a, c, n.name, host)
			if err != nil {
				return nil, err
			}
			for _, ccName := range orDefault(Values(c, "cc")) {
				cc, err := chosenCompiler(a, ccName)
				if err != nil {
					return nil, err
				}
				key := toolchain.LockKey{Target: target.Name, Host: host, CC: cc}
				if seen[key] || !n.builtWith(a, cc) {
					continue
				}
				seen[key] = true
				sel, err := ChooseFor(a, c, target, host, cc)
				if err != nil {
					return nil, err
				}
				list = append(list, sel)
			}
		}
	}
	if len(list) == 0 {
		return nil, &ExitError{Code: failure.NoSet, Text: "--target " + AllTargets + ": the kernel builds Rust for no target with that compiler", Hint: "`krustup targets` lists what it supports"}
	}
	return list, nil
}

// AllTargets is the value of --target that stands for every target that the kernel builds Rust for.
const AllTargets = "all"

// namedTarget is one value of --target; "" is the default.
type namedTarget struct {
	name string
	row  *survey.Row // what the kernel supports, for a target that AllTargets stands for
}

// builtWith reports whether the target is built with a compiler. A target of AllTargets that the kernel builds Rust for
// with another compiler only is left out, with a note.
func (n namedTarget) builtWith(a *App, cc toolchain.Compiler) bool {
	if n.row == nil || cc == toolchain.Either || slices.Contains(n.row.CC, cc) {
		return true
	}
	a.Screen().Note("left out: %s with %s: `select HAVE_RUST if %s` requires %s (%s)", n.name, cc, n.row.By.Condition, n.row.Unmet, n.row.By.Where)
	return false
}

// namedTargets returns the values of --target, with AllTargets replaced by the targets that it stands for.
func namedTargets(a *App, c *urfave.Context) ([]namedTarget, error) {
	var list []namedTarget
	for _, name := range orDefault(Values(c, "target")) {
		if name != AllTargets {
			list = append(list, namedTarget{name: name})
			continue
		}
		read, err := kernelReader(c)
		if err != nil {
			return nil, err
		}
		m, err := survey.KernelMatrix(targets.All(), read)
		if err != nil {
			return nil, err
		}
		for _, row := range m.Rows {
			if row.Rust && !row.Unsure {
				list = append(list, namedTarget{row.Target.Name, &row})
			}
		}
	}
	return list, nil
}

// Values returns the values of an option that can be given several times, each of which can be a list separated by
// commas.
func Values(c *urfave.Context, name string) []string {
	var list []string
	for _, text := range c.StringSlice(name) {
		list = append(list, strings.Split(text, ",")...)
	}
	return list
}

// orDefault returns names, or a list of the one name "", which stands for the default.
func orDefault(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}
