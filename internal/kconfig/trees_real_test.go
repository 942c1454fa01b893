//go:build e2e

package kconfig_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// rustArches are the architectures with Rust, and one with two variants.
var rustArches = []kconfig.Arch{
	{SrcArch: "x86", Arch: "x86"},
	{SrcArch: "arm64", Arch: "arm64"},
	{SrcArch: "arm", Arch: "arm"},
	{SrcArch: "riscv", Arch: "riscv"},
	{SrcArch: "loongarch", Arch: "loongarch"},
	{SrcArch: "um", Arch: "um"},
	{SrcArch: "powerpc", Arch: "powerpc"},
	{SrcArch: "s390", Arch: "s390"},
	{SrcArch: "x86", Arch: "i386"},
}

// iterations returns how often a test repeats: KRUSTUP_TEST_ROUNDS, else few.
func iterations(t *testing.T, few int) int {
	t.Helper()
	text := os.Getenv("KRUSTUP_TEST_ROUNDS")
	if text == "" {
		return few
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// firstSeed is KRUSTUP_TEST_SEED, else 1. A test that fails prints the seed of the round that fails.
func firstSeed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("KRUSTUP_TEST_SEED"), 10, 64)
	if err != nil {
		return 1
	}
	return n
}

// TestRealTrees compares evaluations with the conf of each tree: of random configurations, mutated, for all
// architectures with Rust. The result of each command of a macro is fixed (fixedShell).
//
//	KRUSTUP_TEST_TREES=linux-6.12:linux-7.3 KRUSTUP_TEST_ROUNDS=200 go test -tags e2e -run TestRealTrees ./internal/kconfig
func TestRealTrees(t *testing.T) {
	confs := buildConfs(t)
	rounds, seed := iterations(t, len(rustArches)*len(confs)), firstSeed(t)
	pairs := len(rustArches) * len(confs)
	for _, c := range confs {
		for i, arch := range rustArches {
			variables := environment(arch)
			tree, err := kconfig.ReadTreeWith(c.tree, arch, syntax.Options{Variables: variables, AllVariables: true, Shell: shellAnswer})
			if err != nil {
				t.Error(err)
				continue
			}
			open, err := kconfig.ReadTree(c.tree, arch)
			if err != nil {
				t.Error(err)
				continue
			}
			env := append([]string{"PATH=/usr/bin:/bin"}, environ(variables)...)
			for r := range (rounds + pairs - 1) / pairs {
				seed := seed + uint64(100*r+i)
				random := rand.New(rand.NewPCG(seed, 0))
				start, ok := c.run(t, c.tree, "randconfig", "", append(env, fmt.Sprintf("KCONFIG_SEED=%d", seed), "KCONFIG_PROBABILITY="+strconv.Itoa(10+random.IntN(80)))...)
				if !ok {
					t.Fatalf("%s for %s: randconfig fails", c.release, arch.Arch)
				}
				config := mutate(random, start, tree.Symbols())
				written, ok := c.run(t, c.tree, "olddefconfig", config, env...)
				if !ok {
					t.Fatalf("%s for %s, seed %d: olddefconfig fails", c.release, arch.Arch, seed)
				}
				read, err := kconfig.ReadConfig(strings.NewReader(config))
				if err != nil {
					t.Fatal(err)
				}
				report(t, fmt.Sprintf("%s for %s, seed %d", c.release, arch.Arch, seed), differences(tree, tree.Evaluate(read, nil), written, true))
				facts := kconfig.Facts{"CC_IS_GCC": "", "CC_IS_CLANG": ""} // so that nothing is recalled from the configuration
				withoutCompiler := dropped(config, "CC_IS_GCC", "CC_IS_CLANG")
				read, _ = kconfig.ReadConfig(strings.NewReader(withoutCompiler))
				report(t, fmt.Sprintf("%s for %s, seed %d, with unknown macros", c.release, arch.Arch, seed), differences(open, open.Evaluate(read, facts), written, false))
			}
		}
	}
}

func report(t *testing.T, what string, all []string) {
	t.Helper()
	if len(all) > 0 {
		t.Errorf("%s: %d differences:\n\t%s", what, len(all), strings.Join(all[:min(len(all), 12)], "\n\t"))
	}
}

func environment(arch kconfig.Arch) map[string]string {
	variables := map[string]string{"SRCARCH": arch.SrcArch, "ARCH": arch.Arch, "HEADER_ARCH": arch.SrcArch, "SUBARCH": arch.SrcArch, "srctree": ".", "KERNELVERSION": "7.3", "CC": "cc", "LD": "ld"}
	if arch.SrcArch == "um" {
		variables["HEADER_ARCH"], variables["SUBARCH"] = "x86", "x86"
	}
	return variables
}

