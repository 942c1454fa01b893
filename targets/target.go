// Package targets holds what krustup knows of Linux targets: a Target is one architecture variant that a kernel can
// be built for, a Backend is what turns Rust into its machine code, and Support says what a Backend can do for it.
//
// Invariant: everything here comes from manifests/targets and names its evidence; nothing is guessed.
package targets

import "github.com/krustup/krustup/internal/version"

// Target is one Linux architecture variant that a kernel can be built for.
type Target struct {
	Name    string   // krustup's name: "x86_64", "arm64", "armv7", "riscv64", "ppc64le"
	Aliases []string // other names that people use: "amd64", "aarch64"
	Arch    string   // Kbuild's ARCH
	SrcArch string   // Kbuild's SRCARCH, the directory under arch/
	Make    []string // further variables that make needs beside ARCH: "SUBARCH=x86_64"
	Bits    int      // 32 or 64
	Endian  string   // "little" or "big"
	GNU     string   // GNU triple: "aarch64-linux-gnu"; "" with HostLibc, and when there is no GNU toolchain (hexagon)

	Debian    string // triple that Debian's cross compilers are named by, mostly GNU; "" when it has none
	Crosstool string // name in https://www.kernel.org/pub/tools/crosstool/; "" when none is known
	Clang     string // the kernel's --target for clang (scripts/Makefile.clang); "" when clang cannot build it
	LLVMMake  string // how Documentation/kbuild/llvm.rst builds it with LLVM: "LLVM=1"; "" when it does not name it

	Rustc   []string // rustc's target triples, as the kernel passes them; with OwnSpec, to test flags only
	OwnSpec bool     // the kernel writes its own target specification for rustc (scripts/target.json)

	// HostLibc says that the kernel is a program of the host (um): it links the C library of the machine it is built
	// on, so it needs that machine's headers, and with GCC that machine's own gcc.
	HostLibc bool

	Symbols map[string]bool // Kconfig symbols that hold for this variant, to read `select HAVE_RUST if …`: X86_64, 64BIT, CPU_LITTLE_ENDIAN
	GCC     bool            // the kernel's Rust builds for it with GCC as the C compiler
	LLVM    bool            // ... with LLVM=1
	LLVMMin version.Version // LLVMMake needs this LLVM though scripts/min-tool-version.sh asks for less; zero: it does not
	Config  []string        // configuration lines that select the variant, which `prove` adds to allnoconfig: "CONFIG_64BIT=y", "# CONFIG_EXPOLINE is not set"
	Since   version.Version // the first release that has Rust for it; zero: none so far
	NoRust  string          // what keeps kernels from Rust for it, one clause; "" with Since

	// SelectedAnyway says that `select HAVE_RUST` holds for the target although NoRust says why it cannot work: there
	// Kconfig is no proof of anything (loongarch32).
	SelectedAnyway bool

	QEMU        string // the emulator's program: "qemu-system-aarch64"; "" when none is needed or known
	QEMUMachine string // its -machine in the kernel's own tests: "virt"; "" when they name none
	QEMUUser    string // the program that runs one program of the target: "qemu-aarch64"; "" when none is known

	Note string // what a person should know, or ""

	Backends []Support  // one for each Backend that was looked into
	Evidence []Evidence // for what is not about a Backend
}

// Support gives what a backend can do for the target; ok is false when it was never looked into.
func (t Target) Support(b Backend) (s Support, ok bool) {
	for _, s := range t.Backends {
		if s.Backend == b {
			return s, true
		}
	}
	return Support{}, false
}
