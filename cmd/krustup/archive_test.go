package main

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/binary"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"

	"github.com/krustup/krustup/internal/mirrortest"
	"github.com/krustup/krustup/manifests"
)

// debianNames returns the names that Debian packages use for arch, an architecture of Go.
func debianNames(tb testing.TB, arch string) manifests.DebianHost {
	tb.Helper()
	manifest, err := manifests.DebianSupplier()
	if err != nil {
		tb.Fatal(err)
	}
	for _, h := range manifest.Hosts {
		if h.Arch == arch {
			return h
		}
	}
	tb.Fatalf("no Debian packages for %s", arch)
	return manifests.DebianHost{}
}

// newArchive creates a Debian archive that resembles trixie and its backports. Its tools are scripts that print their
// name and version, so that tests can see which one ran. Relocation of real programs is tested by `make e2e`.
func newArchive(tb testing.TB) *mirrortest.Debian {
	tb.Helper()
	return newArchiveOf(tb, runtime.GOARCH)
}

// newArchiveOf is newArchive with packages for another architecture.
func newArchiveOf(tb testing.TB, arch string) *mirrortest.Debian {
	tb.Helper()
	a := mirrortest.NewDebian(tb)
	b := builder{tb: tb, host: debianNames(tb, arch)}
	for _, name := range []string{"trixie-updates", "trixie-security", "sid", "experimental"} {
		a.Suite(name)
	}
	a.Suite("trixie").Add(b.libc())
	a.Suite("trixie").Add(b.rust("1.85.1", "1.85.1+dfsg1-1", "19")...)
	a.Suite("trixie").Add(b.llvm("19", "1:19.1.7-3")...)
	a.Suite("trixie").Add(b.llvm("22", "1:22.1.8-1~deb13u4")...)
	a.Suite("trixie").Add(b.gcc("14", "14.2.0-19cross1", "aarch64-linux-gnu")...)
	a.Suite("trixie").Add(b.bindgen("0.71.1", "0.71.1-6"), b.tools("pahole", "pahole", "1.30-1", nil), b.tools("patchelf", "patchelf", "0.18.0-1.4", nil))
	a.Suite("trixie").Add(b.needingRustc("cargo", "cargo", "1.85.1+dfsg1-1"), b.needingRustc("qemu", "qemu-user", "1:10.0.2+ds-1"))
	a.Suite("trixie-backports").Add(b.needingRustc("cargo", "cargo", "1.96.1+dfsg1-2~bpo13+1"))
	a.Suite("trixie-backports").Add(b.rust("1.96.1", "1.96.1+dfsg1-2~bpo13+1", "19")...)
	a.Suite("trixie-backports").Add(b.linux("7.2", "7.2.1-1~bpo13+1"))
	a.Suite("sid").Add(b.bindgen("0.72.1", "0.72.1-1+b3"))
	a.Publish()
	return a
}

// builder creates packages with the files that manifests/suppliers/debian.toml expects.
type builder struct {
	tb   testing.TB
	host manifests.DebianHost
}

func (b builder) component(name string) manifests.DebianComponent {
	b.tb.Helper()
	manifest, err := manifests.DebianSupplier()
	if err != nil {
		b.tb.Fatal(err)
	}
	for _, c := range manifest.Components {
		if c.Name == name {
			return c
		}
	}
	b.tb.Fatalf("no component %s", name)
	return manifests.DebianComponent{}
}

// tools returns a package with all tools of a component at their paths.
func (b builder) tools(component, name, version string, fill map[string]string) mirrortest.Deb {
	replacements := []string{"{multiarch}", b.host.Multiarch}
	for key, value := range fill {
		replacements = append(replacements, "{"+key+"}", value)
	}
	expand := strings.NewReplacer(replacements...).Replace
	c := b.component(component)
	deb := mirrortest.Deb{Name: name, Version: version, Arch: b.host.Arch, Depends: "libc6 (>= 2.38)"}
	links := map[string]bool{}
	for link := range c.Links {
		links[expand(link)] = true
	}
	for tool, at := range c.Tools {
		at = expand(at)
		if target, ok := c.Links[c.Tools[tool]]; ok {
			at = path.Join(path.Dir(at), expand(target)) // krustup creates the link itself
		}
		deb.Files = append(deb.Files, mirrortest.Program(at, []byte(script(expand(tool), version))))
	}
	return deb
}

// script returns a tool that prints its name and version, or writes the file named by -o.
func script(tool, version string) string {
	_, version, _ = strings.Cut(":"+version, ":")
	if i := strings.LastIndex(version, ":"); i >= 0 {
		version = version[i+1:]
	}
	upstream, _, _ := strings.Cut(version, "-")
	upstream, _, _ = strings.Cut(upstream, "+")
	if tool == "rustc" {
		upstream += " (built from a source tarball)" // as Debian's rustc prints
	}
	return "#!/bin/sh\n" +
		"while [ $# -gt 1 ]; do\n\tif [ \"$1\" = -o ]; then echo made by " + tool + " >\"$2\"; exit; fi\n\tshift\ndone\n" +
		"echo '" + tool + " " + upstream + "'\n"
}

// libc returns the minimum that relocation needs: a package with an ELF file that has the loader's name.
func (b builder) libc() mirrortest.Deb {
	machine, name := elf.EM_X86_64, "ld-linux-x86-64.so.2"
	if b.host.Arch == "arm64" {
		machine, name = elf.EM_AARCH64, "ld-linux-aarch64.so.1"
	}
	return mirrortest.Deb{
		Name: "libc6", Version: "2.41-12", Arch: b.host.Arch,
		Files: []mirrortest.File{mirrortest.Program("usr/lib/"+b.host.Multiarch+"/"+name, library(b.tb, machine))},
	}
}

