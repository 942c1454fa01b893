package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/kernel"
	versions "github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// selectionFlags say for which kernel, target and host a set is wanted, and what is asked of it.
func selectionFlags(withKernel bool) []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "target", Aliases: []string{"t"}, Usage: "`TARGET` to build for: arm64, x86_64, riscv64 … (default: this machine's)"},
		&cli.StringFlag{Name: "cc", Usage: "C compiler: clang or gcc (default: clang)"},
	}
	if withKernel {
		flags = append(flags, &cli.StringFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one)"})
	}
	return append(flags, requestFlags(withKernel)...)
}

// requestFlags are selectionFlags without those that name target, host and compiler.
func requestFlags(withKernel bool) []cli.Flag {
	flags := []cli.Flag{
		&cli.StringFlag{Name: "tree", Usage: "kernel source `DIR` (default: here, when this is one)"},
		&cli.StringSliceFlag{Name: "with", Usage: "`COMPONENT=VERSION` or a range: rust=1.96.1, llvm=19, \"rust=>=1.90\""},
		&cli.StringSliceFlag{Name: "supplier", Usage: "take tools from this `SUPPLIER`"},
		&cli.BoolFlag{Name: "match-llvm", Usage: "one LLVM major for rustc and clang (LTO, CFI)"},
		&cli.StringFlag{Name: "backend", Usage: "what makes code of Rust: llvm or gcc (default: llvm)"},
		&cli.BoolFlag{Name: "allow-stale", Usage: "accept an archive whose metadata expired"},
		&cli.BoolFlag{Name: "allow-unsigned", Usage: "accept metadata without a signature"},
	}
	if withKernel {
		flags = append(flags,
			&cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"},
			offlineFlag(),
		)
	}
	return flags
}

func offlineFlag() cli.Flag {
	return &cli.BoolFlag{Name: "offline", Usage: "no network: what is missing is an error"}
}

// selection is what selectionFlags came to.
type selection struct {
	req     toolchain.Request
	tree    string // absolute, "" when --kernel stood in
	offline bool
}

// choose reads the selection flags, and the kernel that they name.
func choose(a *app, c *cli.Context) (selection, error) {
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
func chooseFor(a *app, c *cli.Context, target targets.Target, host toolchain.Host, cc toolchain.Compiler) (selection, error) {
	requirements, err := chosenKernel(c, target)
	if err != nil {
		return selection{}, err
	}
	sel, err := wishes(a, c, host, cc)
	sel.tree, sel.req.Requirements, sel.req.Target = requirements.Tree, requirements, target
	return sel, err
}

// wishes reads what is asked of a set, whichever the kernel and the target.
func wishes(a *app, c *cli.Context, host toolchain.Host, cc toolchain.Compiler) (sel selection, err error) {
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

func chosenCompiler(name string) (toolchain.Compiler, error) {
	cc, err := toolchain.ParseCompiler(name)
	if err != nil {
		return cc, &usageError{text: "--cc: " + err.Error()}
	}
	return cc, nil
}

// chosenBackend reads --backend: what every rustc has is no demand.
func chosenBackend(c *cli.Context) (targets.Backend, error) {
	switch name := targets.Backend(c.String("backend")); name {
	case "", targets.LLVM:
		return "", nil
	case targets.GCC:
		return name, nil
	case targets.GCCRS:
		if c.Command.Name == "probe" {
			return "", nil // it needs no rustc
		}
		return "", &usageError{text: "--backend gccrs: gccrs does not build a kernel yet", hint: "krustup probe --backend gccrs says how far it comes"}
	default:
		return "", &usageError{text: fmt.Sprintf("--backend %q: expected llvm or gcc", name)}
	}
}

// chosenVersions reads --with.
func chosenVersions(c *cli.Context) (map[toolchain.Component]toolchain.Wish, error) {
	with := map[toolchain.Component]toolchain.Wish{}
	for _, text := range c.StringSlice("with") {
		component, r, err := toolchain.ParseWith(text)
		if err != nil {
			return nil, &usageError{text: err.Error()}
		}
		if earlier, twice := with[component]; twice {
			return nil, &usageError{text: fmt.Sprintf("--with %s=%s and --with %s=%s: one range holds both conditions", component, earlier, component, r), hint: "--with \"rust=>= 1.90, < 1.96\""}
		}
		with[component] = r
	}
	return with, nil
}

func chosenHost(c *cli.Context) (toolchain.Host, error) { return hostNamed(c.String("host")) }

// hostNamed reads the name of a host; "" is this machine.
func hostNamed(name string) (toolchain.Host, error) {
	if name == "" {
		name = runtime.GOARCH
	}
	host, err := toolchain.ParseHost(name)
	if err != nil {
		return toolchain.Host{}, &usageError{text: err.Error()}
	}
	return host, nil
}

func chosenTarget(c *cli.Context, host toolchain.Host) (targets.Target, error) {
	return targetNamed(c.String("target"), host)
}

// targetNamed finds a target; "" is the one that a host is itself.
func targetNamed(name string, host toolchain.Host) (targets.Target, error) {
	if name == "" {
		name = host.String()
	}
	return targets.Find(name)
}

// chosenKernel reads the tree, or what is known of a release.
func chosenKernel(c *cli.Context, target targets.Target) (kernel.Requirements, error) {
	arch := kernel.Arch{SrcArch: target.SrcArch, Arch: target.Arch}
	release := c.String("kernel")
	tree := c.String("tree")
	if release != "" && tree != "" {
		return kernel.Requirements{}, &usageError{text: "--kernel and --tree both name the kernel", hint: "give one of them; a tree is more exact"}
	}
	if release != "" {
		asked, err := versions.Parse(release)
		if err != nil {
			return kernel.Requirements{}, &usageError{text: "--kernel: " + err.Error()}
		}
		return kernel.Known(asked, arch)
	}
	if tree == "" {
		tree = "."
	}
	abs, err := filepath.Abs(tree)
	if err != nil {
		return kernel.Requirements{}, fmt.Errorf("--tree: %w", err)
	}
	if info, err := os.Stat(abs); err != nil || !info.IsDir() {
		return kernel.Requirements{}, &usageError{text: fmt.Sprintf("--tree %s: no such directory", tree)}
	}
	return kernel.Read(abs, arch)
}
