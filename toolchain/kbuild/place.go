package kbuild

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/krustup/krustup/internal/gnumake"
	"github.com/krustup/krustup/targets"
)

// Place is where make builds a kernel.
type Place struct {
	Dir    string // the build directory, absolute; the tree itself without O= and KBUILD_OUTPUT
	Config string // the configuration in it, absolute
	From   string // the variable that names Dir: "O", "KBUILD_OUTPUT", "" if it is the tree
}

// ownOutput matches the line with which the Makefile of a build directory overrides a KBUILD_OUTPUT of the environment.
// Kbuild writes it since 6.13.
var ownOutput = regexp.MustCompile(`(?m)^export KBUILD_OUTPUT = `)

// Locate returns where make builds when it is started in tree, which is absolute, with the words and the environment
// that line has. The rules are those of the top Makefile: O= counts on the command line only, and precedes
// KBUILD_OUTPUT; both are relative to the directory that make works in, KCONFIG_CONFIG to the build directory.
func Locate(tree string, line gnumake.Line) Place {
	p := Place{Dir: line.Dir(tree)}
	if o, origin := line.Lookup("O"); origin == gnumake.CommandLine {
		p.From = "O"
		p.Dir = gnumake.Join(p.Dir, o)
	} else if o, origin := line.Lookup("KBUILD_OUTPUT"); o != "" && (origin == gnumake.CommandLine || !hasOwnOutput(p.Dir)) {
		p.From = "KBUILD_OUTPUT"
		p.Dir = gnumake.Join(p.Dir, o)
	}
	p.Config = filepath.Join(p.Dir, ".config")
	if config := line.Value("KCONFIG_CONFIG"); config != "" {
		p.Config = gnumake.Join(p.Dir, config)
	}
	return p
}

func hasOwnOutput(dir string) bool {
	data, err := readHead(filepath.Join(dir, "Makefile"))
	return err == nil && ownOutput.Match(data)
}

// readHead returns the first 64 KiB of a file, at most.
func readHead(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(bufio.NewReader(f), 64<<10))
}

// archTitle matches the title with which Kconfig begins a configuration. It has ARCH as make had it.
var archTitle = regexp.MustCompile(`(?m)^# Linux/([a-z0-9_]+) \S+ Kernel Configuration\s*$`)

// ConfigArch returns the ARCH that a configuration file was made for, "" if the file does not say or cannot be read.
func ConfigArch(ctx context.Context, path string) string {
	text, err := configText(ctx, path)
	if err != nil {
		return ""
	}
	if title := archTitle.FindSubmatch(text); title != nil {
		return string(title[1])
	}
	return ""
}

// ForArch reports whether a value of ARCH builds kernels for a target: it is the target's own, or the directory under
// arch/, which stands for all its variants (ARCH=x86).
func ForArch(t targets.Target, arch string) bool { return t.Arch == arch || t.SrcArch == arch }

// ArchTargets returns the targets that a value of ARCH can stand for, those with Rust if there are any. subarch is the
// SUBARCH of make's command line, which selects the variant of ARCH=um. If several are left, the configuration narrows
// them if it is one for this ARCH.
func ArchTargets(ctx context.Context, arch, subarch, config string) []targets.Target {
	found := slices.DeleteFunc(targets.All(), func(t targets.Target) bool { return !ForArch(t, arch) })
	if own := having(found, func(t targets.Target) bool { return t.Arch == arch }); len(own) > 0 {
		found = own
	}
	if arch == "um" {
		found = having(found, func(t targets.Target) bool { return t.Symbols["64BIT"] == (subarch != "i386") })
	}
	if rust := having(found, func(t targets.Target) bool { return !t.Since.IsZero() }); len(rust) > 0 {
		found = rust
	}
	if len(found) < 2 || ConfigArch(ctx, config) != arch {
		return found
	}
	values, err := ReadConfig(ctx, config)
	if err != nil {
		return found
	}
	fits := having(found, func(t targets.Target) bool { return symbolsFit(t, values) })
	if len(fits) == 0 {
		return found
	}
	return fits
}

func having(list []targets.Target, keep func(targets.Target) bool) []targets.Target {
	return slices.DeleteFunc(slices.Clone(list), func(t targets.Target) bool { return !keep(t) })
}
