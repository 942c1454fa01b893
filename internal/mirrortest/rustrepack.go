package mirrortest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// RepackRust creates the packages of a release from a toolchain that rustup installed in sysroot. rustup's manifest of
// each component lists the files of that component's tarball. rust-src, which rustup installs only on request, is
// created from library, a directory with the source of std.
func RepackRust(version, sysroot, host, library string) ([]RustPackage, error) {
	packages := []RustPackage{}
	r := RustRelease{Version: version}
	for _, name := range []string{"rustc", "rust-std", "rustfmt-preview", "clippy-preview", "cargo"} {
		p := RustPackage{Name: name, Target: host}
		manifest, err := os.ReadFile(filepath.Join(sysroot, "lib/rustlib", "manifest-"+name+"-"+host))
		if err != nil {
			return nil, fmt.Errorf("repacking %s: %w", name, err)
		}
		for line := range strings.Lines(string(manifest)) {
			rel, ok := strings.CutPrefix(strings.TrimSpace(line), "file:")
			if !ok {
				return nil, fmt.Errorf("repacking %s: line %q, expected file:PATH", name, line)
			}
			f, err := readFile(filepath.Join(sysroot, rel), rel)
			if err != nil {
				return nil, fmt.Errorf("repacking %s: %w", name, err)
			}
			p.Files = append(p.Files, f)
		}
		if err := p.pack(r); err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
	source := RustPackage{Name: "rust-src", Target: "*"}
	err := filepath.WalkDir(library, func(at string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(library, at)
		if err != nil {
			return err
		}
		f, err := readFile(at, path.Join("lib/rustlib/src/rust/library", filepath.ToSlash(rel)))
		source.Files = append(source.Files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("repacking rust-src: %w", err)
	}
	if err := source.pack(r); err != nil {
		return nil, err
	}
	return append(packages, source), nil
}

func readFile(at, rel string) (File, error) {
	info, err := os.Stat(at) // follows links, because tarballs of rust-installer have hardly any
	if err != nil {
		return File{}, err
	}
	content, err := os.ReadFile(at)
	return File{Path: rel, Content: content, Mode: info.Mode().Perm()}, err
}

// pack compresses a large package with the machine's xz, which is many times as fast as the library, and drops its
// files.
func (p *RustPackage) pack(r RustRelease) error {
	data, err := tarball(r.file(*p)+"/", p.tree(r.Version))
	if err != nil {
		return fmt.Errorf("package %s: %w", p.Name, err)
	}
	p.Packed = map[string][]byte{}
	var gz bytes.Buffer
	w, err := gzip.NewWriterLevel(&gz, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	cmd := exec.Command("xz", "-0", "-T0", "-c")
	cmd.Stdin = bytes.NewReader(data)
	xz, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("package %s: xz: %w", p.Name, err)
	}
	p.Packed["gz"], p.Packed["xz"] = gz.Bytes(), xz
	p.Files = nil
	return nil
}
