package kbuild

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/child"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Macros answers a macro of a Kconfig file, as it is written there: "$(cc-option,-fsanitize=kcfi)". ok is false for one
// that it does not know.
type Macros func(macro string) (value string, ok bool)

// llvmTool matches the question whether one of the binutils is LLVM's, or is not (-qv).
var llvmTool = regexp.MustCompile(`^\$\(success,\$\((?:NM|AR|LD|OBJCOPY|OBJDUMP|READELF|STRIP)\) --(?:help|version) \| head -n ?1 \| grep -(qi|q|qv|qiv) llvm\)$`)

// CompilerMacros answers the macros whose answer follows from the name of the C compiler alone.
func CompilerMacros(cc toolchain.Compiler) Macros {
	return func(macro string) (string, bool) {
		m := llvmTool.FindStringSubmatch(macro)
		if m == nil {
			return "", false
		}
		return yesIf((cc == toolchain.Clang) != strings.HasSuffix(m[1], "v")), true
	}
}

func yesIf(holds bool) string {
	if holds {
		return "y"
	}
	return "n"
}

// InstalledMacros answers the macros of CompilerMacros, and $(cc-option,…) and $(ld-option,…) as scripts/Kconfig.include
// defines them, by asking the set's own programs. A tree decides the text of a macro, so only options that can name
// neither a file nor a plugin are passed on, and the programs run in an empty directory.
func InstalledMacros(ctx context.Context, e install.Environment, target targets.Target) Macros {
	byName := CompilerMacros(e.CC)
	return func(macro string) (string, bool) {
		if value, ok := byName(macro); ok {
			return value, true
		}
		program, args := question(e, target, macro)
		if program == "" {
			return "", false
		}
		ok, err := succeeds(ctx, e, program, args)
		return yesIf(ok), err == nil
	}
}

var (
	optionMacro = regexp.MustCompile(`^\$\((cc|ld)-option,\s*([^()$]+)\)$`)
	// plain matches an option whose value is a word: no path but /dev/null, and no list for another program (-Wl,).
	plain       = regexp.MustCompile(`^-(?:[fmW][a-z0-9][a-z0-9-]*|gsplit-dwarf|gz)(?:=(?:list=)?(?:[A-Za-z0-9_+-][A-Za-z0-9_,+-]*|/dev/null))?$`)
	plainLinker = regexp.MustCompile(`^--[a-z][a-z0-9-]*(?:=(?:zlib|zstd|none|error|warn))?$`)
	// unsafe matches options that load code, or whose value is the next word.
	unsafe = regexp.MustCompile(`plugin|^-mllvm|^-mlinker|^--script|^-fmodule|^-fprofile|^-fauto-profile`)
)

// clangFlags are CLANG_FLAGS of scripts/Makefile.clang, without --target.
var clangFlags = []string{
	"-fintegrated-as", "-Werror=unknown-warning-option", "-Werror=ignored-optimization-argument", "-Werror=option-ignored",
	"-Werror=unused-command-line-argument",
}

// question returns the program that answers a macro, and its arguments; "" if none can.
func question(e install.Environment, target targets.Target, macro string) (program string, args []string) {
	m := optionMacro.FindStringSubmatch(macro)
	if m == nil {
		return "", nil
	}
	options := strings.Fields(m[2])
	allowed := plain
	if m[1] == "ld" {
		allowed = plainLinker
	}
	if len(options) == 0 || slices.ContainsFunc(options, func(o string) bool { return !allowed.MatchString(o) || unsafe.MatchString(o) }) {
		return "", nil
	}
	llvm, _ := e.Lookup("LLVM")
	prefix, _ := e.Lookup("CROSS_COMPILE")
	clang := e.CC == toolchain.Clang
	switch {
	case clang && (llvm == "" || target.Clang == ""), !clang && prefix == "":
		return "", nil
	case m[1] == "ld" && clang:
		return llvm + "ld.lld", append([]string{"-v"}, options...)
	case m[1] == "ld":
		return prefix + "ld", append([]string{"-v"}, options...)
	case clang:
		args = append([]string{"-Werror", "--target=" + target.Clang}, clangFlags...)
		program = llvm + "clang"
	default:
		args, program = []string{"-Werror"}, prefix+"gcc"
	}
	return program, slices.Concat(args, options, []string{"-c", "-x", "c", "/dev/null", "-o", "tmp.o"})
}

// succeeds runs a program of the set in an empty directory and reports whether it exits with 0.
func succeeds(ctx context.Context, e install.Environment, program string, args []string) (bool, error) {
	dir, err := os.MkdirTemp("", "krustup-macro-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, append(e.Overlay(os.Environ()), "LC_ALL=C")
	child.Grouped(cmd)
	return ended(ctx, cmd.Run())
}
