package kbuild

import (
	"path/filepath"
	"testing"

	"github.com/krustup/krustup/internal/gnumake"
)

func TestLocate(t *testing.T) {
	tree, build := t.TempDir(), t.TempDir()
	writeFile(t, filepath.Join(tree, "Makefile"), "ifeq (\"$(origin O)\", \"command line\")\n  KBUILD_OUTPUT := $(O)\nendif\n")
	writeFile(t, filepath.Join(build, "Makefile"), "# Automatically generated\nexport KBUILD_OUTPUT = "+build+"\ninclude "+tree+"/Makefile\n")
	for _, test := range []struct {
		dir         string
		words, env  []string
		want        string // build directory
		from, named string
	}{
		{dir: tree, want: tree},
		{dir: tree, words: []string{"O=o"}, want: tree + "/o", from: "O"},
		{dir: tree, words: []string{"O=/x/y/"}, env: []string{"KBUILD_OUTPUT=/z"}, want: "/x/y", from: "O"},
		{dir: tree, words: []string{"O="}, env: []string{"KBUILD_OUTPUT=/z"}, want: tree, from: "O"},
		{dir: tree, env: []string{"O=/x"}, want: tree},
		{dir: tree, env: []string{"KBUILD_OUTPUT=z"}, want: tree + "/z", from: "KBUILD_OUTPUT"},
		{dir: tree, words: []string{"-C", "sub", "O=../o"}, want: tree + "/o", from: "O"},
		{dir: tree, env: []string{"KCONFIG_CONFIG=mine"}, want: tree, named: "mine"},
		{dir: tree, words: []string{"O=o", "KCONFIG_CONFIG=/etc/c"}, env: []string{"KCONFIG_CONFIG=mine"}, want: tree + "/o", from: "O", named: "/etc/c"},
		{dir: build, env: []string{"KBUILD_OUTPUT=/z"}, want: build},
		{dir: build, words: []string{"KBUILD_OUTPUT=/z"}, want: "/z", from: "KBUILD_OUTPUT"},
	} {
		p := Locate(test.dir, gnumake.Parse(test.words, test.env))
		if test.named == "" {
			test.named = ".config"
		}
		config := gnumake.Join(test.want, test.named)
		if p.Dir != test.want || p.Config != config || p.From != test.from {
			t.Errorf("%q %q: %+v, expected %s, %s from %q", test.words, test.env, p, test.want, config, test.from)
		}
	}
	if source := SourceTree(build); source != tree {
		t.Errorf("SourceTree returned %s, expected %s", source, tree)
	}
	if source := SourceTree(tree); source != tree {
		t.Errorf("SourceTree of a tree returned %s", source)
	}
}

func TestArchTargets(t *testing.T) {
	dir := t.TempDir()
	le := filepath.Join(dir, "le")
	writeFile(t, le, "#\n# Linux/powerpc 7.3.0 Kernel Configuration\n#\nCONFIG_PPC=y\nCONFIG_PPC64=y\nCONFIG_64BIT=y\nCONFIG_CPU_LITTLE_ENDIAN=y\n")
	for _, test := range []struct{ arch, subarch, config, want string }{
		{arch: "arm64", want: "arm64"},
		{arch: "x86", want: "x86_64"},
		{arch: "x86_64", want: "x86_64"},
		{arch: "i386", want: "i386"},
		{arch: "arm", want: "armv7"},
		{arch: "riscv", want: "riscv64"},
		{arch: "loongarch", want: "loongarch64"},
		{arch: "s390", want: "s390x"},
		{arch: "sparc64", want: "sparc64"},
		{arch: "parisc64", want: "parisc64"},
		{arch: "um", want: "um"},
		{arch: "um", subarch: "i386", want: "um-i386"},
		{arch: "powerpc", want: "ppc32 ppc64le"},
		{arch: "powerpc", config: le, want: "ppc64le"},
		{arch: "arm64", config: le, want: "arm64"},
		{arch: "sh64"},
		{arch: "aarch64"},
	} {
		got := ""
		for i, target := range ArchTargets(t.Context(), test.arch, test.subarch, test.config) {
			if i > 0 {
				got += " "
			}
			got += target.Name
		}
		if got != test.want {
			t.Errorf("ARCH=%s SUBARCH=%s: %q, expected %q", test.arch, test.subarch, got, test.want)
		}
	}
}

func TestGoals(t *testing.T) {
	tree := t.TempDir()
	writeFile(t, filepath.Join(tree, "Makefile"), "clean-targets := %clean mrproper\nno-dot-config-targets := $(clean-targets) \\\n\t\t\t help% kernelversion \\\n\t\t\t rustfmt\n"+
		"no-sync-config-targets := $(no-dot-config-targets) %install\n")
	for _, dir := range []string{tree, t.TempDir()} {
		for _, test := range []struct {
			goals          []string
			nothing, reads bool
		}{
			{goals: nil, reads: true},
			{goals: []string{"modules_install"}, nothing: true},
			{goals: []string{"mrproper", "distclean"}, nothing: true},
			{goals: []string{"kernelversion"}, nothing: true},
			{goals: []string{"clean", "all"}, reads: true},
			{goals: []string{"rustfmt"}, reads: true},
			{goals: []string{"rustavailable"}, reads: true},
			{goals: []string{"defconfig"}},
			{goals: []string{"i386_defconfig", "all"}},
			{goals: []string{"olddefconfig"}, reads: true},
		} {
			if got := CompilesNothing(dir, test.goals); got != test.nothing {
				t.Errorf("CompilesNothing(%q) is %v", test.goals, got)
			}
			if got := ReadsConfig(dir, test.goals); got != test.reads {
				t.Errorf("ReadsConfig(%q) is %v", test.goals, got)
			}
		}
	}
}
