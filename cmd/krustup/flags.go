package main

import "github.com/urfave/cli/v2"

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

// manyFlags name several targets, hosts and compilers at once.
func manyFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "`TARGET` to build for: arm64, x86_64 … (default: the host's own); may be repeated"},
		&cli.StringSliceFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one); may be repeated"},
		&cli.StringSliceFlag{Name: "cc", Usage: "C compiler: clang or gcc (default: clang); may be repeated"},
	}
}

// lockedFlags let a command take the set of a lock, and no other.
func lockedFlags() []cli.Flag {
	return []cli.Flag{&cli.BoolFlag{Name: "locked", Usage: "install what krustup.lock says, or fail"}, lockFlag()}
}

func lockFlag() cli.Flag {
	return &cli.StringFlag{Name: "lock", Usage: "the lock's `FILE` (default: krustup.lock here, else in the tree)"}
}

func kernelFlag() cli.Flag {
	return &cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"}
}

func kernelFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "tree", Usage: "kernel source `DIR` (default: here, when this is one)"},
		&cli.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.3"},
	}
}

func formFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "csv", Usage: "print the table as CSV"},
		&cli.BoolFlag{Name: "markdown", Usage: "print the table as Markdown"},
	}
}

func targetFlags() []cli.Flag { return append(kernelFlags(), formFlags()...) }

// rustcFlag names a compiler that need not be krustup's.
func rustcFlag() cli.Flag {
	return &cli.StringFlag{Name: "rustc", Usage: "ask this `RUSTC` and the tools of its toolchain (default: the newest that is installed)"}
}
