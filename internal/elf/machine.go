package elf

import (
	"debug/elf"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// abi holds where one machine's GNU/Linux ABI puts its loader and libraries, according to
// https://wiki.debian.org/Multiarch/Tuples and the machine's ABI supplement.
type abi struct {
	multiarch string
	loader    string   // file name of the loader
	loaders   []string // paths of the loader in a Debian tree, merged-/usr first
}

func abiOf(machine elf.Machine) (abi, error) {
	var a abi
	switch machine {
	case elf.EM_X86_64:
		a = abi{multiarch: "x86_64-linux-gnu", loader: "ld-linux-x86-64.so.2"}
	case elf.EM_AARCH64:
		a = abi{multiarch: "aarch64-linux-gnu", loader: "ld-linux-aarch64.so.1"}
	default:
		return abi{}, fmt.Errorf("no loader known for machine %v: expected %v or %v", machine, elf.EM_X86_64, elf.EM_AARCH64)
	}
	for _, dir := range []string{"usr/lib64", "usr/lib/" + a.multiarch, "usr/lib", "lib64", "lib/" + a.multiarch, "lib"} {
		a.loaders = append(a.loaders, path.Join(dir, a.loader))
	}
	return a, nil
}

// libraryDirs returns the directories, relative to the root, that the loader of a Debian system searches by default.
func (a abi) libraryDirs() []string {
	return []string{"usr/lib/" + a.multiarch, "lib/" + a.multiarch, "usr/lib64", "lib64", "usr/lib", "lib"}
}

// MachineOf returns the ELF machine of a host, by the kernel's name for it (uname -m): x86_64 or aarch64. Any other is
// an error.
func MachineOf(host string) (elf.Machine, error) {
	switch host {
	case "x86_64":
		return elf.EM_X86_64, nil
	case "aarch64":
		return elf.EM_AARCH64, nil
	}
	return elf.EM_NONE, fmt.Errorf("unknown host %q: expected x86_64 or aarch64", host)
}

// NoLoaderError reports that a tree has no loader, so that its programs cannot start.
type NoLoaderError struct {
	Root   string
	Loader string // file name of the missing loader
}

func (e *NoLoaderError) Error() string {
	return fmt.Sprintf("%s: no %s in the tree, which needs its own libc6", e.Root, e.Loader)
}

// LoaderArgv returns the argument vector that runs a program of a tree through the tree's loader. program is relative
// to root. This works wherever the tree is, and before it is relocated. It does not work for compilers: clang starts
// itself again through /proc/self/exe, which is then the loader. The error is a *NoLoaderError if the tree has no
// loader.
func LoaderArgv(root string, machine elf.Machine, program string) ([]string, error) {
	a, err := abiOf(machine)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	if strings.ContainsAny(root, ":;") {
		return nil, fmt.Errorf("%s: a library path cannot contain %q or %q", root, ":", ";")
	}
	program = filepath.Join(root, program)
	if _, err := os.Stat(program); err != nil {
		return nil, err
	}
	var dirs []string
	for _, dir := range a.libraryDirs() {
		if info, err := os.Stat(filepath.Join(root, dir)); err == nil && info.IsDir() {
			dirs = append(dirs, filepath.Join(root, dir))
		}
	}
	for _, name := range a.loaders {
		// The resolved path, not the link itself: an absolute link would lead to the host's loader.
		loader, err := filepath.EvalSymlinks(filepath.Join(root, name))
		if err == nil && strings.HasSuffix(loader, a.loader) {
			return []string{loader, "--inhibit-cache", "--library-path", strings.Join(dirs, ":"), program}, nil
		}
	}
	return nil, &NoLoaderError{Root: root, Loader: a.loader}
}