// library returns a minimal ELF shared library: a header, an empty dynamic section and its string table.
func library(tb testing.TB, machine elf.Machine) []byte {
	tb.Helper()
	const header, section = 64, 64
	file := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(machine), Version: uint32(elf.EV_CURRENT),
		Shoff: header + 24, Ehsize: header, Shentsize: section, Shnum: 3, Shstrndx: 2,
	}
	var out bytes.Buffer
	for _, part := range []any{
		file,
		elf.Dyn64{},
		[8]byte{}, // DT_NULL ends the dynamic section; the string table is one zero
		elf.Section64{},
		elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Off: header, Size: 16, Link: 2, Entsize: 16},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: header + 16, Size: 1},
	} {
		if err := binary.Write(&out, binary.LittleEndian, part); err != nil {
			tb.Fatal(err)
		}
	}
	return out.Bytes()
}

func (b builder) rust(version, label, llvm string) []mirrortest.Deb {
	source := "usr/src/rustc-" + version
	rustc := b.tools("rust", "rustc", label, nil)
	rustc.Files = append(rustc.Files, mirrortest.Program("usr/libexec/rust-analyzer-proc-macro-srv", []byte("#!/bin/sh\n")))
	rustc.Depends += ", libstd-rust-dev (= " + label + "), libllvm" + llvm + ", gcc, libc-dev"
	plain := func(name, arch string, files ...mirrortest.File) mirrortest.Deb {
		return mirrortest.Deb{Name: name, Version: label, Source: "rustc", Arch: arch, Files: files}
	}
	return []mirrortest.Deb{
		rustc,
		plain("libstd-rust-dev", b.host.Arch, mirrortest.Text("usr/lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd.rlib", "std")),
		plain("rustfmt", b.host.Arch), plain("rust-clippy", b.host.Arch),
		plain("rust-src", "all",
			mirrortest.Text(source+"/library/core/src/lib.rs", "#![no_core]"),
			mirrortest.Text(source+"/compiler/rustc/src/main.rs", "not kept"),
			mirrortest.Link("usr/lib/rustlib/src/rust", "/"+source)),
	}
}

func (b builder) llvm(major, version string) []mirrortest.Deb {
	fill := map[string]string{"major": major, "t64": ""}
	source := "llvm-toolchain-" + major
	clang := b.tools("llvm", "clang-"+major, version, fill)
	clang.Source = source
	clang.Depends += ", libllvm" + major + " (= " + version + "), libclang-common-" + major + "-dev"
	plain := func(name string, files ...mirrortest.File) mirrortest.Deb {
		return mirrortest.Deb{Name: name, Version: version, Source: source, Arch: b.host.Arch, Depends: "libc6 (>= 2.38)", Files: files}
	}
	libclang := strings.NewReplacer("{major}", major, "{t64}", "").Replace(b.component("bindgen").Paths["libclang"])
	return []mirrortest.Deb{
		clang, plain("lld-" + major), plain("llvm-" + major),
		plain("libllvm"+major, mirrortest.Text("usr/lib/"+b.host.Multiarch+"/libLLVM.so."+major, "not an ELF file")),
		plain("libclang1-"+major, mirrortest.Text(libclang, "not an ELF file")),
		plain("libclang-common-"+major+"-dev", mirrortest.Text("usr/lib/llvm-"+major+"/lib/clang/"+major+"/include/stddef.h", "/* */")),
	}
}

func (b builder) gcc(major, version, triple string) []mirrortest.Deb {
	fill := map[string]string{"major": major, "gnu": triple, "triple": strings.ReplaceAll(triple, "_", "-")}
	gcc := b.tools("gcc", "gcc-"+major+"-"+triple, version, fill)
	gcc.Depends += ", binutils-" + triple
	return []mirrortest.Deb{gcc, {Name: "binutils-" + triple, Version: "2.44-3", Arch: b.host.Arch, Depends: "libc6"}}
}

func (b builder) bindgen(version, label string) mirrortest.Deb {
	deb := b.tools("bindgen", "bindgen", label, nil)
	deb.Source = "rust-bindgen-cli"
	deb.Depends += ", libclang-dev"
	return deb
}

// needingRustc returns a package of a component that depends on the main package of another one, as Debian's cargo does.
func (b builder) needingRustc(component, name, label string) mirrortest.Deb {
	deb := b.tools(component, name, label, nil)
	deb.Depends += ", rustc"
	return deb
}

// linux returns a kernel source package that contains testdata/tree.
func (b builder) linux(series, version string) mirrortest.Deb {
	name := "linux-source-" + series
	return mirrortest.Deb{Name: name, Version: version, Source: "linux", Arch: "all", Depends: "xz-utils", Files: []mirrortest.File{
		{Path: "usr/src/" + name + ".tar.xz", Content: tarballOf(b.tb, "testdata/tree", name)},
	}}
}

// tarballOf returns a .tar.xz of the files in dir, below the directory top.
func tarballOf(tb testing.TB, dir, top string) []byte {
	tb.Helper()
	var out bytes.Buffer
	compressed, err := xz.WriterConfig{DictCap: 1 << 18}.NewWriter(&out)
	if err != nil {
		tb.Fatal(err)
	}
	w := tar.NewWriter(compressed)
	err = filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if err := w.WriteHeader(&tar.Header{Name: path.Join(top, filepath.ToSlash(rel)), Mode: 0o644, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	if err := compressed.Close(); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}
