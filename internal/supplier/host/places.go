package host

import (
	"os"
	"path/filepath"
	"slices"
)

// Places are the places that are searched for tools.
type Places struct {
	Path       []string `json:"path"`               // directories of programs, as in PATH
	Rust       []string `json:"rust,omitempty"`     // directories of Rust programs that are searched even if they are not on PATH
	LLVM       []string `json:"llvm,omitempty"`     // the same for LLVM programs
	Rustup     string   `json:"rustup,omitempty"`   // rustup's home directory, "" for none
	Libclang   string   `json:"libclang,omitempty"` // LIBCLANG_PATH: a libclang or its directory, "" for none
	RustLibSrc string   `json:"rust_src,omitempty"` // RUST_LIB_SRC: library/ of rust-src, for a rustc without one; "" for none
}

// The directories in which distributions put several versions of a toolchain side by side. The programs have no version
// in their names there.
var (
	rustPlaces = []string{
		"/usr/lib/rust-*/bin",  // Debian, Ubuntu
		"/usr/lib/rust/*/bin",  // Gentoo
		"/opt/rust-bin-*/bin",  // Gentoo, built by the Rust project
		"/usr/lib64/rust*/bin", // openSUSE
		"/usr/local/rust*/bin", // rust-installer with --prefix
		"/opt/rust*/bin",       // the same
	}
	llvmPlaces = []string{
		"/usr/lib/llvm-*/bin",     // Debian, Ubuntu
		"/usr/lib/llvm/*/bin",     // Gentoo
		"/usr/lib/llvm[0-9]*/bin", // Alpine, Arch
		"/usr/lib64/llvm*/bin",    // Fedora
		"/opt/llvm*/bin",          // kernel.org's tarballs
		"/usr/local/llvm*/bin",
		"/home/linuxbrew/.linuxbrew/opt/llvm*/bin",
	}
	// Profiles of Nix, for a krustup that a service started without them on PATH.
	nixPlaces = []string{"/run/current-system/sw/bin", "/nix/var/nix/profiles/default/bin"}
)

// thisMachine returns the places of this machine.
func thisMachine() Places {
	p := Places{Rustup: os.Getenv("RUSTUP_HOME"), Libclang: os.Getenv("LIBCLANG_PATH"), RustLibSrc: os.Getenv("RUST_LIB_SRC")}
	nix := slices.Clone(nixPlaces)
	if home, err := os.UserHomeDir(); err == nil {
		nix = append(nix, filepath.Join(home, ".nix-profile/bin"))
		if p.Rustup == "" {
			p.Rustup = filepath.Join(home, ".rustup")
		}
	}
	p.Path = distinct(slices.Concat(filepath.SplitList(os.Getenv("PATH")), nix))
	p.Rust, p.LLVM = distinct(expand(rustPlaces)), distinct(expand(llvmPlaces))
	return p
}

// expand returns the directories that match the patterns, in the order of the patterns.
func expand(patterns []string) []string {
	var list []string
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // the patterns are valid
		list = append(list, found...)
	}
	return list
}

// distinct resolves links and removes missing and duplicate directories: /bin is a link to /usr/bin on most machines.
// It removes relative ones too, because the current directory may be a tree that is not trusted.
func distinct(dirs []string) []string {
	var list []string
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil && filepath.IsAbs(real) && !slices.Contains(list, real) {
			list = append(list, real)
		}
	}
	return list
}
