package cli

import urfave "github.com/urfave/cli/v2"

// SelectionFlags say for which kernel, target and host a set is wanted, and what is asked of it.
func SelectionFlags(withKernel bool) []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "target", Aliases: []string{"t"}, Usage: "`TARGET` to build for: arm64, x86_64, riscv64 … (default: this machine's)"},
		&urfave.StringFlag{Name: "cc", Usage: "C compiler: clang or gcc (default: clang)"},
	}
	if withKernel {
		flags = append(flags, &urfave.StringFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one)"})
	}
	return append(flags, RequestFlags(withKernel)...)
}

// RequestFlags are selectionFlags without those that name target, host and compiler.
func RequestFlags(withKernel bool) []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "tree", Usage: "kernel source `DIR` (default: here, when this is one)"},
		&urfave.StringSliceFlag{Name: "with", Usage: "`COMPONENT=VERSION` or a range: rust=1.96.1, llvm=19, \"rust=>=1.90\""},
		&urfave.StringSliceFlag{Name: "supplier", Usage: "take tools from this `SUPPLIER`"},
		&urfave.BoolFlag{Name: "match-llvm", Usage: "one LLVM major for rustc and clang (LTO, CFI)"},
		&urfave.StringFlag{Name: "backend", Usage: "what makes code of Rust: llvm or gcc (default: llvm)"},
		&urfave.BoolFlag{Name: "allow-stale", Usage: "accept an archive whose metadata expired"},
		&urfave.BoolFlag{Name: "allow-unsigned", Usage: "accept metadata without a signature"},
	}
	if withKernel {
		flags = append(flags,
			&urfave.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"},
			OfflineFlag(),
		)
	}
	return flags
}

func OfflineFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "offline", Usage: "no network: what is missing is an error"}
}

// ManyFlags name several targets, hosts and compilers at once.
func ManyFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "`TARGET` to build for: arm64, x86_64 … (default: the host's own); may be repeated"},
		&urfave.StringSliceFlag{Name: "host", Usage: "`HOST` that the tools run on: x86_64 or aarch64 (default: this one); may be repeated"},
		&urfave.StringSliceFlag{Name: "cc", Usage: "C compiler: clang or gcc (default: clang); may be repeated"},
	}
}

// LockedFlags let a command take the set of a lock, and no other.
func LockedFlags() []urfave.Flag {
	return []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "install what krustup.lock says, or fail"}, LockFlag()}
}

func LockFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "lock", Usage: "the lock's `FILE` (default: krustup.lock here, else in the tree)"}
}

func KernelFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.2"}
}

func KernelFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "tree", Usage: "kernel source `DIR` (default: here, when this is one)"},
		&urfave.StringFlag{Name: "kernel", Usage: "a kernel `RELEASE` in place of a tree: 7.3"},
	}
}

func FormFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.BoolFlag{Name: "csv", Usage: "print the table as CSV"},
		&urfave.BoolFlag{Name: "markdown", Usage: "print the table as Markdown"},
	}
}

func TargetFlags() []urfave.Flag { return append(KernelFlags(), FormFlags()...) }

// RustcFlag names a compiler that need not be krustup's.
func RustcFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "rustc", Usage: "ask this `RUSTC` and the tools of its toolchain (default: the newest that is installed)"}
}
