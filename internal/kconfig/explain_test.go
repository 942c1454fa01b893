package kconfig_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/krustup/krustup/internal/kconfig"
)

func config(t *testing.T, lines string) kconfig.Config {
	t.Helper()
	c, err := kconfig.ReadConfig(strings.NewReader(lines))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// options returns the configuration for a text such as "A B=m !C".
func options(t *testing.T, text string) kconfig.Config {
	t.Helper()
	var lines strings.Builder
	for _, field := range strings.Fields(text) {
		name, off := strings.CutPrefix(field, "!")
		switch {
		case off:
			fmt.Fprintf(&lines, "# CONFIG_%s is not set\n", name)
		case strings.Contains(name, "="):
			fmt.Fprintf(&lines, "CONFIG_%s\n", name)
		default:
			fmt.Fprintf(&lines, "CONFIG_%s=y\n", name)
		}
	}
	return config(t, lines.String())
}

var (
	withClang     = kconfig.Facts{"CC_IS_CLANG": "y", "CC_IS_GCC": "n", "RUST_IS_AVAILABLE": "y", "RUSTC_VERSION": "108501", "PAHOLE_VERSION": "130"}
	withGCC       = kconfig.Facts{"CC_IS_CLANG": "n", "CC_IS_GCC": "y", "RUST_IS_AVAILABLE": "y", "RUSTC_VERSION": "108501", "PAHOLE_VERSION": "130"}
	withOld       = kconfig.Facts{"CC_IS_CLANG": "y", "CC_IS_GCC": "n", "RUST_IS_AVAILABLE": "y", "RUSTC_VERSION": "107800", "PAHOLE_VERSION": "130"}
	withOldPahole = kconfig.Facts{"CC_IS_CLANG": "y", "CC_IS_GCC": "n", "RUST_IS_AVAILABLE": "y", "RUSTC_VERSION": "108501", "PAHOLE_VERSION": "119"}
)

func TestExplain(t *testing.T) {
	cases := []struct {
		name, arch, config string
		facts              kconfig.Facts
		causes             string // the causes, one per line
		fixes              string // the fixes without CONFIG_RUST=y, one per line; "none" if there is none
		needs              string
	}{
		{name: "no cause", arch: "arm64", config: "MODULES"},
		{
			name: "MODVERSIONS", arch: "arm64", config: "MODULES MODVERSIONS DEBUG_INFO_DWARF5",
			causes: "init/Kconfig:20: depends on !MODVERSIONS || GENDWARFKSYMS: MODVERSIONS=y, GENDWARFKSYMS=n",
			fixes:  "CONFIG_GENDWARFKSYMS=y\n# CONFIG_MODVERSIONS is not set",
		},
		{name: "MODVERSIONS with GENDWARFKSYMS", arch: "arm64", config: "MODULES MODVERSIONS DEBUG_INFO_DWARF5 GENDWARFKSYMS"},
		{
			name: "MODVERSIONS without DWARF", arch: "arm64", config: "MODULES MODVERSIONS",
			causes: "init/Kconfig:20: depends on !MODVERSIONS || GENDWARFKSYMS: MODVERSIONS=y, GENDWARFKSYMS=n " +
				"(init/Kconfig:42: depends on DEBUG_INFO: DEBUG_INFO=n (init/Kconfig:54: select DEBUG_INFO: DEBUG_INFO_DWARF5=n))",
			fixes: "# CONFIG_MODVERSIONS is not set",
		},
		{
			name: "BTF with LTO and RANDSTRUCT, which need two changes", arch: "arm64", config: "DEBUG_INFO_DWARF5 DEBUG_INFO_BTF LTO RANDSTRUCT_FULL CC_IS_CLANG CC_HAS_RANDSTRUCT",
			causes: "init/Kconfig:21: depends on !RANDSTRUCT: RANDSTRUCT=y (init/Kconfig:71: def_bool !RANDSTRUCT_NONE: RANDSTRUCT_NONE=n)\n" +
				"init/Kconfig:22: depends on !DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO): DEBUG_INFO_BTF=y, PAHOLE_HAS_LANG_EXCLUDE=y, LTO=y",
			fixes: "CONFIG_RANDSTRUCT_NONE=y, # CONFIG_DEBUG_INFO_BTF is not set\nCONFIG_RANDSTRUCT_NONE=y, # CONFIG_LTO is not set",
		},
		{
			name: "an old pahole", arch: "arm64", config: "DEBUG_INFO_DWARF5 DEBUG_INFO_BTF", facts: withOldPahole,
			causes: "init/Kconfig:22: depends on !DEBUG_INFO_BTF || (PAHOLE_HAS_LANG_EXCLUDE && !LTO): DEBUG_INFO_BTF=y, PAHOLE_HAS_LANG_EXCLUDE=n, LTO=n " +
				"(init/Kconfig:60: def_bool PAHOLE_VERSION >= 124: PAHOLE_VERSION=119 " +
				"(init/Kconfig:12: default $(shell,$(srctree)/scripts/pahole-version.sh $(PAHOLE)), decided by the tools))",
			fixes: "# CONFIG_DEBUG_INFO_BTF is not set", needs: "PAHOLE_VERSION >= 124",
		},
		{
			name: "KASAN with GCC", arch: "arm64", config: "KASAN", facts: withGCC,
			causes: "init/Kconfig:23: depends on !KASAN || CC_IS_CLANG: KASAN=y, CC_IS_CLANG=n " +
				`(init/Kconfig:2: def_bool $(success,test "$(cc-name)" = Clang), decided by the tools)`,
			fixes: "# CONFIG_KASAN is not set", needs: "CC_IS_CLANG = y",
		},
		{
			name: "a condition that applies", arch: "arm64", config: "KASAN KASAN_SW_TAGS",
			causes: "init/Kconfig:24: depends on RUSTC_VERSION >= 109600 if KASAN_SW_TAGS: RUSTC_VERSION=108501 " +
				"(init/Kconfig:9: default $(rustc-version), decided by the tools)",
			fixes: "# CONFIG_KASAN_SW_TAGS is not set", needs: "RUSTC_VERSION >= 109600",
		},
		{
			name: "selected by another symbol", arch: "arm64", config: "MITIGATION_CALL_DEPTH_TRACKING", facts: withOld,
			causes: "init/Kconfig:25: depends on !CALL_PADDING || RUSTC_VERSION >= 108100: CALL_PADDING=y, RUSTC_VERSION=107800 " +
				"(init/Kconfig:81: select CALL_PADDING: CALL_THUNKS=y (init/Kconfig:84: select CALL_THUNKS: MITIGATION_CALL_DEPTH_TRACKING=y); " +
				"init/Kconfig:9: default $(rustc-version), decided by the tools)",
			fixes: "# CONFIG_MITIGATION_CALL_DEPTH_TRACKING is not set", needs: "RUSTC_VERSION >= 108100",
		},
		{
			name: "big endian", arch: "arm64", config: "CPU_BIG_ENDIAN",
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST=n (arch/arm64/Kconfig:3: select HAVE_RUST if RUSTC_SUPPORTS_ARM64: " +
				"RUSTC_SUPPORTS_ARM64=n (arch/arm64/Kconfig:7: depends on CPU_LITTLE_ENDIAN: CPU_LITTLE_ENDIAN=n))",
			fixes: "CONFIG_CPU_LITTLE_ENDIAN=y",
		},
		{
			name: "EXPOLINE, whose prompt depends on a macro", arch: "s390", config: "CC_IS_CLANG EXPOLINE",
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST=n (arch/s390/Kconfig:3: select HAVE_RUST if !EXPOLINE: EXPOLINE=y)",
			fixes:  "# CONFIG_EXPOLINE is not set",
		},
		{
			name: "EXPOLINE recorded with another compiler", arch: "s390", config: "CC_IS_CLANG EXPOLINE", facts: withGCC,
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST unknown (arch/s390/Kconfig:3: select HAVE_RUST if !EXPOLINE: EXPOLINE unknown)",
			fixes:  "# CONFIG_EXPOLINE is not set",
		},
		{
			name: "unknown rustc", arch: "arm64", config: "MITIGATION_CALL_DEPTH_TRACKING",
			facts: kconfig.Facts{"RUST_IS_AVAILABLE": "y", "CC_IS_CLANG": "y", "RUSTC_VERSION": ""},
			causes: "init/Kconfig:25: depends on !CALL_PADDING || RUSTC_VERSION >= 108100: CALL_PADDING=y, RUSTC_VERSION unknown " +
				"(init/Kconfig:81: select CALL_PADDING: CALL_THUNKS=y (init/Kconfig:84: select CALL_THUNKS: MITIGATION_CALL_DEPTH_TRACKING=y); " +
				"init/Kconfig:9: default $(rustc-version), decided by the tools)",
			fixes: "CONFIG_RUST=y if RUSTC_VERSION",
		},
		{
			name: "GCC", arch: "riscv", config: "RISCV", facts: withGCC,
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST=n (arch/riscv/Kconfig:3: select HAVE_RUST if CC_IS_CLANG: CC_IS_CLANG=n " +
				`(init/Kconfig:2: def_bool $(success,test "$(cc-name)" = Clang), decided by the tools))`,
			fixes: "none", needs: "CC_IS_CLANG = y",
		},
		{
			name: "32 bits", arch: "i386", config: "RUST",
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST=n (arch/x86/Kconfig:4: select HAVE_RUST: X86_64=n " +
				`(arch/x86/Kconfig:3: depends on 64BIT: 64BIT=n (arch/x86/Kconfig:6: prompt if "i386" = "x86")))`,
			fixes: "none",
		},
		{name: "64 bits", arch: "x86_64"},
		{
			name: "no Rust for the architecture", arch: "alpha",
			causes: "init/Kconfig:17: depends on HAVE_RUST: HAVE_RUST=n (arch/Kconfig:2: config HAVE_RUST, which nothing selects)", fixes: "none",
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if c.facts == nil {
				c.facts = withClang
			}
			x, err := readTree(t, c.arch).Evaluate(options(t, c.config), c.facts).Explain("RUST")
			if err != nil {
				t.Fatal(err)
			}
			var causes, needs []string
			for _, u := range x.Causes {
				causes = append(causes, u.String())
			}
			for _, n := range x.Tools {
				needs = append(needs, n.Symbol+" "+n.Op+" "+n.Value)
			}
			for what, pair := range map[string][2]string{
				"causes": {c.causes, strings.Join(causes, "\n")}, "fixes": {c.fixes, fixText(x)}, "needs": {c.needs, strings.Join(needs, "\n")},
			} {
				if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
					t.Errorf("%s (-want +got):\n%s", what, diff)
				}
			}
			if x.Where.String() != "init/Kconfig:15" {
				t.Errorf("RUST is at %s", x.Where)
			}
		})
	}
}

func fixText(x kconfig.Explanation) string {
	if len(x.Fixes) == 0 {
		return "none"
	}
	var fixes []string
	for _, f := range x.Fixes {
		var changes []string
		for _, c := range f.Changes[1:] {
			changes = append(changes, c.String())
		}
		text := strings.Join(changes, ", ")
		for _, u := range f.Unsure {
			text += f.Changes[0].String() + " if " + u.Symbol
		}
		fixes = append(fixes, text)
	}
	return strings.Join(fixes, "\n")
}

func TestExplainErrors(t *testing.T) {
	_, err := readTree(t, "arm64").Evaluate(kconfig.Config{}, nil).Explain("NOTHING")
	if missing, ok := errors.AsType[*kconfig.NoSymbolError](err); !ok || missing.Symbol != "NOTHING" || missing.SrcArch != "arm64" {
		t.Errorf("got %v, expected a *NoSymbolError for NOTHING", err)
	}
}

// TestExplainPrompt explains an option that a default turns on and whose prompt is hidden: the cause is the prompt's
// condition.
func TestExplainPrompt(t *testing.T) {
	x, err := readTree(t, "arm64").Evaluate(kconfig.Config{}, nil).Explain("HIDDEN")
	if err != nil {
		t.Fatal(err)
	}
	if x.Value != "y" || len(x.Causes) != 1 || x.Causes[0].Line() != "init/Kconfig:89: prompt if EXPERT: EXPERT=n" {
		t.Errorf("%s: %v", x.Value, x.Causes)
	}
}

// TestFixLines checks that the lines of a fragment name the member of a choice that goes off, and precede CONFIG_RUST.
func TestFixLines(t *testing.T) {
	x, err := readTree(t, "arm64").Evaluate(options(t, "CPU_BIG_ENDIAN"), withClang).Explain("RUST")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range x.Fixes[0].Lines {
		lines = append(lines, l.String())
	}
	want := "# CONFIG_CPU_BIG_ENDIAN is not set\nCONFIG_CPU_LITTLE_ENDIAN=y\nCONFIG_RUST=y"
	if got := strings.Join(lines, "\n"); got != want {
		t.Errorf("%s\nexpected\n%s", got, want)
	}
}

// TestFixLoses checks that a fix lists the options with a prompt that it turns off as a side effect.
func TestFixLoses(t *testing.T) {
	x, err := readTree(t, "arm64").Evaluate(options(t, "MODULES MODVERSIONS GENKSYMS"), withClang).Explain("RUST")
	if err != nil {
		t.Fatal(err)
	}
	if len(x.Fixes) != 1 || x.Fixes[0].Changes[1].String() != "# CONFIG_MODVERSIONS is not set" || fmt.Sprint(x.Fixes[0].Loses) != "[# CONFIG_GENKSYMS is not set]" {
		t.Errorf("fixes %+v", x.Fixes)
	}
}

// TestFixTurnsOffWhatSelects checks that a selected option is turned off by turning off what selects it, and that no
// option is turned on only to hide it.
func TestFixTurnsOffWhatSelects(t *testing.T) {
	const text = `config RUST
	bool "Rust support"
	depends on !MODVERSIONS
config COMPILE_TEST
	bool "Compile also drivers which will not load"
config MODVERSIONS
	bool "Module versioning" if !COMPILE_TEST
choice
	prompt "Randomize layout"
config RANDSTRUCT_NONE
	bool "No"
config RANDSTRUCT_FULL
	bool "Fully"
	select MODVERSIONS if !COMPILE_TEST
endchoice
config SOUND
	tristate "A driver that selects it"
	select MODVERSIONS
`
	tree, err := kconfig.ReadTree(plant(t, map[string]string{"Kconfig": text}), kconfig.Arch{SrcArch: "x86", Arch: "x86"})
	if err != nil {
		t.Fatal(err)
	}
	for settings, want := range map[string]string{
		"RANDSTRUCT_FULL":                          "CONFIG_RANDSTRUCT_NONE=y",
		"RANDSTRUCT_FULL MODVERSIONS":              "CONFIG_RANDSTRUCT_NONE=y, # CONFIG_MODVERSIONS is not set",
		"RANDSTRUCT_FULL MODVERSIONS SOUND":        "CONFIG_RANDSTRUCT_NONE=y, # CONFIG_SOUND is not set, # CONFIG_MODVERSIONS is not set",
		"MODVERSIONS":                              "# CONFIG_MODVERSIONS is not set",
		"RANDSTRUCT_FULL COMPILE_TEST MODVERSIONS": "",
	} {
		x, err := tree.Evaluate(options(t, settings), nil).Explain("RUST")
		if err != nil {
			t.Fatal(err)
		}
		if got := fixText(x); got != want {
			t.Errorf("%s: %q, expected %q", settings, got, want)
		}
	}
}
