package kconfig_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig"
)

// tree writes a small tree with the kernel's own shape of `config RUST`.
func tree(t *testing.T) string {
	t.Helper()
	files := map[string]string{
		"init/Kconfig": `config CC_IS_CLANG
	def_bool $(success,test "$(cc-name)" = Clang)
config RUST_IS_AVAILABLE
	def_bool $(success,$(srctree)/scripts/rust_is_available.sh)
config RUST
	bool "Rust support"
	depends on HAVE_RUST
	depends on RUST_IS_AVAILABLE && !RANDSTRUCT
	select EXTENDED_MODVERSIONS if MODVERSIONS
	depends on !MODVERSIONS || GENDWARFKSYMS
	depends on !DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO)
	depends on !KASAN || CC_IS_CLANG
	depends on RUSTC_VERSION >= 109600 if KASAN_SW_TAGS
config BUG
	bool "BUG() support" if EXPERT
	default y
`,
		"arch/Kconfig": "config HAVE_RUST\n\tbool\n",
		"arch/arm64/Kconfig": `config ARM64
	def_bool y
	select HAVE_RUST if RUSTC_SUPPORTS_ARM64
	imply HAVE_RUST if NOTHING
config RUSTC_SUPPORTS_ARM64
	def_bool y
	depends on CPU_LITTLE_ENDIAN
config CPU_LITTLE_ENDIAN
	bool "Build little-endian kernel"
`,
		"arch/powerpc/Kconfig": `config PPC
	bool
	default y
	select HAVE_RUST if PPC32
	select HAVE_RUST if PPC64 && CPU_LITTLE_ENDIAN
`,
		"arch/s390/Kconfig":   "config S390\n\tdef_bool y\n\tselect HAVE_RUST if !EXPOLINE\n",
		"arch/riscv/Kconfig":  "config RISCV\n\tdef_bool y\n\tselect HAVE_RUST if CC_IS_CLANG\n",
		"arch/alpha/Kconfig":  "config ALPHA\n\tdef_bool y\n",
		"arch/broken/Kconfig": "config BROKEN\n\tdepends on (\n",
	}
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

func TestUnmet(t *testing.T) {
	root := tree(t)
	const available = "\nCONFIG_RUST_IS_AVAILABLE=y\n"
	cases := []struct{ name, arch, symbol, config, want string }{
		{"nothing is in the way", "arm64", "RUST", "CONFIG_HAVE_RUST=y" + available, ""},
		{
			"MODVERSIONS", "arm64", "RUST", "CONFIG_HAVE_RUST=y\nCONFIG_MODVERSIONS=y" + available,
			"init/Kconfig:10: depends on !MODVERSIONS || GENDWARFKSYMS: MODVERSIONS=y, GENDWARFKSYMS absent",
		},
		{"MODVERSIONS with GENDWARFKSYMS", "arm64", "RUST", "CONFIG_HAVE_RUST=y\nCONFIG_MODVERSIONS=y\nCONFIG_GENDWARFKSYMS=y" + available, ""},
		{
			"one of two on a line", "arm64", "RUST", "CONFIG_HAVE_RUST=y\nCONFIG_RANDSTRUCT=y" + available,
			"init/Kconfig:8: depends on !RANDSTRUCT: RANDSTRUCT=y",
		},
		{
			"BTF with LTO", "arm64", "RUST", "CONFIG_HAVE_RUST=y\nCONFIG_DEBUG_INFO_BTF=y\nCONFIG_PAHOLE_HAS_LANG_EXCLUDE=y\nCONFIG_LTO=y" + available,
			"init/Kconfig:11: depends on !DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO): DEBUG_INFO_BTF=y, PAHOLE_HAS_LANG_EXCLUDE=y, LTO=y",
		},
		{
			"big endian", "arm64", "RUST", "CONFIG_ARM64=y\n# CONFIG_CPU_LITTLE_ENDIAN is not set" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/arm64/Kconfig:3: select HAVE_RUST if RUSTC_SUPPORTS_ARM64: " +
				"RUSTC_SUPPORTS_ARM64 absent (arch/arm64/Kconfig:7: depends on CPU_LITTLE_ENDIAN: CPU_LITTLE_ENDIAN=n))",
		},
		{
			"two selects", "powerpc", "RUST", "CONFIG_PPC=y\nCONFIG_PPC64=y\nCONFIG_CPU_BIG_ENDIAN=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/powerpc/Kconfig:4: select HAVE_RUST if PPC32: PPC32 absent; " +
				"arch/powerpc/Kconfig:5: select HAVE_RUST if PPC64 && CPU_LITTLE_ENDIAN: CPU_LITTLE_ENDIAN absent)",
		},
		{
			"EXPOLINE", "s390", "RUST", "CONFIG_S390=y\nCONFIG_EXPOLINE=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/s390/Kconfig:3: select HAVE_RUST if !EXPOLINE: EXPOLINE=y)",
		},
		{
			"a configuration of another architecture", "s390", "RUST", "CONFIG_ARM64=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/s390/Kconfig:3: select HAVE_RUST if !EXPOLINE: S390 absent)",
		},
		{
			"a configuration of another kernel", "s390", "RUST", "CONFIG_S390=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/s390/Kconfig:3: select HAVE_RUST if !EXPOLINE, " +
				"which holds: the configuration was not made by this kernel, make olddefconfig brings it up to date)",
		},
		{
			"no Rust at all", "alpha", "RUST", "CONFIG_ALPHA=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/alpha/Kconfig: no select HAVE_RUST)",
		},
		{
			"GCC", "riscv", "RUST", "CONFIG_RISCV=y" + available,
			"init/Kconfig:7: depends on HAVE_RUST: HAVE_RUST absent (arch/riscv/Kconfig:3: select HAVE_RUST if CC_IS_CLANG: CC_IS_CLANG absent " +
				`(init/Kconfig:2: def_bool $(success,test "$(cc-name)" = Clang), decided by a program when the configuration was made))`,
		},
		{
			"no tools", "arm64", "RUST", "CONFIG_HAVE_RUST=y",
			"init/Kconfig:8: depends on RUST_IS_AVAILABLE: RUST_IS_AVAILABLE absent (init/Kconfig:4: def_bool " +
				"$(success,$(srctree)/scripts/rust_is_available.sh), decided by a program when the configuration was made)",
		},
		{
			"a condition that applies", "arm64", "RUST", "CONFIG_HAVE_RUST=y\nCONFIG_KASAN_SW_TAGS=y\nCONFIG_RUSTC_VERSION=109501" + available,
			"init/Kconfig:13: depends on RUSTC_VERSION >= 109600 if KASAN_SW_TAGS: RUSTC_VERSION=109501",
		},
		{"a prompt that is hidden", "arm64", "BUG", "", "init/Kconfig:15: prompt if EXPERT: EXPERT absent"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			config, err := kconfig.ReadConfig(strings.NewReader(c.config))
			if err != nil {
				t.Fatal(err)
			}
			unmet, err := kconfig.Unmet(root, c.arch, c.symbol, config)
			if err != nil {
				t.Fatal(err)
			}
			var lines []string
			for _, u := range unmet {
				lines = append(lines, u.String())
			}
			if diff := cmp.Diff(c.want, strings.Join(lines, "\n")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestUnmetErrors(t *testing.T) {
	root := tree(t)
	_, err := kconfig.Unmet(root, "arm64", "NOTHING", nil)
	if missing, ok := errors.AsType[*kconfig.NoSymbolError](err); !ok || missing.Symbol != "NOTHING" {
		t.Errorf("got %v, expected a *NoSymbolError for NOTHING", err)
	}
	if _, err := kconfig.Unmet(root, "vax", "RUST", nil); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "arch/vax/Kconfig") {
		t.Errorf("got %v, expected that arch/vax/Kconfig is missing", err)
	}
	if _, err := kconfig.Unmet(root, "broken", "RUST", nil); err == nil || !strings.Contains(err.Error(), "arch/broken/Kconfig:2") {
		t.Errorf("got %v, expected the file and line", err)
	}
}
