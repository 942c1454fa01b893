package cli

import (
	"cmp"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/disk"
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
	sel.Offline = c.Bool("offline")
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

// ChooseAll returns one Selection for each combination of --target, --host and --cc.
func ChooseAll(a *App, c *urfave.Context) ([]Selection, error) {
	var list []Selection
	seen := map[toolchain.LockKey]bool{}
	for _, hostName := range orDefault(c.StringSlice("host")) {
		host, err := ParseHost(hostName)
		if err != nil {
			return nil, err
		}
		for _, targetName := range orDefault(c.StringSlice("target")) {
			target, err := targetNamed(a, c, targetName, host)
			if err != nil {
				return nil, err
			}
			for _, ccName := range orDefault(c.StringSlice("cc")) {
				cc, err := chosenCompiler(a, ccName)
				if err != nil {
					return nil, err
				}
				key := toolchain.LockKey{Target: target.Name, Host: host, CC: cc}
				if seen[key] {
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
	return list, nil
}

// orDefault returns names, or a list of the one name "", which stands for the default.
func orDefault(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}
