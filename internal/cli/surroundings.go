package cli

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// NoteSurroundings says which of the user's variables a build with a set runs without, and which contradict the set.
func NoteSurroundings(a *App, env install.Environment, t targets.Target, line gnumake.Line) {
	if names := env.Cleared(os.Environ()); len(names) > 0 {
		a.Screen().Note("not passed on, because it would change what the set's programs do: %s", strings.Join(names, ", "))
	}
	for _, name := range []string{"CROSS_COMPILE", "KRUSTFLAGS"} {
		value, origin := line.Lookup(name)
		own, has := env.Lookup(name)
		if !has || value == "" || value == own || origin != gnumake.Environment || name == "CROSS_COMPILE" && forTarget(value, t) {
			continue
		}
		a.Screen().Warn("%s=%s in the environment is overruled by the set's %s=%s, for target %s", name, value, name, own, t.Name)
	}
	noteReplaced(a, env, t, line)
}

// noteReplaced names the variables on make's command line that replace the set's, and a CC that is another compiler
// than the set's. It says nothing of what means the set in the kernel's own way.
func noteReplaced(a *App, env install.Environment, t targets.Target, line gnumake.Line) {
	for _, own := range env.Kbuild {
		value, origin := line.Lookup(own.Name)
		means := own.Name == "ARCH" || own.Name == "CROSS_COMPILE" && (value == "" || own.Value == "" && forTarget(value, t)) || own.Name == "LLVM" && value == "1" && own.Value != ""
		if origin == gnumake.CommandLine && value != own.Value && !means {
			a.Screen().Warn("%s=%s on make's command line replaces the set's %s=%s, for target %s", own.Name, value, own.Name, own.Value, t.Name)
		}
	}
	words := strings.Fields(line.Value("CC")) // "ccache clang"
	if _, origin := line.Lookup("CC"); origin != gnumake.CommandLine || len(words) == 0 {
		return
	}
	other := map[toolchain.Compiler]toolchain.Compiler{toolchain.Clang: toolchain.GNU, toolchain.GNU: toolchain.Clang}[env.CC]
	if strings.Contains(filepath.Base(words[len(words)-1]), string(other)) {
		a.Screen().Warn("CC=%s on make's command line is not the compiler of the set, %s: --cc %s selects a set for it", line.Value("CC"), env.CC, other)
	}
}

// NoteVerdict says which options of a make that runs krustup do not hold for a build that krustup judges.
func NoteVerdict(a *App) {
	if _, dropped := gnumake.ForVerdict(os.Environ()); len(dropped) > 0 {
		a.Screen().Note("not passed on, because the result of this build is the answer: %s in MAKEFLAGS", strings.Join(dropped, ", "))
	}
}

// forTarget reports whether a CROSS_COMPILE names the architecture of a target: the first part of its triple is that
// of a target with the same SRCARCH.
func forTarget(prefix string, t targets.Target) bool {
	words := strings.Fields(prefix) // "ccache aarch64-linux-gnu-"
	if len(words) == 0 {
		return false
	}
	cpu, _, _ := strings.Cut(filepath.Base(words[len(words)-1]), "-")
	for _, other := range targets.All() {
		if other.SrcArch != t.SrcArch {
			continue
		}
		for _, triple := range append([]string{other.GNU, other.Debian, other.Crosstool, other.Clang, other.Name}, append(other.Rustc, other.Aliases...)...) {
			if first, _, _ := strings.Cut(triple, "-"); triple != "" && first == cpu {
				return true
			}
		}
	}
	return false
}
