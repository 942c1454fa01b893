//go:build e2e

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// lostCase is a configuration that loses CONFIG_RUST, with the expected explanation.
type lostCase struct {
	reason   string
	kernel   string
	target   string
	cc       string
	goal     string   // the make goal that creates the configuration
	lines    []string // lines to append to it
	cause    string   // part of an expected cause
	change   string   // an expected change of a fix; "": no change of the configuration helps
	need     string   // the expected option of krustup that helps; "": none
	untooled bool     // the configuration was created without tools
	set      []string // --target and --cc of the set that make runs with, if it is not that of target and cc
	with     []string // arguments of make
	ci       bool     // also run with KRUSTUP_E2E=ci
}

// lost has each reason on two kernels.
var lost = []lostCase{
	{reason: "modversions", kernel: "7.3", target: "x86_64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_MODVERSIONS=y", "CONFIG_DEBUG_INFO_DWARF5=y"}, cause: "depends on !MODVERSIONS || GENDWARFKSYMS", change: "CONFIG_GENDWARFKSYMS=y", ci: true},
	{reason: "modversions", kernel: "6.12", target: "x86_64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_MODVERSIONS=y"}, cause: "depends on !MODVERSIONS", change: "# CONFIG_MODVERSIONS is not set"},
	{reason: "BTF with LTO", kernel: "7.3", target: "x86_64", cc: "clang", goal: "defconfig", lines: btfWithLTO, cause: "PAHOLE_HAS_LANG_EXCLUDE && !LTO", change: "CONFIG_LTO_NONE=y"},
	{reason: "BTF with LTO", kernel: "6.12", target: "x86_64", cc: "clang", goal: "defconfig", lines: btfWithLTO, cause: "PAHOLE_HAS_LANG_EXCLUDE && !LTO", change: "CONFIG_LTO_NONE=y"},
	{reason: "randstruct", kernel: "7.3", target: "x86_64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_RANDSTRUCT_FULL=y"}, cause: "depends on !RANDSTRUCT", change: "CONFIG_RANDSTRUCT_NONE=y"},
	{reason: "randstruct", kernel: "6.12", target: "x86_64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_RANDSTRUCT_FULL=y"}, cause: "depends on !RANDSTRUCT", change: "CONFIG_RANDSTRUCT_NONE=y", ci: true},
	{reason: "KASAN with GCC", kernel: "7.3", target: "x86_64", cc: "gcc", goal: "defconfig", lines: []string{"CONFIG_KASAN=y"}, cause: "depends on !KASAN || CC_IS_CLANG", change: "# CONFIG_KASAN is not set", need: "--cc clang"},
	{reason: "KASAN with GCC", kernel: "6.12", target: "x86_64", cc: "gcc", goal: "defconfig", lines: []string{"CONFIG_KASAN=y"}, cause: "depends on !KASAN || CC_IS_CLANG", change: "# CONFIG_KASAN is not set", need: "--cc clang"},
	{reason: "CFI where rustc has none", kernel: "7.3", target: "riscv64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_CFI=y"}, cause: "depends on !CFI || HAVE_CFI_ICALL_NORMALIZE_INTEGERS_RUSTC", change: "# CONFIG_CFI is not set"},
	{reason: "CFI where rustc has none", kernel: "6.12", target: "riscv64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_CFI_CLANG=y"}, cause: "depends on !CFI_CLANG || HAVE_CFI_ICALL_NORMALIZE_INTEGERS_RUSTC", change: "# CONFIG_CFI_CLANG is not set"},
	{reason: "big endian", kernel: "6.12", target: "arm64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_CPU_BIG_ENDIAN=y"}, cause: "depends on HAVE_RUST", change: "CONFIG_CPU_LITTLE_ENDIAN=y", ci: true},
	{reason: "big endian", kernel: "7.3", target: "ppc64le", cc: "clang", goal: "ppc64_defconfig", cause: "depends on HAVE_RUST", change: "CONFIG_CPU_LITTLE_ENDIAN=y"},
	{reason: "expoline", kernel: "7.2", target: "s390x", cc: "gcc", goal: "defconfig", lines: []string{"CONFIG_EXPOLINE=y"}, cause: "depends on HAVE_RUST", change: "# CONFIG_EXPOLINE is not set"},
	{reason: "expoline", kernel: "7.3", target: "s390x", cc: "gcc", goal: "defconfig", lines: []string{"CONFIG_EXPOLINE=y"}, cause: "depends on HAVE_RUST", change: "# CONFIG_EXPOLINE is not set"},
	{reason: "KASAN with tags", kernel: "7.3", target: "arm64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_KASAN=y", "CONFIG_KASAN_SW_TAGS=y"}, cause: "depends on !KASAN_SW_TAGS || RUSTC_VERSION >= 109600", change: "CONFIG_KASAN_GENERIC=y", need: `krustup install --with "rust=>= 1.96.0"`},
	{reason: "KASAN with tags", kernel: "6.12", target: "arm64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_KASAN=y", "CONFIG_KASAN_SW_TAGS=y"}, cause: "depends on !KASAN_SW_TAGS", change: "CONFIG_KASAN_GENERIC=y"},
	{reason: "KASAN on LoongArch", kernel: "7.3", target: "loongarch64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_KASAN=y"}, cause: "depends on HAVE_RUST", change: "# CONFIG_KASAN is not set"},
	{reason: "KASAN on LoongArch", kernel: "6.12", target: "loongarch64", cc: "clang", goal: "defconfig", lines: []string{"CONFIG_KASAN=y"}, cause: "depends on HAVE_RUST", change: "# CONFIG_KASAN is not set"},
	{reason: "riscv with 32 bits", kernel: "7.3", target: "riscv64", cc: "clang", goal: "defconfig", lines: riscv32, cause: "depends on HAVE_RUST", change: "CONFIG_ARCH_RV64I=y"},
	{reason: "riscv with 32 bits", kernel: "6.12", target: "riscv64", cc: "clang", goal: "defconfig", lines: riscv32, cause: "depends on HAVE_RUST", change: "CONFIG_ARCH_RV64I=y"},
	{reason: "before ARMv7", kernel: "7.2", target: "armv7", cc: "clang", goal: "multi_v5_defconfig", cause: "depends on HAVE_RUST", change: "CONFIG_ARCH_MULTI_V7=y"},
	{reason: "before ARMv7", kernel: "7.3", target: "armv7", cc: "clang", goal: "multi_v5_defconfig", cause: "depends on HAVE_RUST", change: "CONFIG_ARCH_MULTI_V7=y"},
	{reason: "no tools", kernel: "7.3", target: "x86_64", cc: "clang", goal: "defconfig", with: []string{"RUSTC=/bin/false"}, untooled: true, change: "CONFIG_RUST=y"},
	{reason: "no tools", kernel: "6.12", target: "x86_64", cc: "clang", goal: "defconfig", with: []string{"RUSTC=/bin/false"}, untooled: true, change: "CONFIG_RUST=y"},
	{reason: "riscv with GCC", kernel: "7.3", target: "riscv64", cc: "gcc", goal: "defconfig", set: []string{"--target", "x86_64", "--cc", "gcc"}, with: []string{"ARCH=riscv"}, cause: "depends on HAVE_RUST", need: "--cc clang"},
	{reason: "riscv with GCC", kernel: "6.12", target: "riscv64", cc: "gcc", goal: "defconfig", set: []string{"--target", "x86_64", "--cc", "gcc"}, with: []string{"ARCH=riscv"}, cause: "depends on HAVE_RUST", need: "--cc clang"},
	{reason: "x86 with 32 bits", kernel: "7.3", target: "i686", cc: "clang", goal: "i386_defconfig", set: []string{"--target", "x86_64", "--cc", "clang"}, with: []string{"ARCH=i386"}, cause: "depends on HAVE_RUST", ci: true},
	{reason: "x86 with 32 bits", kernel: "6.12", target: "i686", cc: "clang", goal: "i386_defconfig", set: []string{"--target", "x86_64", "--cc", "clang"}, with: []string{"ARCH=i386"}, cause: "depends on HAVE_RUST"},
}

