// Package elf makes a tree of Linux programs that was unpacked somewhere other than "/" run from there. It finds out
// which shared libraries the files of the tree need, and sets interpreters and run-paths so that they are found in the
// tree.
//
// A File is one ELF file of the tree. A native file is one for the host's machine. All others (the target libraries of
// a cross compiler) are never changed. The loader is the tree's own ld-linux. Every native program has it as its
// interpreter, by the absolute path at which the tree will be, and every native file has a run-path of directories
// relative to $ORIGIN.
//
// Invariant: after Relocate, a tree for which Check finds no problem needs no library from outside itself.
package elf

import (
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// File holds what the loader reads from one ELF file. For relocatable objects (.o, .ko) only the fields from the header
// are set.
type File struct {
	Path    string // relative to the tree's root, with slashes
	Class   elf.Class
	Machine elf.Machine
	Type    elf.Type
	Interp  string   // PT_INTERP, "" for libraries and static programs
	Dynamic bool     // has a dynamic section
	Soname  string   // DT_SONAME
	Needed  []string // DT_NEEDED, in order
	RPath   []string // DT_RPATH, split at the colons
	RunPath []string // DT_RUNPATH, split at the colons; if it is set the loader ignores RPath
	Needs   []VersionNeed
	Defines []string // symbol versions that it defines, sorted: GLIBC_2.38

	overlap string // describes two loadable segments that share memory, "" in a valid file
}

// VersionNeed lists the symbol versions that a file needs from one library. Weak ones are left out, because the loader
// only warns if they are missing.
type VersionNeed struct {
	Library  string // as in Needed
	Versions []string
}

// searchPath returns the run-path that the loader uses for the file's libraries, as written in the file.
func (f *File) searchPath() []string {
	if len(f.RunPath) > 0 {
		return f.RunPath
	}
	return f.RPath
}

// loadable reports whether the file is a program or a shared library, static ones included.
func (f *File) loadable() bool { return f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN }

// untouchable reports whether the file is the loader or the libc, which must not be patched. Both contain offsets into
// themselves that patchelf does not update. They need no run-path, because they need only each other and are loaded
// before any run-path is used.
func (f *File) untouchable() bool {
	return f.Soname == "libc.so.6" || strings.HasPrefix(f.Soname, "ld-linux")
}

// errNotELF does not leave the package: most files of a tree are not ELF files.
var errNotELF = errors.New("not an ELF file")

// readFile reads one regular file. If it does not have the ELF magic, it reads no further and returns errNotELF.
func readFile(name string) (File, error) {
	r, err := os.Open(name)
	if err != nil {
		return File{}, err
	}
	defer r.Close()
	var magic [4]byte
	if _, err := io.ReadFull(r, magic[:]); err != nil || string(magic[:]) != elf.ELFMAG {
		if err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = errNotELF
		}
		return File{}, err
	}
	in, err := elf.NewFile(r)
	if err != nil {
		return File{}, err
	}
	f := File{Class: in.Class, Machine: in.Machine, Type: in.Type}
	if !f.loadable() {
		return f, nil
	}
	f.overlap = overlap(in.Progs)
	return f, f.readDynamic(in)
}

// overlap describes segments that would be mapped over one another, or returns "". No linker creates such a file.
// patchelf 0.18 does if it moves both the interpreter and the dynamic section of a program with a fixed address. The
// program then crashes at its start.
func overlap(progs []*elf.Prog) string {
	const page = 4096 // the smallest page size; the kernel handles segments that share a larger page
	var end uint64
	for _, p := range progs { // the ELF specification requires PT_LOAD entries in ascending order of address
		if p.Type != elf.PT_LOAD {
			continue
		}
		if start := p.Vaddr &^ (page - 1); start < end {
			return fmt.Sprintf("the segment at %#x starts before %#x, where the previous one ends", p.Vaddr, end)
		}
		end = (p.Vaddr + p.Memsz + page - 1) &^ (page - 1)
	}
	return ""
}

func (f *File) readDynamic(in *elf.File) error {
	for _, p := range in.Progs {
		// A file of detached debugging symbols has the program header, but not the bytes.
		if p.Type == elf.PT_INTERP && p.Filesz > 0 && p.Filesz < 1<<16 {
			text := make([]byte, p.Filesz)
			if _, err := p.ReadAt(text, 0); err != nil {
				return fmt.Errorf("reading the interpreter: %w", err)
			}
			f.Interp = strings.TrimRight(string(text), "\x00")
		}
	}
	if in.SectionByType(elf.SHT_DYNAMIC) == nil {
		return nil
	}
	f.Dynamic = true
	for tag, into := range map[elf.DynTag]*[]string{elf.DT_NEEDED: &f.Needed, elf.DT_RPATH: &f.RPath, elf.DT_RUNPATH: &f.RunPath} {
		texts, err := in.DynString(tag)
		if err != nil {
			return fmt.Errorf("reading %v: %w", tag, err)
		}
		if tag == elf.DT_NEEDED {
			*into = texts
			continue
		}
		for _, text := range texts {
			*into = append(*into, strings.FieldsFunc(text, func(r rune) bool { return r == ':' })...)
		}
	}
	soname, err := in.DynString(elf.DT_SONAME)
	if err != nil {
		return fmt.Errorf("reading DT_SONAME: %w", err)
	}
	if len(soname) > 0 {
		f.Soname = soname[0]
	}
	return f.readVersions(in)
}

func (f *File) readVersions(in *elf.File) error {
	if in.SectionByType(elf.SHT_GNU_VERNEED) != nil {
		needs, err := in.DynamicVersionNeeds()
		if err != nil {
			return fmt.Errorf("reading the symbol versions that it needs: %w", err)
		}
		for _, n := range needs {
			need := VersionNeed{Library: n.Name}
			for _, dep := range n.Needs {
				if dep.Flags&elf.VER_FLG_WEAK == 0 {
					need.Versions = append(need.Versions, dep.Dep)
				}
			}
			f.Needs = append(f.Needs, need)
		}
	}
	if in.SectionByType(elf.SHT_GNU_VERDEF) != nil {
		defines, err := in.DynamicVersions()
		if err != nil {
			return fmt.Errorf("reading the symbol versions that it defines: %w", err)
		}
		for _, d := range defines {
			f.Defines = append(f.Defines, d.Name)
		}
		slices.Sort(f.Defines)
	}
	return nil
}
