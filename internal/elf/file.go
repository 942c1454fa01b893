// Package elf answers two questions about a tree of Linux programs that was unpacked somewhere other than "/": which
// shared libraries do its files need, and what must be written into them so that they find those in the tree.
//
// A File is one ELF file of the tree. A native file is one for the host's machine, the one that the kernel can start
// here; all others (the target libraries of a cross compiler) are never changed. The loader is the tree's own ld-linux:
// every native program names it as its interpreter by the absolute path at which the tree will stand, and every native
// file has a run-path of directories relative to $ORIGIN.
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

// File is what the loader would read of one ELF file. Relocatable objects (.o, .ko) have the header's fields alone.
type File struct {
	Path    string // relative to the tree's root, with slashes
	Class   elf.Class
	Machine elf.Machine
	Type    elf.Type
	Interp  string   // PT_INTERP, "" for libraries and static programs
	Dynamic bool     // it has a dynamic section
	Soname  string   // DT_SONAME
	Needed  []string // DT_NEEDED, in order
	RPath   []string // DT_RPATH, split at the colons
	RunPath []string // DT_RUNPATH, split at the colons; with it the loader ignores RPath
	Needs   []VersionNeed
	Defines []string // symbol versions that it defines: GLIBC_2.38

	overlap string // two loadable segments that share memory, "" in a sound file
}

// VersionNeed lists the symbol versions that a file must find in one library; those marked weak are left out, as the
// loader only warns about them.
type VersionNeed struct {
	Library  string // as in Needed
	Versions []string
}

// searchPath gives the directories that the loader would try for what the file needs, as they are written.
func (f *File) searchPath() []string {
	if len(f.RunPath) > 0 {
		return f.RunPath
	}
	return f.RPath
}

// loadable reports whether the file is a program or a shared library, static ones included.
func (f *File) loadable() bool { return f.Type == elf.ET_EXEC || f.Type == elf.ET_DYN }

// untouchable reports whether the file is the loader or the libc. Both start before any run-path counts, they hold
// offsets into themselves that patchelf does not know of, and all they need is one another, loaded already.
func (f *File) untouchable() bool {
	return f.Soname == "libc.so.6" || strings.HasPrefix(f.Soname, "ld-linux")
}

// errNotELF is inside the package only: most files of a tree are not ELF.
var errNotELF = errors.New("not an ELF file")

// readFile reads one regular file, and no more than its magic if that is not ELF's.
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

// overlap finds segments that would be mapped over one another. No linker makes such a file. patchelf 0.18 does when it
// moves an interpreter and a dynamic section of a program with a fixed address, and the program crashes at its start.
func overlap(progs []*elf.Prog) string {
	const page = 4096 // the smallest: segments that share a larger one are the kernel's own concern
	var end uint64
	for _, p := range progs { // the ELF specification has PT_LOAD entries ascending by address
		if p.Type != elf.PT_LOAD {
			continue
		}
		if start := p.Vaddr &^ (page - 1); start < end {
			return fmt.Sprintf("the segment at %#x begins before %#x, where the one before it ends", p.Vaddr, end)
		}
		end = (p.Vaddr + p.Memsz + page - 1) &^ (page - 1)
	}
	return ""
}

func (f *File) readDynamic(in *elf.File) error {
	for _, p := range in.Progs {
		// A file of detached debugging symbols keeps the program header and not the bytes.
		if p.Type == elf.PT_INTERP && p.Filesz > 0 && p.Filesz < 1<<16 {
			text := make([]byte, p.Filesz)
			if _, err := p.ReadAt(text, 0); err != nil {
				return fmt.Errorf("reading its interpreter: %w", err)
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
