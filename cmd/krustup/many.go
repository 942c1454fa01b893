package main

import (
	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/toolchain"
)

// manyFlags name several targets, hosts and compilers at once.
func manyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "`TARGET` to build for: arm64, x86_64 … (default: the host's own); may be repeated"},
		&cli.StringSliceFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one); may be repeated"},
		&cli.StringSliceFlag{Name: "cc", Usage: "C compiler: clang or gcc (default: clang); may be repeated"},
	}
}

// chooseAll is choose for every combination of --target, --host and --cc.
func chooseAll(a *app, c *cli.Context) ([]selection, error) {
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
