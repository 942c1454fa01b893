package host

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/toolchain"
)

// llvmNames are the programs that Kbuild runs with LLVM=…
var llvmNames = []string{"clang", "clang++", "ld.lld", "llvm-ar", "llvm-nm", "llvm-objcopy", "llvm-objdump", "llvm-ranlib", "llvm-readelf", "llvm-strip"}

// llvm finds every clang, each once, with the other programs of its version.
func (p Places) llvm(ctx context.Context) []tool {
	var all []tool
	seen := map[string]bool{}
	for _, dir := range slices.Concat(p.LLVM, p.Path) {
		list, broken := find(dir, "clang")
		all = append(all, uselessIn(toolchain.LLVM, dir, broken)...)
		for _, f := range list {
			if seen[f.real] {
				continue
			}
			seen[f.real] = true
			all = append(all, llvmOf(ctx, f))
		}
	}
	return all
}

// llvmOf returns the tool of a clang.
func llvmOf(ctx context.Context, clang found) tool {
	label, v, err := versionOf(ctx, toolchain.LLVM, clang.path, "--version")
	if err != nil {
		return useless(toolchain.LLVM, clang.path, err)
	}
	own := filepath.Dir(clang.real)
	if !strings.Contains(filepath.Base(clang.real), "clang") {
		own = clang.dir // the link is to a wrapper such as ccache, which runs the clang that is next on PATH
	}
	t := tool{Component: toolchain.LLVM, Version: v, Where: own, Label: label, Programs: map[string]string{}, Paths: map[string]string{}}
	together := true
	for _, name := range llvmNames {
		path := ""
		switch {
		case own != clang.dir: // a version's own directory
			path = first(filepath.Join(own, name), filepath.Join(clang.dir, name+clang.suffix))
		default:
			path = first(filepath.Join(own, name+clang.suffix))
		}
		if path == "" {
			if name != "clang++" && t.Problem == "" {
				t.Problem = fmt.Sprintf("%s%s is missing in the directory of clang: install the distribution's lld and llvm of this version", name, clang.suffix)
			}
			continue
		}
		t.Programs[name] = path
		together = together && path == filepath.Join(own, name)
	}
	if why := otherLinker(ctx, t.Programs["ld.lld"], v); why != "" && t.Problem == "" {
		t.Problem = why
	}
	if together {
		t.Paths[toolchain.PathLLVMBin] = own // else the set has links with these names
	}
	if lib := libclangOf(own, v); lib != "" {
		t.Libclang, t.Paths[toolchain.PathLibclang] = v, lib
	}
	return t
}

// otherLinker returns why a linker cannot be used with a clang, or "". A linker whose version text is unknown can.
func otherLinker(ctx context.Context, linker string, clang version.Version) string {
	if linker == "" {
		return ""
	}
	out, err := ask(ctx, linker, nil, "--version")
	if err != nil {
		return err.Error()
	}
	_, v, err := toolchain.ParseLinkerText(out.stdout)
	if err == nil && v.Major() != clang.Major() {
		return fmt.Sprintf("%s is LLD %s, and clang is %s: install lld of this version", linker, v, clang)
	}
	return ""
}

// libclangDirs are the directories of libraries, relative to that of clang.
var libclangDirs = []string{"../lib", "../lib64", "../lib/*-linux-gnu*"}

// libclangOf returns the libclang of a clang in a directory, or "". A library whose name does not tell its version
// counts only if no other one is there.
func libclangOf(bin string, clang version.Version) string {
	var fits, unknown, others []string
	for _, dir := range expand(slices.Clone(joined(bin, libclangDirs))) {
		for _, lib := range libclangsIn(dir) {
			switch v, err := libclangVersion(lib); {
			case err != nil:
				unknown = append(unknown, lib)
			case v.Major() == clang.Major():
				fits = append(fits, lib)
			default:
				others = append(others, lib)
			}
		}
	}
	switch {
	case len(fits) > 0:
		return fits[0]
	case len(unknown) > 0 && len(others) == 0:
		return unknown[0]
	}
	return ""
}

func joined(dir string, rel []string) []string {
	var list []string
	for _, r := range rel {
		list = append(list, filepath.Join(dir, r))
	}
	return list
}

// The file of libclang has several names. Upstream: libclang.so, libclang.so.13, whose number is that of the interface,
// and libclang.so.19.1.7. Debian: libclang-19.so.1, libclang-19.so.19. Fedora and SUSE: libclang.so.19.1.
var libclangName = regexp.MustCompile(`^libclang(-([0-9]+(\.[0-9]+)*))?\.so(\.([0-9]+(\.[0-9]+)*))?$`)

// libclangsIn returns the paths of the libclangs in a directory that exist.
func libclangsIn(dir string) []string {
	entries, _ := os.ReadDir(dir)
	var list []string
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if _, err := os.Stat(path); err == nil && libclangName.MatchString(entry.Name()) {
			list = append(list, path)
		}
	}
	return list
}

// libclangVersion returns the version of a libclang, which only the name of its file tells.
func libclangVersion(path string) (version.Version, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return version.Version{}, err
	}
	for _, file := range []string{real, path} {
		name := libclangName.FindStringSubmatch(filepath.Base(file))
		if name == nil {
			continue
		}
		text := name[2]
		if strings.Contains(name[5], ".") && (text == "" || strings.HasPrefix(name[5], text+".")) {
			text = name[5]
		}
		if text != "" {
			return version.Parse(text)
		}
	}
	return version.Version{}, errors.New(path + " has no version in its name")
}
