package kconfig_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/kconfig"
)

// small is a tree in which `config RUST` and its dependencies have the form that they have in the kernel.
var small = map[string]string{
	"Kconfig": `mainmenu "Linux/$(ARCH) $(KERNELVERSION) Kernel Configuration"
source "init/Kconfig"
source "arch/Kconfig"
`,
	"init/Kconfig": `config CC_IS_CLANG
	def_bool $(success,test "$(cc-name)" = Clang)
config CC_IS_GCC
	def_bool $(success,test "$(cc-name)" = GCC)
config CC_HAS_RANDSTRUCT
	def_bool $(cc-option,-frandomize-layout-seed-file=/dev/null)
config RUSTC_VERSION
	int
	default $(rustc-version)
config PAHOLE_VERSION
	int
	default $(shell,$(srctree)/scripts/pahole-version.sh $(PAHOLE))
config RUST_IS_AVAILABLE
	def_bool $(success,$(srctree)/scripts/rust_is_available.sh)
config RUST
	bool "Rust support"
	depends on HAVE_RUST
	depends on RUST_IS_AVAILABLE
	select EXTENDED_MODVERSIONS if MODVERSIONS
	depends on !MODVERSIONS || GENDWARFKSYMS
	depends on !RANDSTRUCT
	depends on !DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO)
	depends on !KASAN || CC_IS_CLANG
	depends on RUSTC_VERSION >= 109600 if KASAN_SW_TAGS
	depends on !CALL_PADDING || RUSTC_VERSION >= 108100
config EXTENDED_MODVERSIONS
	bool
menuconfig MODULES
	bool "Loadable modules"
	modules
if MODULES
config MODVERSIONS
	bool "Module versioning"
choice
	prompt "Module versioning implementation"
	depends on MODVERSIONS
	default GENKSYMS
config GENKSYMS
	bool "genksyms"
config GENDWARFKSYMS
	bool "gendwarfksyms"
	depends on DEBUG_INFO
	depends on !LTO
endchoice
endif
config DEBUG_INFO
	bool
choice
	prompt "Debug information"
config DEBUG_INFO_NONE
	bool "None"
config DEBUG_INFO_DWARF5
	bool "DWARF 5"
	select DEBUG_INFO
endchoice
config DEBUG_INFO_BTF
	bool "BTF"
	depends on DEBUG_INFO
config PAHOLE_HAS_LANG_EXCLUDE
	def_bool PAHOLE_VERSION >= 124
choice
	prompt "Randomize layout"
	default RANDSTRUCT_NONE
config RANDSTRUCT_NONE
	bool "No"
config RANDSTRUCT_FULL
	bool "Fully"
	depends on CC_HAS_RANDSTRUCT
endchoice
config RANDSTRUCT
	def_bool !RANDSTRUCT_NONE
config KASAN
	bool "KASAN"
config KASAN_SW_TAGS
	bool "by tags"
	depends on KASAN
config CALL_PADDING
	bool
config CALL_THUNKS
	bool
	select CALL_PADDING
config MITIGATION_CALL_DEPTH_TRACKING
	bool "Call depth tracking"
	select CALL_THUNKS
	default y
config EXPERT
	bool "Expert"
config HIDDEN
	bool "Only for experts" if EXPERT
	default y
`,
	"arch/Kconfig": "source \"arch/$(SRCARCH)/Kconfig\"\nconfig HAVE_RUST\n\tbool\nconfig LTO\n\tbool \"LTO\"\n\tdepends on CC_IS_CLANG\n",
	"arch/arm64/Kconfig": `config ARM64
	def_bool y
	select HAVE_RUST if RUSTC_SUPPORTS_ARM64
	imply HAVE_RUST if NOTHING
config RUSTC_SUPPORTS_ARM64
	def_bool y
	depends on CPU_LITTLE_ENDIAN
choice
	prompt "Endianness"
	default CPU_LITTLE_ENDIAN
config CPU_BIG_ENDIAN
	bool "Build big-endian kernel"
config CPU_LITTLE_ENDIAN
	bool "Build little-endian kernel"
endchoice
`,
	"arch/x86/Kconfig": `config X86_64
	def_bool y
	depends on 64BIT
	select HAVE_RUST
config 64BIT
	bool "64-bit kernel" if "$(ARCH)" = "x86"
	default "$(ARCH)" != "i386"
`,
	"arch/s390/Kconfig": `config S390
	def_bool y
	select HAVE_RUST if !EXPOLINE
config EXPOLINE
	def_bool n
	depends on $(cc-option,-mindirect-branch=thunk)
	prompt "Avoid speculative indirect branches"
`,
	"arch/riscv/Kconfig":  "config RISCV\n\tdef_bool y\n\tselect HAVE_RUST if CC_IS_CLANG\n",
	"arch/alpha/Kconfig":  "config ALPHA\n\tdef_bool y\n",
	"arch/broken/Kconfig": "config BROKEN\n\tbool\n\tdepends on (\n",
	"arch/climb/Kconfig":  "source \"../../etc/passwd\"\n",
	"arch/gone/Kconfig":   "source \"nothing/here\"\n",
}

// plant writes a tree to a temporary directory and returns its path.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func readTree(t *testing.T, arch string) *kconfig.Tree {
	t.Helper()
	names := kconfig.Arch{SrcArch: arch, Arch: arch}
	if arch == "i386" || arch == "x86_64" {
		names.SrcArch = "x86"
	}
	tree, err := kconfig.ReadTree(plant(t, small), names)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestReadTreeRefuses(t *testing.T) {
	root := plant(t, small)
	if err := unix.Mkfifo(filepath.Join(root, "arch/pipe"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"pipe-arch", "large"} {
		if err := os.MkdirAll(filepath.Join(root, "arch", dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"pipe-arch": "source \"arch/pipe\"\n", "large": strings.Repeat("#", 3<<20)} {
		if err := os.WriteFile(filepath.Join(root, "arch", name, "Kconfig"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for arch, want := range map[string]string{
		"vax":       "arch/Kconfig:1: arch/vax/Kconfig: file does not exist",
		"broken":    "arch/broken/Kconfig:3: expression",
		"climb":     "arch/climb/Kconfig:1: source \"../../etc/passwd\": expected a path inside the tree",
		"gone":      "arch/gone/Kconfig:1: nothing/here: file does not exist",
		"pipe-arch": "arch/pipe is a p---------, expected a regular file",
		"large":     "arch/large/Kconfig is larger than",
	} {
		_, err := kconfig.ReadTree(root, kconfig.Arch{SrcArch: arch, Arch: arch})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, expected %q", arch, err, want)
		}
	}
	if _, err := kconfig.ReadTree(t.TempDir(), kconfig.Arch{SrcArch: "x86", Arch: "x86"}); err == nil || !strings.Contains(err.Error(), fs.ErrNotExist.Error()) {
		t.Errorf("an empty tree: got %v", err)
	}
}
