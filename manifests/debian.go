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

// Debian is suppliers/debian.toml: the suites of Debian's archive that are read, the keys that are trusted for them,
// and the packages that each component consists of.
type Debian struct {
	Archives     []DebianArchive   `toml:"archive"`
	Suites       []DebianSuite     `toml:"suite"`
	Hosts        []DebianHost      `toml:"host"`
	Keys         []DebianKey       `toml:"key"`
	Components   []DebianComponent `toml:"component"`
	Dependencies struct {
		Omit []string `toml:"omit"` // package name patterns (path.Match) that are left out of dependencies
		Kept []string `toml:"kept"` // exceptions from Omit
	} `toml:"dependencies"`
	Keep   []DebianKeep `toml:"keep"`
	Unpack struct {
		Drop []string `toml:"drop"` // path patterns that are never unpacked
	} `toml:"unpack"`
}

// DebianArchive is one Debian archive: a tree with dists/ and pool/.
type DebianArchive struct {
	Name string `toml:"name"` // also the last element of its URL
	URL  string `toml:"url"`  // used when neither the environment nor apt names a mirror
}

// DebianSuite is one directory under dists/.
type DebianSuite struct {
	Name     string `toml:"name"`
	Codename string `toml:"codename"` // the Codename that its Release file must have; default: Name
	Archive  string `toml:"archive"`
	Rank     int    `toml:"rank"`
	Base     bool   `toml:"base"` // the suite that the others add to; exactly the first one
}

// DebianHost maps a host to Debian's names for its architecture.
type DebianHost struct {
	Machine   string `toml:"machine"`   // as uname -m prints it
	Arch      string `toml:"arch"`      // as dpkg --print-architecture prints it
	Multiarch string `toml:"multiarch"` // the directory below /usr/lib that holds its libraries
}

// DebianKey pins one OpenPGP key by the fingerprint of its primary key.
type DebianKey struct {
	Fingerprint string   `toml:"fingerprint"`
	Owner       string   `toml:"owner"`
	Archives    []string `toml:"archives"` // names of the archives that it may sign
}

// DebianComponent lists the packages of a component. Names and paths may hold the placeholders that the file explains.
type DebianComponent struct {
	Name        string            `toml:"name"`
	Main        string            `toml:"main"`              // the package whose version is the component's
	Same        []string          `toml:"same"`              // packages of the same source version
	Newest      []string          `toml:"newest"`            // packages in their newest version in the main package's suites
	Libclang    string            `toml:"libclang"`          // one offer for each version of this package
	Optional    bool              `toml:"libclang-optional"` // also offered without libclang, then without the path "libclang"
	Alone       bool              `toml:"alone"`             // installed without its dependencies
	Native      bool              `toml:"native"`            // {triple} and {gnu} are the host's, not the target's
	Omit        []string          `toml:"omit"`              // added to Debian.Dependencies.Omit
	Tools       map[string]string `toml:"tools"`
	Paths       map[string]string `toml:"paths"`
	Links       map[string]string `toml:"links"`        // path of an additional symbolic link, to its target
	NativeLinks map[string]string `toml:"native-links"` // the same, only when the target is the host's own architecture
}

// DebianKeep limits what is unpacked from some packages.
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

// DebianKeys returns the armored public keys that DebianSupplier pins.
func DebianKeys() ([]byte, error) { return files.ReadFile("keys/debian-archive.asc") }

func (d Debian) hasArchive(name string) bool {
	return slices.ContainsFunc(d.Archives, func(a DebianArchive) bool { return a.Name == name })
}

func (d Debian) checkArchives() error {
	seen := map[string]bool{}
	for _, a := range d.Archives {
		if u, err := url.Parse(a.URL); err != nil || u.Host == "" || path.Base(u.Path) != a.Name {
			return fmt.Errorf("archive %q: url %q: expected a URL that ends in /%s", a.Name, a.URL, a.Name)
		}
		if seen[a.Name] {
			return fmt.Errorf("archive %q is listed twice", a.Name)
		}
		seen[a.Name] = true
	}
	for _, k := range d.Keys {
		if raw, err := hex.DecodeString(k.Fingerprint); err != nil || len(raw) != 20 || seen[k.Fingerprint] {
			return fmt.Errorf("key %q: expected a unique fingerprint of 40 hexadecimal digits", k.Fingerprint)
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
			return fmt.Errorf("suite %q: expected a unique name", s.Name)
		}
		seen[s.Name] = true
		if !d.hasArchive(s.Archive) {
			return fmt.Errorf("suite %q: unknown archive %q", s.Name, s.Archive)
		}
		if s.Rank < rank {
			return fmt.Errorf("suite %q: rank %d after rank %d: expected suites in ascending rank", s.Name, s.Rank, rank)
		}
		rank = s.Rank
		if s.Base {
			bases++
		}
	}
	if bases != 1 || !d.Suites[0].Base {
		return fmt.Errorf("%d suites are marked as base: expected exactly one, the first", bases)
	}
	if len(d.Hosts) == 0 {
		return errors.New("no [[host]]: expected at least one")
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
			return fmt.Errorf("component %q: expected a unique name and a main package", c.Name)
		}
		seen[c.Name] = true
		if len(c.Tools) == 0 && len(c.Paths) == 0 {
			return fmt.Errorf("component %q has neither tools nor paths", c.Name)
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
			return fmt.Errorf("keep %q has no paths", k.Package)
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
