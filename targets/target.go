// Package targets holds what krustup knows about Linux targets: a Target is one architecture variant that a kernel can
// be built for, a Backend turns Rust into its machine code, and Support says how well a Backend supports a Target.
//
// Invariant: all data comes from manifests/targets and names its evidence; nothing is guessed.
package targets

import "github.com/krustup/krustup/internal/version"

// Target is one Linux architecture variant that a kernel can be built for.
type Target struct {
	Name    string   // krustup's name: "x86_64", "arm64", "armv7", "riscv64", "ppc64le"
	Aliases []string // other names that people use: "amd64", "aarch64"
	Arch    string   // Kbuild's ARCH
	SrcArch string   // Kbuild's SRCARCH, the directory under arch/
	Make    []string // variables that make needs in addition to ARCH: "SUBARCH=x86_64"
	Bits    int      // 32 or 64
	Endian  string   // "little" or "big"
	GNU     string   // GNU triple: "aarch64-linux-gnu"; "" with HostLibc, and without a GNU toolchain (hexagon)

	Debian    string // triple in the names of Debian's cross compilers, mostly GNU; "" when Debian has none
	Crosstool string // name in https://www.kernel.org/pub/tools/crosstool/; "" when none is known
	Clang     string // the kernel's --target for clang (scripts/Makefile.clang); "" when clang cannot build it
	LLVMMake  string // make variables from Documentation/kbuild/llvm.rst: "LLVM=1"; "" when it does not list the target

	Rustc   []string // rustc's target triples, as the kernel passes them; with OwnSpec, only to test flags
	OwnSpec bool     // the kernel generates its own target specification for rustc (scripts/target.json)

	// HostLibc says that the kernel is a program of the host (um): it links the C library of the build machine, so it
	// needs that machine's headers, and with GCC that machine's own gcc.
	HostLibc bool

	// Symbols are the Kconfig symbols that the variant determines, to evaluate `select HAVE_RUST if …`: X86_64, 64BIT,
	// CPU_LITTLE_ENDIAN.
	Symbols map[string]bool
	GCC     bool            // the kernel's Rust builds for it with GCC as the C compiler
	LLVM    bool            // the kernel's Rust builds for it with LLVM=1
	LLVMMin version.Version // minimum LLVM for LLVMMake where it exceeds that of scripts/min-tool-version.sh; else zero
	// Config are the configuration lines that select the variant, which `prove` adds to allnoconfig: "CONFIG_64BIT=y",
	// "# CONFIG_EXPOLINE is not set".
	Config []string
	Since  version.Version // the first release that supports Rust on it; zero: none so far
	NoRust string          // why kernels have no Rust for it, one clause; "" with Since

	// SelectedAnyway says that `select HAVE_RUST` holds for the target although NoRust says why it cannot work: for this
	// target, Kconfig proves nothing (loongarch32).
	SelectedAnyway bool

	QEMU        string // system emulator: "qemu-system-aarch64"; "" when none is needed or known
	QEMUMachine string // its -machine option in the kernel's own tests: "virt"; "" when they name none
	QEMUUser    string // user-mode emulator: "qemu-aarch64"; "" when none is known

	Note string // remark for users, or ""

	Backends []Support  // one for each Backend that was examined
	Evidence []Evidence // for facts that do not concern a Backend
}

// Support returns the support by a backend; ok is false when that backend was not examined.
func (t Target) Support(b Backend) (s Support, ok bool) {
	for _, s := range t.Backends {
		if s.Backend == b {
			return s, true
		}
	}
	return Support{}, false
}