func environ(variables map[string]string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		list = append(list, name+"="+variables[name])
	}
	return list
}

// dropped returns a configuration without the lines of some symbols.
func dropped(config string, names ...string) string {
	var b strings.Builder
	for line := range strings.Lines(config) {
		if !slices.ContainsFunc(names, func(n string) bool {
			return strings.Contains(line, "CONFIG_"+n+"=") || strings.Contains(line, "CONFIG_"+n+" ")
		}) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// mutate changes a configuration as people and tools do: lines that are lost, doubled, moved, invalid or foreign, and
// fragments that are appended.
func mutate(random *rand.Rand, config string, names []string) string {
	lines := strings.SplitAfter(config, "\n")
	var out []string
	share := []int{20, 60, 300}[random.IntN(3)]
	for _, line := range lines {
		if random.IntN(share) != 0 {
			out = append(out, line)
			continue
		}
		switch random.IntN(6) {
		case 0:
		case 1:
			out = append(out, line, line)
		case 2:
			out = append(out, strings.ReplaceAll(line, "=y", "=n"))
		case 3:
			out = append(out, strings.ReplaceAll(line, "=m", "=y"))
		case 4:
			out = append(out, oddLine(random, line))
		case 5:
			out = append([]string{line}, out...)
		}
	}
	for range random.IntN(60) {
		out = append(out, randomLine(random, names[random.IntN(len(names))]))
	}
	text := strings.Join(out, "")
	if random.IntN(8) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if random.IntN(8) == 0 {
		text = "\ufeff" + text
	}
	return text
}

func randomLine(random *rand.Rand, name string) string {
	values := []string{"y", "y", "y", "y", "m", "m", "n", `""`, `"y"`, `"a b\\\"c"`, "0", "1", "5", "-3", "0x10", "17", "ff", "", "yes", "007", `"x`, "100000"}
	if random.IntN(4) == 0 {
		return "# CONFIG_" + name + " is not set\n"
	}
	return "CONFIG_" + name + "=" + values[random.IntN(len(values))] + "\n"
}

// oddLine returns a variant of a line, which conf ignores or reads in its own way.
func oddLine(random *rand.Rand, line string) string {
	bare := strings.TrimSuffix(line, "\n")
	name, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(bare, "# "), "CONFIG_"), "=")
	name, _, _ = strings.Cut(name, " ")
	variants := []string{
		" " + line, bare + " \n", bare + "\r\n", bare + "\x00z\n", "# " + line, "stray\n", "CONFIG_\n", strings.TrimPrefix(line, "CONFIG_"),
		strings.Replace(line, "=", " = ", 1), strings.ToLower(line), "CONFIG_y=n\n", "CONFIG_NO_SUCH_OPTION=y\n", "#" + strings.TrimPrefix(line, "# "), bare,
		bare + "\r", "\r\n", "\t\n", bare + "\\\n", line[:len(bare)/2] + "\n", bare + "\"\n", bare + strings.Repeat("x", 5000) + "\n",
		"# CONFIG_" + name + "\n", "# CONFIG_" + name + " is not set yet\n", "# CONFIG_" + name + " is not set \n", "#CONFIG_" + name + " is not set\n",
		"#! CONFIG_" + name + " is not set\n", "#!CONFIG_" + name + " is not set\n", "#  CONFIG_" + name + " is not set\n", "# CONFIG_" + name + "  is not set\n",
		"# CONFIG_" + name + " is not se\n", "# CONFIG_" + name + " is not set\r\n", "# CONFIG_" + name + "=y is not set\n", "CONFIG_" + name + "\n",
		"CONFIG_" + name + " is not set\n", "CONFIG_" + name + "==y\n", "CONFIG_" + name + "=\n", "CONFIG_" + name + "=\"a\\\n", "CONFIG_" + name + "=Y\n",
		"CONFIG_" + name + "=\"\\\"\n", "CONFIG_" + name + "=+5\n", "CONFIG_" + name + "=0X1F\n", "CONFIG_" + name + "=-0\n", "CONFIG_" + name + "=\"\xff\xfe\"\n",
		"CONFIG_" + name + "=99999999999999999999999\n", "export CONFIG_" + name + "=y\n", "CONFIG_CONFIG_" + name + "=y\n", "CONFIG_m=y\nCONFIG_n=y\n",
	}
	return variants[random.IntN(len(variants))]
}
