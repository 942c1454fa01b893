package elf

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// image describes a minimal ELF file with everything that this package reads. It is encoded according to the System V
// gABI and the LSB's chapter on symbol versions. debug/elf can read it, but it cannot run.
type image struct {
	machine        elf.Machine // default: x86-64
	typ            elf.Type    // default: ET_DYN
	interp, soname string
	needed         []string
	rpath, runpath string
	needs          []VersionNeed
	weak           bool // the needed versions are weak
	defines        []string
	overlap        bool // two segments overlap
}

type section struct {
	name       string
	typ        elf.SectionType
	link, info uint32
	entsize    uint64
	data       []byte
	offset     uint64
}

// strtab is a string table. add returns the offset of the added string.
type strtab struct{ bytes.Buffer }

func (s *strtab) add(text string) uint32 {
	if s.Len() == 0 {
		s.WriteByte(0)
	}
	at := s.Len()
	s.WriteString(text)
	s.WriteByte(0)
	return uint32(at)
}

func put(w *bytes.Buffer, values ...any) {
	for _, v := range values {
		if err := binary.Write(w, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
}

// encode returns the content of the file.
func (m image) encode() []byte {
	if m.machine == elf.EM_NONE {
		m.machine = elf.EM_X86_64
	}
	if m.typ == elf.ET_NONE {
		m.typ = elf.ET_DYN
	}
	var str strtab
	str.add("")
	needs, defines := m.verneed(&str), m.verdef(&str)
	dynamic := m.dynamic(&str)
	sections := []section{
		{},
		{name: ".dynstr", typ: elf.SHT_STRTAB, data: str.Bytes()},
		{name: ".dynsym", typ: elf.SHT_DYNSYM, link: 1, entsize: elf.Sym64Size, data: make([]byte, elf.Sym64Size)},
		{name: ".gnu.version", typ: elf.SHT_GNU_VERSYM, link: 2, entsize: 2, data: make([]byte, 2)},
		{name: ".dynamic", typ: elf.SHT_DYNAMIC, link: 1, entsize: 16, data: dynamic},
		{name: ".interp", typ: elf.SHT_PROGBITS, data: append([]byte(m.interp), 0)},
	}
	if needs != nil {
		sections = append(sections, section{name: ".gnu.version_r", typ: elf.SHT_GNU_VERNEED, link: 1, info: uint32(len(m.needs)), data: needs})
	}
	if defines != nil {
		sections = append(sections, section{name: ".gnu.version_d", typ: elf.SHT_GNU_VERDEF, link: 1, info: uint32(len(m.defines)), data: defines})
	}
	return m.assemble(sections)
}

func (m image) dynamic(str *strtab) []byte {
	var w bytes.Buffer
	add := func(tag elf.DynTag, text string) { put(&w, int64(tag), uint64(str.add(text))) }
	for _, name := range m.needed {
		add(elf.DT_NEEDED, name)
	}
	for tag, text := range map[elf.DynTag]string{elf.DT_SONAME: m.soname, elf.DT_RPATH: m.rpath, elf.DT_RUNPATH: m.runpath} {
		if text != "" {
			add(tag, text)
		}
	}
	put(&w, int64(elf.DT_NULL), uint64(0))
	return w.Bytes()
}

func (m image) verneed(str *strtab) []byte {
	var w bytes.Buffer
	flags := uint16(0)
	if m.weak {
		flags = uint16(elf.VER_FLG_WEAK)
	}
	for i, n := range m.needs {
		next := uint32(16 + 16*len(n.Versions))
		if i == len(m.needs)-1 {
			next = 0
		}
		put(&w, uint16(1), uint16(len(n.Versions)), str.add(n.Library), uint32(16), next)
		for j, v := range n.Versions {
			next := uint32(16)
			if j == len(n.Versions)-1 {
				next = 0
			}
			put(&w, uint32(0), flags, uint16(2+j), str.add(v), next)
		}
	}
	return w.Bytes()
}

func (m image) verdef(str *strtab) []byte {
	var w bytes.Buffer
	for i, v := range m.defines {
		next := uint32(28)
		if i == len(m.defines)-1 {
			next = 0
		}
		put(&w, uint16(1), uint16(0), uint16(2+i), uint16(1), uint32(0), uint32(20), next, str.add(v), uint32(0))
	}
	return w.Bytes()
}

func (m image) assemble(sections []section) []byte {
	progs := 2
	if m.interp != "" {
		progs++
	}
	if m.overlap {
		progs++
	}
	body := bytes.NewBuffer(make([]byte, 64+56*progs))
	var names strtab
	names.add("")
	for i := range sections {
		sections[i].offset = uint64(body.Len())
		body.Write(sections[i].data)
		body.Write(make([]byte, -body.Len()&7))
	}
	var headers bytes.Buffer
	sections = append(sections, section{name: ".shstrtab", typ: elf.SHT_STRTAB, offset: uint64(body.Len())})
	for i := range sections {
		s := &sections[i]
		name := names.add(s.name)
		if s.name == ".shstrtab" {
			s.data = names.Bytes()
			body.Write(s.data)
			body.Write(make([]byte, -body.Len()&7))
		}
		put(&headers, name, uint32(s.typ), uint64(elf.SHF_ALLOC), s.offset, s.offset, uint64(len(s.data)), s.link, s.info, uint64(1), s.entsize)
	}
	at := uint64(body.Len())
	body.Write(headers.Bytes())

	var head bytes.Buffer
	put(&head, [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)})
	put(&head, uint16(m.typ), uint16(m.machine), uint32(1), uint64(0), uint64(64), at, uint32(0))
	put(&head, uint16(64), uint16(56), uint16(progs), uint16(64), uint16(len(sections)), uint16(len(sections)-1))
	prog := func(typ elf.ProgType, offset, size uint64) {
		put(&head, uint32(typ), uint32(elf.PF_R), offset, offset, offset, size, size, uint64(8))
	}
	prog(elf.PT_LOAD, 0, uint64(body.Len()))
	if m.overlap {
		prog(elf.PT_LOAD, 64, 64)
	}
	prog(elf.PT_DYNAMIC, sections[4].offset, uint64(len(sections[4].data)))
	if m.interp != "" {
		prog(elf.PT_INTERP, sections[5].offset, uint64(len(sections[5].data)))
	}
	file := body.Bytes()
	copy(file, head.Bytes())
	return file
}

// newTree writes a tree and returns its root. entries holds by path an image, a text, or "-> target" for a symbolic
// link.
func newTree(t testing.TB, entries map[string]any) string {
	t.Helper()
	root := t.TempDir()
	for name, what := range entries {
		at := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		switch what := what.(type) {
		case image:
			err = os.WriteFile(at, what.encode(), 0o755)
		case string:
			if target, ok := strings.CutPrefix(what, "-> "); ok {
				err = os.Symlink(target, at)
			} else {
				err = os.WriteFile(at, []byte(what), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const multiarch = "usr/lib/x86_64-linux-gnu/"

// debian returns a tree with the layout of Debian's LLVM packages: programs in a private directory, libraries in the
// machine's directory, and links to those in the private library directory.
func debian() map[string]any {
	return map[string]any{
		"usr/lib64/ld-linux-x86-64.so.2":    "-> ../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
		multiarch + "ld-linux-x86-64.so.2":  image{soname: "ld-linux-x86-64.so.2", defines: []string{"GLIBC_2.3"}},
		multiarch + "libc.so.6":             image{soname: "libc.so.6", interp: "/lib64/ld-linux-x86-64.so.2", needed: []string{"ld-linux-x86-64.so.2"}, defines: []string{"GLIBC_2.2.5", "GLIBC_2.38"}},
		multiarch + "libz.so.1.3":           image{soname: "libz.so.1", needed: []string{"libc.so.6"}},
		multiarch + "libz.so.1":             "-> libz.so.1.3",
		multiarch + "libclang-19.so.1":      image{soname: "libclang-19.so.1", needed: []string{"libz.so.1", "libc.so.6"}, runpath: "$ORIGIN/../lib"},
		"usr/lib/llvm-19/lib/libclang.so.1": "-> ../../x86_64-linux-gnu/libclang-19.so.1",
		"usr/lib/llvm-19/lib/libown.so":     image{soname: "libown.so", needed: []string{"libc.so.6"}},
		"usr/lib/llvm-19/bin/clang": image{
			interp: "/lib64/ld-linux-x86-64.so.2", needed: []string{"libclang.so.1", "libown.so", "libc.so.6"}, runpath: "$ORIGIN/../lib:/usr/local/lib",
			needs: []VersionNeed{{"libc.so.6", []string{"GLIBC_2.2.5", "GLIBC_2.38"}}},
		},
		"usr/bin/clang":                         "-> ../lib/llvm-19/bin/clang",
		"usr/bin/clang.sh":                      "#!/bin/sh\n",
		"usr/aarch64-linux-gnu/lib/libc.so.6":   image{machine: elf.EM_AARCH64, soname: "libc.so.6"},
		"usr/aarch64-linux-gnu/lib/libgcc_s.so": image{machine: elf.EM_AARCH64, soname: "libgcc_s.so.1", needed: []string{"libc.so.6"}},
		"usr/lib/crt1.o":                        image{typ: elf.ET_REL},
	}
}

// relocated returns the tree of debian as Relocate must leave it for /final.
func relocated() map[string]any {
	const interp = "/final/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"
	tree := debian()
	change := func(name, rpath string) {
		m := tree[name].(image)
		m.rpath, m.runpath = rpath, ""
		if m.interp != "" {
			m.interp = interp
		}
		tree[name] = m
	}
	change(multiarch+"libz.so.1.3", "$ORIGIN")
	change(multiarch+"libclang-19.so.1", "$ORIGIN:$ORIGIN/../../x86_64-linux-gnu")
	change("usr/lib/llvm-19/lib/libown.so", "$ORIGIN/../../x86_64-linux-gnu")
	change("usr/lib/llvm-19/bin/clang", "$ORIGIN/../lib:$ORIGIN/../../x86_64-linux-gnu")
	return tree
}
