package manifests

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// Debian is suppliers/debian.toml: which suites of Debian's archive are read, whose signatures count there, and which
// packages make a component.
type Debian struct {
	Archives     []DebianArchive   `toml:"archive"`
	Suites       []DebianSuite     `toml:"suite"`
	Hosts        []DebianHost      `toml:"host"`
	Keys         []DebianKey       `toml:"key"`
	Components   []DebianComponent `toml:"component"`
	Dependencies struct {
		Omit []string `toml:"omit"` // package name patterns (path.Match) that are cut from dependencies
		Kept []string `toml:"kept"` // ... but not these
	} `toml:"dependencies"`
	Keep   []DebianKeep `toml:"keep"`
	Unpack struct {
		Drop []string `toml:"drop"` // path patterns that are unpacked from no package
	} `toml:"unpack"`
}

// DebianArchive is one tree of dists/ and pool/.
type DebianArchive struct {
	Name string `toml:"name"` // also the last element of its URL
	URL  string `toml:"url"`  // used when neither the environment nor apt names a mirror
}

// DebianSuite is one directory under dists/.
type DebianSuite struct {
	Name     string `toml:"name"`
	Codename string `toml:"codename"` // what its Release file must say; Name when not given
	Archive  string `toml:"archive"`
	Rank     int    `toml:"rank"`
	Base     bool   `toml:"base"` // the one that the others add to
}

// DebianHost maps a host to Debian's name of its architecture.
type DebianHost struct {
	Machine   string `toml:"machine"`   // as uname -m has it
	Arch      string `toml:"arch"`      // as dpkg has it
	Multiarch string `toml:"multiarch"` // as the directories of libraries have it
}

// DebianKey pins one OpenPGP key by the fingerprint of its primary key.
type DebianKey struct {
	Fingerprint string   `toml:"fingerprint"`
	Owner       string   `toml:"owner"`
	Archives    []string `toml:"archives"` // which archives it may sign
}

// DebianComponent says which packages make a component. Names and paths have the placeholders that the file explains.
type DebianComponent struct {
	Name        string            `toml:"name"`
	Main        string            `toml:"main"`              // the package whose version is the component's
	Same        []string          `toml:"same"`              // packages of the same source version
	Newest      []string          `toml:"newest"`            // packages of the newest version in the main package's suites
	Libclang    string            `toml:"libclang"`          // the component comes in pairs with this package
	Optional    bool              `toml:"libclang-optional"` // it is offered without one too, and then has no path "libclang"
	Alone       bool              `toml:"alone"`             // without its dependencies
	Native      bool              `toml:"native"`            // {triple} and {gnu} are the host's, not the target's
	Omit        []string          `toml:"omit"`              // more package name patterns that are cut
	Tools       map[string]string `toml:"tools"`
	Paths       map[string]string `toml:"paths"`
	Links       map[string]string `toml:"links"`        // link to target, made beside what the packages hold
	NativeLinks map[string]string `toml:"native-links"` // the same, when the target is the host's own architecture
}

// DebianKeep limits what is unpacked of some packages.
type DebianKeep struct {
	Package string   `toml:"package"` // name pattern (path.Match)
	Paths   []string `toml:"paths"`
}

// DebianSupplier decodes and checks suppliers/debian.toml.
func DebianSupplier() (Debian, error) {
	const name = "suppliers/debian.toml"
	var d Debian
	if err := decode(name, &d); err != nil {
		return Debian{}, err
	}
	for i := range d.Suites {
		if d.Suites[i].Codename == "" {
			d.Suites[i].Codename = d.Suites[i].Name
		}
	}
	if err := errors.Join(d.checkArchives(), d.checkSuites(), d.checkComponents(), d.checkPatterns()); err != nil {
		return Debian{}, fmt.Errorf("manifests/%s: %w", name, err)
	}
	return d, nil
}

// DebianKeys gives the armored public keys that DebianSupplier pins.
func DebianKeys() ([]byte, error) { return files.ReadFile("keys/debian-archive.asc") }

