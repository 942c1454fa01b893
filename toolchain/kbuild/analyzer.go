package kbuild

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/toolchain/install"
)

// RustProject is a rust-project.json, as `make rust-analyzer` writes it:
// https://rust-analyzer.github.io/book/non_cargo_based_projects.html
type RustProject struct {
	File       string   `json:"file"`                 // absolute
	Sysroot    string   `json:"sysroot"`              // of the rustc that it was written with
	Crates     int      `json:"crates"`               // their number
	Unbuilt    []string `json:"unbuilt,omitempty"`    // procedural macro crates whose library is not built yet
	Sourceless []string `json:"sourceless,omitempty"` // crates whose source is not where the file says
}

// ReadRustProject reads a rust-project.json and checks which of the files that it names are missing.
func ReadRustProject(file string) (RustProject, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return RustProject{}, fmt.Errorf("reading what make rust-analyzer wrote: %w", err)
	}
	var in struct {
		Sysroot string `json:"sysroot"`
		Crates  []struct {
			Name  string `json:"display_name"`
			Root  string `json:"root_module"`
			Macro string `json:"proc_macro_dylib_path"`
		} `json:"crates"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return RustProject{}, fmt.Errorf("%s: %w", file, err)
	}
	p := RustProject{File: file, Sysroot: in.Sysroot, Crates: len(in.Crates)}
	for _, c := range in.Crates {
		if c.Macro != "" && !isFile(p.path(c.Macro)) {
			p.Unbuilt = append(p.Unbuilt, c.Name)
		}
		if !isFile(p.path(c.Root)) {
			p.Sourceless = append(p.Sourceless, c.Name)
		}
	}
	return p, nil
}

// path returns the path for a name in the file; names are relative to the file.
func (p RustProject) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(p.File), name)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// AnalyzerSettings are the settings of rust-analyzer for a kernel and a set, by the names of its own documentation:
// https://rust-analyzer.github.io/book/configuration.html
type AnalyzerSettings struct {
	LinkedProjects []string         `json:"linkedProjects" toml:"linkedProjects"`
	CheckOnSave    bool             `json:"checkOnSave" toml:"checkOnSave"` // false: it would run cargo, which a kernel does not use
	Rustfmt        *AnalyzerRustfmt `json:"rustfmt,omitempty" toml:"rustfmt,omitempty"`
	ProcMacro      *AnalyzerMacros  `json:"procMacro,omitempty" toml:"procMacro,omitempty"`
}

// AnalyzerRustfmt is the program that formats its standard input.
type AnalyzerRustfmt struct {
	OverrideCommand []string `json:"overrideCommand" toml:"overrideCommand"`
}

// AnalyzerMacros is the program that runs procedural macros. It must belong to the rustc that built them.
type AnalyzerMacros struct {
	Server string `json:"server" toml:"server"`
}

// kernelEdition is the edition of the kernel's Rust code (rust_common_flags of the top Makefile).
const kernelEdition = "2021"

// Settings returns the settings for a project with a set. rust-analyzer finds rustc and rust-src by the project's
// sysroot.
func (p RustProject) Settings(e install.Environment) AnalyzerSettings {
	s := AnalyzerSettings{LinkedProjects: []string{p.File}}
	for _, v := range e.Kbuild {
		if v.Name == "RUSTFMT" {
			s.Rustfmt = &AnalyzerRustfmt{[]string{v.Value, "--edition", kernelEdition}}
		}
	}
	if server := filepath.Join(p.Sysroot, "libexec/rust-analyzer-proc-macro-srv"); isFile(server) {
		s.ProcMacro = &AnalyzerMacros{server}
	}
	return s
}
