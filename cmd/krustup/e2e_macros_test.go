//go:build e2e

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/internal/cli/build"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// testMacros explains a configuration with ThinLTO and BTF that GCC made, with a set for clang, and compares the result
// and the answer of every macro with what the kernel's own olddefconfig writes.
func (e *endToEnd) testMacros(t *testing.T) {
	tree, dir := e.tree(t, "7.3"), t.TempDir()
	selection := []string{"--tree", tree, "--target", "x86_64"}
	e.must(t, e.home(), append([]string{"install"}, selection...)...)
	if out, err := exec.Command("make", "-s", "-C", tree, "O="+dir, "ARCH=x86_64", "defconfig").CombinedOutput(); err != nil {
		t.Fatalf("make defconfig with GCC: %v\n%s", err, out)
	}
	config := filepath.Join(dir, ".config")
	made, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	const lines = "# CONFIG_DEBUG_INFO_NONE is not set\nCONFIG_DEBUG_INFO_DWARF4=y\nCONFIG_BPF_SYSCALL=y\nCONFIG_DEBUG_INFO_BTF=y\n" +
		"# CONFIG_LTO_NONE is not set\nCONFIG_LTO_CLANG_THIN=y\n# CONFIG_MODVERSIONS is not set\nCONFIG_RUST=y\n"
	if err := os.WriteFile(config, append(made, lines...), 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := e.krustup(t, e.home(), append([]string{"explain", "--json", "--config", config}, selection...)...)
	var explained build.ExplainJSON
	if err := json.Unmarshal([]byte(out), &explained); err != nil {
		t.Fatalf("explain --json: %v\n%s", err, out)
	}
	e.must(t, e.home(), append(append([]string{"make"}, selection...), "--", "-s", "O="+dir, "olddefconfig")...)
	after, err := kbuild.ReadConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	if after.Value("RUST") == "y" || after.Value("LTO_CLANG_THIN") != "y" || explained.Rust != "n" {
		t.Errorf("explain says CONFIG_RUST=%s; the kernel %q, with LTO_CLANG_THIN=%q", explained.Rust, after.Value("RUST"), after.Value("LTO_CLANG_THIN"))
	}

	compareFacts(t, kbuild.InstalledFacts(t.Context(), e.environment(t, selection...)), after)
	gcc := []string{"--tree", tree, "--target", "arm64", "--cc", "gcc"}
	e.must(t, e.home(), append([]string{"install"}, gcc...)...)
	e.must(t, e.home(), append(append([]string{"make"}, gcc...), "--", "-s", "O="+dir, "defconfig")...)
	withGCC, err := kbuild.ReadConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	compareFacts(t, kbuild.InstalledFacts(t.Context(), e.environment(t, gcc...)), withGCC)

	e.compareMacros(t, tree, after, e.environment(t, selection...))
}

// environment returns the environment of an installed set.
func (e *endToEnd) environment(t *testing.T, selection ...string) (env install.Environment) {
	t.Helper()
	if err := json.Unmarshal([]byte(e.must(t, e.home(), append([]string{"env", "--json"}, selection...)...)), &env); err != nil {
		t.Fatal(err)
	}
	return env
}

// compareFacts compares what is known about a set's tools with what the kernel's own scripts found.
func compareFacts(t *testing.T, facts kconfig.Facts, config kconfig.Config) {
	t.Helper()
	for name, fact := range facts {
		is := config.Value(name)
		if is == "" {
			is = "n"
		}
		if fact != "" && is != fact {
			t.Errorf("CONFIG_%s is %s, but the kernel has %s", name, fact, is)
		}
	}
}

// compareMacros compares the answers to macros with a configuration that the kernel made with the same set.
func (e *endToEnd) compareMacros(t *testing.T, tree string, after kconfig.Config, env install.Environment) {
	t.Helper()
	target, err := targets.Find("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	answer, asked := kbuild.InstalledMacros(t.Context(), env, target), 0
	file, err := syntax.Parse("Kconfig", []byte("source \"Kconfig\"\n"), syntax.Options{
		Variables: map[string]string{"SRCARCH": "x86", "ARCH": "x86_64", "HEADER_ARCH": "x86", "SUBARCH": "x86"},
		Source:    func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(tree, name)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range file.Entries {
		// The symbol has exactly the macro's value if nothing else decides it.
		if len(entry.Depends) > 0 || len(entry.Defaults) != 1 || entry.Defaults[0].If != nil || entry.Prompt != nil {
			continue
		}
		macro, is := entry.Defaults[0].Expr.(syntax.Operand)
		if !is || macro.Kind != syntax.Macro {
			continue
		}
		if value, known := answer(macro.Text); known {
			asked++
			if (after.Value(entry.Symbol) == "y") != (value == "y") {
				t.Errorf("%s: %s is %s, but the kernel has CONFIG_%s=%q", entry.Where, macro.Text, value, entry.Symbol, after.Value(entry.Symbol))
			}
		}
	}
	if asked < 10 {
		t.Errorf("only %d macros were compared", asked)
	}
	t.Logf("%d macros have the kernel's own answers", asked)
}