func (d Debian) hasArchive(name string) bool {
	return slices.ContainsFunc(d.Archives, func(a DebianArchive) bool { return a.Name == name })
}

func (d Debian) checkArchives() error {
	seen := map[string]bool{}
	for _, a := range d.Archives {
		if u, err := url.Parse(a.URL); err != nil || u.Host == "" || path.Base(u.Path) != a.Name {
			return fmt.Errorf("archive %q: url %q: expected an address that ends in /%s", a.Name, a.URL, a.Name)
		}
		if seen[a.Name] {
			return fmt.Errorf("archive %q is there twice", a.Name)
		}
		seen[a.Name] = true
	}
	for _, k := range d.Keys {
		if raw, err := hex.DecodeString(k.Fingerprint); err != nil || len(raw) != 20 || seen[k.Fingerprint] {
			return fmt.Errorf("key %q: expected 40 hexadecimal digits, once", k.Fingerprint)
		}
		seen[k.Fingerprint] = true
		if k.Owner == "" || len(k.Archives) == 0 {
			return fmt.Errorf("key %s: owner or archives missing", k.Fingerprint)
		}
		for _, a := range k.Archives {
			if !d.hasArchive(a) {
				return fmt.Errorf("key %s: unknown archive %q", k.Fingerprint, a)
			}
		}
	}
	return nil
}

func (d Debian) checkSuites() error {
	seen := map[string]bool{}
	bases, rank := 0, 0
	for _, s := range d.Suites {
		if s.Name == "" || seen[s.Name] {
			return fmt.Errorf("suite %q: expected a name, once", s.Name)
		}
		seen[s.Name] = true
		if !d.hasArchive(s.Archive) {
			return fmt.Errorf("suite %q: unknown archive %q", s.Name, s.Archive)
		}
		if s.Rank < rank {
			return fmt.Errorf("suite %q: rank %d after rank %d: expected the lowest first", s.Name, s.Rank, rank)
		}
		rank = s.Rank
		if s.Base {
			bases++
		}
	}
	if bases != 1 || !d.Suites[0].Base {
		return fmt.Errorf("%d suites are marked as base: expected the first one alone", bases)
	}
	if len(d.Hosts) == 0 {
		return errors.New("no host")
	}
	for _, h := range d.Hosts {
		if h.Machine == "" || h.Arch == "" || h.Multiarch == "" {
			return fmt.Errorf("host %q: machine, arch or multiarch missing", h.Machine)
		}
	}
	return nil
}

func (d Debian) checkComponents() error {
	seen := map[string]bool{}
	for _, c := range d.Components {
		if c.Name == "" || c.Main == "" || seen[c.Name] {
			return fmt.Errorf("component %q: expected a name, once, and a main package", c.Name)
		}
		seen[c.Name] = true
		if len(c.Tools) == 0 && len(c.Paths) == 0 {
			return fmt.Errorf("component %q: neither tools nor paths", c.Name)
		}
		for _, m := range []map[string]string{c.Tools, c.Paths} {
			for key, p := range m {
				if p == "" || path.IsAbs(p) || slices.Contains(strings.Split(p, "/"), "..") {
					return fmt.Errorf("component %q: %s = %q: expected a path inside the tree", c.Name, key, p)
				}
			}
		}
	}
	return nil
}

func (d Debian) checkPatterns() error {
	patterns := slices.Concat(d.Dependencies.Omit, d.Dependencies.Kept)
	for _, c := range d.Components {
		patterns = append(patterns, c.Omit...)
	}
	for _, k := range d.Keep {
		if len(k.Paths) == 0 {
			return fmt.Errorf("keep %q: no paths", k.Package)
		}
		patterns = append(patterns, k.Package)
	}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); p == "" || err != nil {
			return fmt.Errorf("package pattern %q: expected a glob such as libgcc-*-dev", p)
		}
	}
	return nil
}
