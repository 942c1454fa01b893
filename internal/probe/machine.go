package probe

import (
	"embed"
	"slices"
	"strings"
)

// The start code of each architecture: _start, and the two system calls that the crate makes. Their numbers are those
// in the kernel's arch/*/include/uapi/asm/unistd.h and syscall tables.
//
//go:embed start/*.s
var startCode embed.FS

//go:embed rust/probe.rs
var crateSource []byte

//go:embed rust/compiler_builtins.rs
var builtinsSource []byte

// machine holds what `rustc --print cfg` reports for a target.
type machine struct {
	arch    string // target_arch: "powerpc64"
	endian  string // target_endian: "little" or "big"
	width   string // target_pointer_width: "32", "64"
	abi     string // target_abi: "elfv2", "x32", "ilp32", "abi64" …
	os      string // target_os
	atomics bool   // 32-bit atomics
	mclass  bool   // Arm's M profile, which has no ARM instructions and no Linux programs that QEMU runs
}

func parseMachine(cfg string) machine {
	var m machine
	for line := range strings.Lines(cfg) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		value = strings.Trim(value, `"`)
		switch key {
		case "target_arch":
			m.arch = value
		case "target_endian":
			m.endian = value
		case "target_pointer_width":
			m.width = value
		case "target_abi":
			m.abi = value
		case "target_os":
			m.os = value
		case "target_feature":
			m.mclass = m.mclass || value == "mclass"
		case "target_has_atomic":
			m.atomics = m.atomics || value == "32"
		}
	}
	return m
}

// name returns the name of the machine for messages.
func (m machine) name() string {
	if m.mclass {
		return m.arch + "'s M profile"
	}
	return m.arch
}

// start returns the start code, or false if there is none.
func (m machine) start() (string, bool) {
	name := m.arch
	switch {
	case m.mclass:
		return "", false
	case m.os != "none" && m.os != "linux", m.width == "32" && (m.arch == "x86_64" || m.arch == "aarch64" || m.arch == "mips64"):
		return "", false // x32, ILP32, n32 and other systems have different system calls
	case m.arch == "riscv32", m.arch == "riscv64":
		name = "riscv"
	case m.arch == "loongarch32", m.arch == "loongarch64":
		name = "loongarch"
	}
	data, err := startCode.ReadFile("start/" + name + ".s")
	return string(data), err == nil
}

// emulator returns the suffix of the name of QEMU's user-mode emulator: "ppc64le" for qemu-ppc64le. It returns "" if
// QEMU has none (docs/user/main.rst in QEMU).
func (m machine) emulator() string {
	names := map[string]string{
		"x86_64": "x86_64", "x86": "i386", "riscv32": "riscv32", "riscv64": "riscv64", "loongarch64": "loongarch64",
		"s390x": "s390x", "m68k": "m68k", "sparc": "sparc", "sparc64": "sparc64", "hexagon": "hexagon",
	}
	pairs := map[string][2]string{ // big, little
		"aarch64": {"aarch64_be", "aarch64"}, "arm": {"armeb", "arm"}, "powerpc": {"ppc", ""},
		"powerpc64": {"ppc64", "ppc64le"}, "mips": {"mips", "mipsel"}, "mips64": {"mips64", "mips64el"},
		"xtensa": {"xtensaeb", "xtensa"},
	}
	if pair, ok := pairs[m.arch]; ok {
		if m.endian == "big" {
			return pair[0]
		}
		return pair[1]
	}
	return names[m.arch]
}

// linkedByLLD reports whether ld.lld supports the machine (lld/ELF/Target.cpp).
func (m machine) linkedByLLD() bool {
	return slices.Contains([]string{
		"x86_64", "x86", "aarch64", "arm", "riscv32", "riscv64", "loongarch64", "loongarch32", "s390x", "powerpc", "powerpc64",
		"mips", "mips64", "hexagon",
	}, m.arch)
}
