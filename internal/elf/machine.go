package elf

import (
	"debug/elf"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// abi is where one machine's GNU/Linux ABI puts its loader and libraries: https://wiki.debian.org/Multiarch/Tuples and
// the ABI supplements of the machines.
type abi struct {
	multiarch string
	loader    string   // file name of the loader
	loaders   []string // where a Debian tree may have it, merged-/usr first
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

// libraryDirs gives the directories, relative to the root, that the loader of a Debian system searches by itself.
func (a abi) libraryDirs() []string {
	return []string{"usr/lib/" + a.multiarch, "lib/" + a.multiarch, "usr/lib64", "lib64", "usr/lib", "lib"}
}

// MachineOf gives the ELF machine of a host by the kernel's name for it (uname -m).
func MachineOf(host string) (elf.Machine, error) {
	switch host {
	case "x86_64":
		return elf.EM_X86_64, nil
	case "aarch64":
		return elf.EM_AARCH64, nil
	}
	return elf.EM_NONE, fmt.Errorf("unknown host %q: expected x86_64 or aarch64", host)
}

// NoLoaderError says that a tree has no loader, so that none of its programs can start.
type NoLoaderError struct {
	Root   string
	Loader string // the file name that was looked for
}

func (e *NoLoaderError) Error() string {
	return fmt.Sprintf("%s: no %s in it: a tree needs its own libc6", e.Root, e.Loader)
}

// LoaderArgv gives the argument vector that runs a program of a tree by calling the tree's loader, which works wherever
// the tree stands and before it is relocated. It is not a way to run a compiler: clang starts itself again by
// /proc/self/exe, which then is the loader. program is relative to root.
func LoaderArgv(root string, machine elf.Machine, program string) ([]string, error) {
	a, err := abiOf(machine)
	if err != nil {
		return nil, err
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	if strings.ContainsAny(root, ":;") {
		return nil, fmt.Errorf("%s: a library path cannot hold %q or %q", root, ":", ";")
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
		// Not the link itself: an absolute one would lead to the host's loader.
		loader, err := filepath.EvalSymlinks(filepath.Join(root, name))
		if err == nil && strings.HasSuffix(loader, a.loader) {
			return []string{loader, "--inhibit-cache", "--library-path", strings.Join(dirs, ":"), program}, nil
		}
	}
	return nil, &NoLoaderError{Root: root, Loader: a.loader}
}
