package manifests

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"time"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// RustLang is suppliers/rust-lang.toml: where the Rust project publishes, the keys that are trusted, the packages of a
// channel that each component consists of, and the stable releases.
type RustLang struct {
	Base       string          `toml:"base"`   // URL of the channels, used when no mirror is configured
	Crates     string          `toml:"crates"` // the same, for crates
	GitHub     string          `toml:"github"` // the same, for binaries of releases
	Keys       []SupplierKey   `toml:"key"`
	Hosts      []RustHost      `toml:"host"`
	Components []RustComponent `toml:"component"`
	Backends   []RustBackend   `toml:"backend"`
	Unpack     struct {
		Drop []string `toml:"drop"` // path patterns that are never unpacked
	} `toml:"unpack"`
	Binaries []RustBinary  `toml:"binary"`
	Programs []RustCrate   `toml:"crate"`
	Releases []RustRelease `toml:"release"` // newest first
}

// RustBinary is a program that its own project publishes as a tarball for one machine.
type RustBinary struct {
	Component string            `toml:"component"`
	Version   version.Version   `toml:"version"`
	Machine   string            `toml:"machine"` // as uname -m prints it
	Path      string            `toml:"path"`    // below GitHub
	Digest    trust.Digest      `toml:"sha256"`
	Once      string            `toml:"once"` // where the digest was found, if that is one place only
	Strip     int               `toml:"strip"`
	Keep      []string          `toml:"keep"` // path patterns of the files to unpack
	Tools     map[string]string `toml:"tools"`
}

// RustCrate is a program that is built from a crate and from the crates that its Cargo.lock names.
type RustCrate struct {
	Component string          `toml:"component"`
	Name      string          `toml:"name"`
	Version   version.Version `toml:"version"`
	Digest    trust.Digest    `toml:"sha256"`
	Once      string          `toml:"once"` // as in RustBinary; "" also for a digest from the registry's index
	Program   string          `toml:"program"`
}

// RustHost maps a host to rustc's name for it.
type RustHost struct {
	Machine string `toml:"machine"` // as uname -m prints it
	Triple  string `toml:"triple"`
}

// RustComponent lists the packages of a component. Their names may hold the placeholder {host}.
type RustComponent struct {
	Name     string            `toml:"name"`
	Packages []string          `toml:"packages"` // in the order in which they are merged
	Tools    map[string]string `toml:"tools"`
	Paths    map[string]string `toml:"paths"`
}

// RustBackend lists what a backend of rustc adds to its component. Names and links may hold the placeholders {host} and
// {machine}.
type RustBackend struct {
	Name     string            `toml:"name"`
	Packages []string          `toml:"packages"`
	Links    map[string]string `toml:"links"`
}

// RustRelease is a stable release of Rust.
type RustRelease struct {
	Version version.Version `toml:"version"`
	Date    string          `toml:"date"` // 2026-04-16
	LLVM    version.Version `toml:"llvm"` // in its rustc; zero: not recorded, Rules.BundledLLVM has the major version
}

// RustLangSupplier decodes and checks suppliers/rust-lang.toml.
func RustLangSupplier() (RustLang, error) {
	const name = "suppliers/rust-lang.toml"
	var r RustLang
	if err := decode(name, &r); err != nil {
		return RustLang{}, err
	}
	if err := r.check(); err != nil {
		return RustLang{}, fmt.Errorf("manifests/%s: %w", name, err)
	}
	return r, nil
}

func (r RustLang) check() error {
	return errors.Join(checkHTTPS(r.Base), checkHTTPS(r.Crates), checkHTTPS(r.GitHub), r.checkComponents(), r.checkPrograms(), r.checkReleases())
}

// Keyring returns the keys that may sign channels.
func (r RustLang) Keyring() (*trust.Keyring, error) { return pinned(r.Keys, "keys/rust-lang.asc") }

func checkHTTPS(base string) error {
	if u, err := url.Parse(base); err != nil || u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("base %q: expected an https URL", base)
	}
	return nil
}

func (r RustLang) checkComponents() error {
	for _, c := range r.Components {
		if c.Name == "" || len(c.Packages) == 0 || len(c.Tools) == 0 {
			return fmt.Errorf("component %q: expected a name, packages and tools", c.Name)
		}
	}
	for _, b := range r.Backends {
		if b.Name == "" || len(b.Packages) == 0 {
			return fmt.Errorf("backend %q: expected a name and packages", b.Name)
		}
	}
	for _, h := range r.Hosts {
		if h.Machine == "" || h.Triple == "" {
			return fmt.Errorf("host %q: expected a machine and a triple", h.Machine)
		}
	}
	return nil
}

func (r RustLang) checkPrograms() error {
	for _, b := range r.Binaries {
		if b.Component == "" || b.Version.IsZero() || b.Machine == "" || !fs.ValidPath(b.Path) || b.Digest.IsZero() || len(b.Tools) == 0 {
			return fmt.Errorf("binary %s %s: expected a component, a version, a machine, a path, a digest and tools", b.Component, b.Version)
		}
	}
	for _, c := range r.Programs {
		if c.Component == "" || c.Name == "" || c.Program == "" || c.Version.IsZero() || c.Digest.IsZero() {
			return fmt.Errorf("crate %q: expected a component, a name, a version, a digest and a program", c.Name)
		}
	}
	return nil
}

func (r RustLang) checkReleases() error {
	if !slices.IsSortedFunc(r.Releases, func(a, b RustRelease) int { return b.Version.Compare(a.Version) }) {
		return errors.New("releases are not sorted: expected the newest first")
	}
	for i, release := range r.Releases {
		if release.Version.IsZero() || i > 0 && release.Version.Compare(r.Releases[i-1].Version) == 0 {
			return fmt.Errorf("release %q: expected a unique version", release.Version)
		}
		if _, err := time.Parse(time.DateOnly, release.Date); err != nil {
			return fmt.Errorf("release %s: date %q: expected YYYY-MM-DD", release.Version, release.Date)
		}
	}
	return nil
}
