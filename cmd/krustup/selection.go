package main

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// selection is what selectionFlags came to.
type selection struct {
	req     toolchain.Request
	tree    string // absolute, "" when --kernel stood in
	offline bool
}

// choose reads the selection flags, and the kernel that they name.
func choose(a *app, c *urfave.Context) (selection, error) {
	host, err := chosenHost(c)
	if err != nil {
		return selection{}, err
	}
	target, err := chosenTarget(c, host)
	if err != nil {
		return selection{}, err
	}
	cc, err := chosenCompiler(c.String("cc"))
	if err != nil {
		return selection{}, err
	}
	return chooseFor(a, c, target, host, cc)
}

// chooseFor is choose for a target, host and compiler that are settled already.
func chooseFor(a *app, c *urfave.Context, target targets.Target, host toolchain.Host, cc toolchain.Compiler) (selection, error) {
	requirements, err := chosenKernel(c, target)
	if err != nil {
		return selection{}, err
	}
	sel, err := wishes(a, c, host, cc)
	sel.tree, sel.req.Requirements, sel.req.Target = requirements.Tree, requirements, target
	return sel, err
}

// wishes reads what is asked of a set, whichever the kernel and the target.
func wishes(a *app, c *urfave.Context, host toolchain.Host, cc toolchain.Compiler) (sel selection, err error) {
	sel.offline = c.Bool("offline")
	sel.req = toolchain.Request{
		Host: host, CC: cc,
		MatchLLVM: c.Bool("match-llvm"), AllowStale: c.Bool("allow-stale"), AllowUnsigned: c.Bool("allow-unsigned"),
	}
	if sel.req.Backend, err = chosenBackend(c); err != nil {
		return selection{}, err
	}
	if sel.req.With, err = chosenVersions(c); err != nil {
		return selection{}, err
	}
	sel.req.Suppliers, err = a.suppliers(c)
	return sel, err
}

// chooseAll is choose for every combination of --target, --host and --cc.
func chooseAll(a *app, c *urfave.Context) ([]selection, error) {
	var list []selection
	seen := map[toolchain.LockKey]bool{}
	for _, hostName := range orDefault(c.StringSlice("host")) {
		host, err := hostNamed(hostName)
		if err != nil {
			return nil, err
		}
		for _, targetName := range orDefault(c.StringSlice("target")) {
			target, err := targetNamed(targetName, host)
			if err != nil {
				return nil, err
			}
			for _, ccName := range orDefault(c.StringSlice("cc")) {
				cc, err := chosenCompiler(ccName)
				if err != nil {
					return nil, err
				}
				key := toolchain.LockKey{Target: target.Name, Host: host, CC: cc}
				if seen[key] {
					continue
				}
				seen[key] = true
				sel, err := chooseFor(a, c, target, host, cc)
				if err != nil {
					return nil, err
				}
				list = append(list, sel)
			}
		}
	}
	return list, nil
}

// orDefault gives what stands for "not said" where nothing is named.
func orDefault(names []string) []string {
	if len(names) == 0 {
		return []string{""}
	}
	return names
}
