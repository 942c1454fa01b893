package kbuild

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// ExplainRust returns why CONFIG_RUST has its value in a configuration of a tree, what turns it on, and which lines of
// the configuration have no effect. It runs nothing of the tree. The error is a *kconfig.NoSymbolError for a tree
// without `config RUST`.
func ExplainRust(tree string, target targets.Target, config kconfig.Config, tools Tools) (kconfig.Explanation, error) {
	t, err := kconfig.ReadTree(tree, kconfig.Arch{SrcArch: target.SrcArch, Arch: target.Arch})
	if err != nil {
		return kconfig.Explanation{}, err
	}
	if tools.Macros != nil {
		t.Macro = remembered(tools.Macros)
	}
	return t.Evaluate(config, tools.Facts).Explain("RUST")
}

// Tools is what Kconfig finds out about tools. The zero value knows nothing about them.
type Tools struct {
	Facts  kconfig.Facts
	Macros Macros // nil: answers none
}

// remembered asks each question once: a search evaluates a configuration many times.
func remembered(ask Macros) func(string) (string, bool) {
	type answer struct {
		value string
		ok    bool
	}
	known := map[string]answer{}
	return func(text string) (string, bool) {
		a, asked := known[text]
		if !asked {
			a.value, a.ok = ask(text)
			known[text] = a
		}
		return a.value, a.ok
	}
}

// InstalledFacts returns what Kconfig finds out about an installed set's tools. It says nothing about a tree: the set
// was resolved for one, and RustAvailable runs the tree's own script.
func InstalledFacts(ctx context.Context, e install.Environment) kconfig.Facts {
	versions := map[toolchain.Component]version.Version{}
	for _, o := range e.Objects {
		if v, err := version.Parse(o.ID.Version()); err == nil {
			versions[toolchain.Component(o.ID.Name())] = v
		}
	}
	llvm, _ := rustcLLVM(ctx, e) // unknown when rustc cannot be run
	facts := toolFacts(e.CC, versions, llvm)
	if v, ok := binutils(ctx, e); ok && e.CC == toolchain.GNU {
		facts["LD_VERSION"], facts["AS_VERSION"] = canonical(v), canonical(v)
	}
	return facts
}

// binutils asks the linker of a set with GCC for its version, which is also that of the assembler beside it. Like
// scripts/ld-version.sh, it takes the last word of the first line: "GNU ld (GNU Binutils for Debian) 2.44".
func binutils(ctx context.Context, e install.Environment) (version.Version, bool) {
	prefix, _ := e.Lookup("CROSS_COMPILE")
	if prefix == "" {
		return version.Version{}, false
	}
	cmd := exec.CommandContext(ctx, prefix+"ld", "--version")
	cmd.Env = append(e.Overlay(os.Environ()), "LC_ALL=C")
	out, err := cmd.Output()
	line, _, _ := strings.Cut(string(out), "\n")
	words := strings.Fields(line)
	if err != nil || len(words) == 0 {
		return version.Version{}, false
	}
	number, _, _ := strings.Cut(words[len(words)-1], "-")
	v, err := version.Parse(number)
	return v, err == nil
}

// SetFacts returns what Kconfig would find out about the tools of a set that need not be installed. The LLVM version
// inside rustc is left unknown: a catalogue may have no more than its major version.
func SetFacts(s toolchain.Set) kconfig.Facts {
	versions := map[toolchain.Component]version.Version{}
	for _, p := range s.Picks {
		versions[p.Offer.Component] = p.Offer.Version
	}
	return toolFacts(s.CC, versions, version.Version{})
}

// CompilerFacts returns what follows from the name of the C compiler alone, for a set that is assumed to fit.
func CompilerFacts(cc toolchain.Compiler) kconfig.Facts {
	mine, other := kconfig.Facts{"CC_IS_CLANG": "y", "AS_IS_LLVM": "y", "LD_IS_LLD": "y"}, kconfig.Facts{"CC_IS_GCC": "n", "AS_IS_GNU": "n", "LD_IS_BFD": "n", "GCC_VERSION": "0", "LD_VERSION": "0"}
	if cc == toolchain.GNU {
		mine, other = kconfig.Facts{"CC_IS_GCC": "y", "AS_IS_GNU": "y", "LD_IS_BFD": "y"}, kconfig.Facts{"CC_IS_CLANG": "n", "AS_IS_LLVM": "n", "LD_IS_LLD": "n", "CLANG_VERSION": "0", "LLD_VERSION": "0"}
	}
	maps.Copy(mine, other)
	mine["RUST_IS_AVAILABLE"] = "y"
	return mine
}

// toolFacts writes versions in the numbers that scripts/cc-version.sh, ld-version.sh, rustc-version.sh,
// rustc-llvm-version.sh and pahole-version.sh print.
func toolFacts(cc toolchain.Compiler, versions map[toolchain.Component]version.Version, rustLLVM version.Version) kconfig.Facts {
	facts := CompilerFacts(cc)
	if v, ok := versions[toolchain.Rust]; ok {
		facts["RUSTC_VERSION"] = strconv.Itoa(100_000*v.Major() + 100*v.Minor() + v.Patch())
	}
	if v, ok := versions[toolchain.LLVM]; ok && cc == toolchain.Clang {
		facts["CLANG_VERSION"], facts["LLD_VERSION"], facts["AS_VERSION"] = canonical(v), canonical(v), canonical(v)
	}
	if v, ok := versions[toolchain.GCC]; ok && cc == toolchain.GNU {
		facts["GCC_VERSION"] = canonical(v)
	}
	if v, ok := versions[toolchain.Pahole]; ok {
		facts["PAHOLE_VERSION"] = fmt.Sprintf("%d%02d", v.Major(), v.Minor())
	}
	if !rustLLVM.IsZero() {
		facts["RUSTC_LLVM_VERSION"] = canonical(rustLLVM)
	}
	return facts
}

// canonical writes a version as Kconfig compares it: 19.1.7 is 190107.
func canonical(v version.Version) string {
	return strconv.Itoa(10_000*v.Major() + 100*v.Minor() + v.Patch())
}

// rustcLLVM asks the set's rustc for the LLVM inside it.
func rustcLLVM(ctx context.Context, e install.Environment) (version.Version, error) {
	rustc, ok := e.Lookup("RUSTC")
	if !ok {
		return version.Version{}, nil
	}
	cmd := exec.CommandContext(ctx, rustc, "-vV")
	cmd.Env = e.Overlay(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		return version.Version{}, fmt.Errorf("asking rustc for its LLVM: %w", err)
	}
	_, llvm, err := toolchain.ParseVerbose(string(out))
	return llvm, err
}