var (
	btfWithLTO = []string{"CONFIG_BPF_SYSCALL=y", "CONFIG_DEBUG_INFO_DWARF5=y", "CONFIG_DEBUG_INFO_BTF=y", "CONFIG_LTO_CLANG_THIN=y"}
	riscv32    = []string{"CONFIG_NONPORTABLE=y", "CONFIG_ARCH_RV32I=y"}
)

// testExplain compares `krustup explain` with the result of the kernel's own `make olddefconfig`.
func (e *endToEnd) testExplain(t *testing.T, full bool) {
	x := &explaining{endToEnd: e, dir: t.TempDir(), made: map[string][]byte{}}
	for _, c := range lost {
		if full || c.ci {
			t.Run(c.reason+"/"+c.kernel, func(t *testing.T) { x.testCase(t, c) })
		}
	}
}

// explaining is the state that the cases share: one build directory for each kernel, so that its conf is compiled once,
// and the initial configurations by set and goal.
type explaining struct {
	*endToEnd
	dir  string
	made map[string][]byte
}

// startConfig writes the configuration that a make goal creates into the kernel's build directory and returns its path.
func (e *explaining) startConfig(t *testing.T, c lostCase, set []string) (path string) {
	t.Helper()
	out := filepath.Join(e.dir, c.kernel)
	path = filepath.Join(out, ".config")
	goal := append([]string{c.goal}, c.with...)
	key := strings.Join(slices.Concat(set, goal), " ")
	if _, ok := e.made[key]; !ok {
		e.kmake(t, set, out, goal...)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		e.made[key] = data
	}
	if err := os.WriteFile(path, e.made[key], 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (e *explaining) testCase(t *testing.T, c lostCase) {
	tree := e.tree(t, c.kernel)
	selection := []string{"--tree", tree, "--target", c.target, "--cc", c.cc}
	set := append([]string{"--tree", tree}, c.set...)
	if c.set == nil {
		set = selection
	}
	e.must(t, e.home(), append([]string{"install", "-q"}, set...)...)
	path := e.startConfig(t, c, set)
	appendLines(t, path, append(c.lines, "CONFIG_RUST=y"))
	e.kmake(t, set, filepath.Dir(path), append([]string{"olddefconfig"}, c.with...)...)
	config := readConfig(t, path)
	if config.Value("RUST") == "y" {
		t.Fatalf("CONFIG_RUST is on, expected that this configuration loses it")
	}
	checkAgainstKconfig(t, tree, c.target, config)

	said, code := e.explanation(t, append(selection, "--config", path)...)
	t.Logf("%s, Linux %s: %s", c.reason, said.Kernel, strings.Join(causeLines(said), "; "))
	if code != 1 || said.Rust != "n" {
		t.Errorf("config_rust %q, exit code %d: expected n and 1", said.Rust, code)
	}
	if c.cause != "" && !slices.ContainsFunc(said.Causes, func(x kconfig.Cause) bool { return strings.Contains(x.Text, c.cause) }) {
		t.Errorf("causes %v, expected %q", causeLines(said), c.cause)
	}
	if said.Untooled != c.untooled {
		t.Errorf("created without tools: %v, expected %v", said.Untooled, c.untooled)
	}
	if c.need != "" && !slices.ContainsFunc(said.Needs, func(n build.NeedJSON) bool { return n.Help == c.need }) {
		t.Errorf("needs %v, expected %q", said.Needs, c.need)
	}
	if c.change == "" {
		if len(said.Fixes) > 0 {
			t.Errorf("fixes %v, expected none", said.Fixes)
		}
		return
	}
	e.checkFixes(t, c, said, append(selection, "--config", path), set, tree)
}

// checkFixes applies the offered fix with merge_config.sh, as users do, and checks that CONFIG_RUST stays on.
func (e *explaining) checkFixes(t *testing.T, c lostCase, said build.ExplainJSON, selection, set []string, tree string) {
	found := c.change == "CONFIG_RUST=y" && len(said.Fixes) == 1 && len(said.Fixes[0].Changes) == 0
	for _, f := range said.Fixes {
		t.Logf("fix: %v", f.Changes)
		found = found || slices.ContainsFunc(f.Changes, func(x kconfig.Change) bool { return x.String() == c.change })
	}
	if !found {
		t.Errorf("fixes %v, expected %s", said.Fixes, c.change)
	}
	path := said.Config
	fragment := filepath.Join(t.TempDir(), "rust.config")
	e.must(t, e.home(), append([]string{"explain", "--fix", fragment}, selection...)...)
	merge := exec.Command(filepath.Join(tree, "scripts/kconfig/merge_config.sh"), "-m", "-O", filepath.Dir(path), path, fragment)
	merge.Dir = t.TempDir()
	if out, err := merge.CombinedOutput(); err != nil {
		t.Fatalf("merge_config.sh: %v\n%s", err, out)
	}
	e.kmake(t, set, filepath.Dir(path), "olddefconfig")
	if config := readConfig(t, path); config.Value("RUST") != "y" {
		text, _ := os.ReadFile(fragment)
		t.Errorf("CONFIG_RUST is still lost after\n%s", text)
	}
	if again, code := e.explanation(t, selection...); code != 0 || again.Rust != "y" || len(again.Causes) > 0 {
		t.Errorf("after the fix: config_rust %q, exit code %d, causes %v", again.Rust, code, again.Causes)
	}
}

// kmake runs the kernel's make with a set. `krustup make` refuses an ARCH that is not the set's; there `krustup run` runs
// make.
func (e *explaining) kmake(t *testing.T, set []string, out string, words ...string) {
	t.Helper()
	if slices.ContainsFunc(words, func(word string) bool { return strings.HasPrefix(word, "ARCH=") }) {
		tree := set[slices.Index(set, "--tree")+1]
		e.must(t, e.home(), slices.Concat([]string{"run"}, set, []string{"--", "make", "-s", "-C", tree, "O=" + out}, words)...)
		return
	}
	e.must(t, e.home(), slices.Concat([]string{"make"}, set, []string{"--", "-s", "O=" + out}, words)...)
}

// explanation runs explain --json and returns its output and exit code.
func (e *explaining) explanation(t *testing.T, args ...string) (said build.ExplainJSON, code int) {
	t.Helper()
	out, err := e.krustup(t, e.home(), append([]string{"explain", "--json"}, args...)...)
	if exit, failed := err.(*exec.ExitError); failed {
		code = exit.ExitCode()
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatalf("explain --json: %v\n%s", err, out)
	}
	return said, code
}

func causeLines(said build.ExplainJSON) []string {
	var lines []string
	for _, c := range said.Causes {
		lines = append(lines, c.String())
	}
	return lines
}

// checkAgainstKconfig evaluates a configuration that the kernel's conf wrote. Each option must evaluate to its value
// there.
func checkAgainstKconfig(t *testing.T, tree, target string, config kconfig.Config) {
	t.Helper()
	x, err := targets.Find(target)
	if err != nil {
		t.Fatal(err)
	}
	read, err := kconfig.ReadTree(tree, kconfig.Arch{SrcArch: x.SrcArch, Arch: x.Arch})
	if err != nil {
		t.Fatal(err)
	}
	evaluation := read.Evaluate(config, nil)
	wrong := 0
	for _, name := range config.Symbols() {
		value := evaluation.Value(name)
		if want := config.Value(name); (want == "y" || want == "m" || want == "n") && read.Defines(name) && (!value.Known() || value.Min.String() != want) {
			if wrong++; wrong < 10 {
				t.Errorf("CONFIG_%s is %s, evaluated as %v", name, want, value)
			}
		}
	}
	if wrong > 0 || len(config.Symbols()) < 1000 {
		t.Errorf("%d of %d options differ, expected 0 of at least 1000", wrong, len(config.Symbols()))
	}
}

func readConfig(t *testing.T, path string) kconfig.Config {
	t.Helper()
	config, err := kbuild.ReadConfig(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

func appendLines(t *testing.T, path string, lines []string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(strings.Join(lines, "\n") + "\n"); err != nil {
		t.Fatal(err)
	}
}
