package cli

import urfave "github.com/urfave/cli/v2"

// SelectionFlags are the flags that select a kernel, a target, a C compiler and requirements of the set. withKernel
// adds --host, --kernel and --offline: the flags of commands that need neither a tree nor an installed set.
func SelectionFlags(withKernel bool) []urfave.Flag {
	flags := []urfave.Flag{
		&urfave.StringFlag{Name: "target", Aliases: []string{"t"}, Usage: "build for `TARGET`, such as arm64 (default: $ARCH, else host's)"},
		&urfave.StringFlag{Name: "cc", Usage: "use C compiler `CC`: clang or gcc (default: clang)"},
	}
	if withKernel {
		flags = append(flags, &urfave.StringFlag{Name: "host", Usage: "run tools on `HOST`: x86_64, aarch64 (default: native)"})
	}
	return append(flags, RequestFlags(withKernel)...)
}

// ManySelectionFlags are SelectionFlags(true) for commands that accept several targets, hosts and C compilers. ChooseAll
// and ChooseSets read them.
func ManySelectionFlags() []urfave.Flag { return append(manyFlags(), RequestFlags(true)...) }

// RequestFlags are the SelectionFlags without --target, --cc and --host.
func RequestFlags(withKernel bool) []urfave.Flag {
	flags := []urfave.Flag{
		treeFlag(),
		&urfave.StringSliceFlag{Name: "with", Usage: "require `COMPONENT=VERSION` or a range: rust=1.96.1, llvm=19, \"rust=>=1.90\""},
		&urfave.StringSliceFlag{Name: "supplier", Usage: "take tools from `SUPPLIER`; repeat it to add others"},
		&urfave.StringFlag{Name: "prefer", Usage: "of several sets take the `CHOICE`: stable, newest or fewest-gates (default: stable)"},
		&urfave.BoolFlag{Name: "match-llvm", Usage: "use one LLVM major in rustc and clang (LTO, CFI)"},
		&urfave.StringFlag{Name: "backend", Usage: "compile Rust with `BACKEND`: llvm or gcc (default: llvm)"},
		AllowStaleFlag(),
		AllowUnsignedFlag(),
	}
	if withKernel {
		flags = append(flags, KernelFlag(), OfflineFlag())
	}
	return flags
}

// OfflineFlag is --offline.
func OfflineFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "offline", Usage: "do not use the network; fail if a file is missing"}
}

// AllowStaleFlag is --allow-stale.
func AllowStaleFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "allow-stale", Usage: "accept an archive whose metadata expired"}
}

// AllowUnsignedFlag is --allow-unsigned.
func AllowUnsignedFlag() urfave.Flag {
	return &urfave.BoolFlag{Name: "allow-unsigned", Usage: "accept metadata without a signature"}
}

// manyFlags are --target, --host and --cc for commands that accept several of each.
func manyFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringSliceFlag{Name: "target", Aliases: []string{"t"}, Usage: "build for `TARGET`, such as arm64; all: every one with Rust (default: $ARCH, else host's)"},
		&urfave.StringSliceFlag{Name: "host", Usage: "run tools on `HOST`: x86_64, aarch64 (default: native)"},
		&urfave.StringSliceFlag{Name: "cc", Usage: "use C compiler `CC`: clang or gcc (default: clang)"},
	}
}

// LockedFlags are --locked and --lock, for commands that install the set of a lock.
func LockedFlags() []urfave.Flag {
	return []urfave.Flag{&urfave.BoolFlag{Name: "locked", Usage: "install the set of krustup.lock, or fail"}, LockFlag()}
}

// LockFlag is --lock.
func LockFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "lock", Usage: "use lock `FILE` (default: krustup.lock here, else in the tree)"}
}

// KernelFlag is --kernel.
func KernelFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "kernel", Usage: "use kernel `RELEASE`, such as 7.2, instead of a tree"}
}

// treeFlag is --tree.
func treeFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "tree", Usage: "read the kernel source in `DIR` (default: .)"}
}

// KernelFlags are --tree and --kernel. ChooseKernel reads them.
func KernelFlags() []urfave.Flag {
	return []urfave.Flag{treeFlag(), KernelFlag()}
}

// RustcFlag is --rustc, which names a compiler that krustup need not have installed.
func RustcFlag() urfave.Flag {
	return &urfave.StringFlag{Name: "rustc", Usage: "query `RUSTC` and the tools beside it (default: the newest installed)"}
}
