package mirrortest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Debian is an archive in a directory that contains debian/ and debian-security/. The directory is empty before
// Publish, and changes take effect with the next Publish.
type Debian struct {
	Site   // its key signs suites without keys of their own
	Arches []string

	tb     testing.TB
	suites []*Suite
	built  map[string][]byte // packages by path, and indexes by form and digest: a cache, because building them is slow
}

// Suite is one directory under dists/. The exported fields may be changed before each Publish.
type Suite struct {
	Name       string
	Codename   string
	Archive    string // "debian" or "debian-security"
	Date       time.Time
	ValidUntil time.Time // zero: never expires
	Keys       []*Key    // nil: the archive's key; empty: not signed
	Forms      []string  // compressions of Packages: "xz", "gz", "none"
	ByHash     bool      // Release announces by-hash files
	HideByHash bool      // the by-hash files are missing although Release announces them
	Debs       []Deb
}

// NewDebian creates an empty archive in a directory of the test, and serves it on loopback until the test ends.
func NewDebian(tb testing.TB) *Debian {
	tb.Helper()
	d := newDebian(servedSite(tb, debianOwner))
	d.tb = tb
	return d
}

// MakeDebian creates an empty archive in dir without a server.
func MakeDebian(dir string) (*Debian, error) {
	site, err := newSite(dir, debianOwner)
	if err != nil {
		return nil, err
	}
	return newDebian(site), nil
}

const debianOwner = "Archive made for a test"

func newDebian(site Site) *Debian {
	return &Debian{Site: site, Arches: []string{"amd64", "arm64"}, built: map[string][]byte{}}
}

// Copy creates an archive with the same suites, packages and key in another directory of the test, and serves it until
// the test ends. It reuses the packages that the original has published, because building packages is most of the work.
// The directory is empty before Publish.
func (d *Debian) Copy(tb testing.TB) *Debian {
	tb.Helper()
	c := &Debian{Site: Site{Dir: tb.TempDir(), Key: d.Key, Keyring: d.Keyring}, Arches: d.Arches, tb: tb, built: maps.Clone(d.built)}
	for _, s := range d.suites {
		suite := *s
		suite.Debs = slices.Clone(s.Debs)
		c.suites = append(c.suites, &suite)
	}
	tb.Cleanup(c.Serve().Close)
	return c
}

// URL returns the base address of the main archive. The security archive is at ../debian-security, where the supplier
// looks for it.
func (d *Debian) URL() string { return d.Server.URL + "/debian" }

// FileURL returns the file: URL of the main archive.
func (d *Debian) FileURL() string { return d.Site.FileURL() + "/debian" }

// Suite returns the suite with a name. If there is none, it adds one: dated an hour ago, valid for a week, with
// by-hash.
func (d *Debian) Suite(name string) *Suite {
	for _, s := range d.suites {
		if s.Name == name {
			return s
		}
	}
	now := time.Now().UTC().Truncate(time.Second)
	s := &Suite{
		Name: name, Codename: name, Archive: "debian", ByHash: true, Forms: []string{"xz", "gz"},
		Date: now.Add(-time.Hour), ValidUntil: now.Add(7 * 24 * time.Hour),
	}
	if strings.HasSuffix(name, "-security") {
		s.Archive = "debian-security"
	}
	if name == "experimental" {
		s.Codename = "rc-buggy"
	}
	d.suites = append(d.suites, s)
	return s
}

// Add adds packages to the suite and returns the suite.
func (s *Suite) Add(debs ...Deb) *Suite {
	s.Debs = append(s.Debs, debs...)
	return s
}

// Publish writes the archive. If NewDebian or Copy created the archive, an error also fails the test.
func (d *Debian) Publish() error {
	for _, s := range d.suites {
		if err := d.publish(s); err != nil {
			if d.tb != nil {
				d.tb.Helper()
				d.tb.Fatal(err)
			}
			return err
		}
	}
	return nil
}

func (d *Debian) publish(s *Suite) error {
	dists := filepath.Join(d.Dir, s.Archive, "dists", s.Name)
	sums := map[string][]byte{}
	for _, arch := range d.Arches {
		index, err := d.index(s, arch)
		if err != nil {
			return err
		}
		// As on the real mirrors, Release always lists the uncompressed file although it is missing.
		name := "main/binary-" + arch + "/Packages"
		sums[name] = index
		for _, form := range s.Forms {
			data, ext, err := d.compressed(form, index)
			if err != nil {
				return err
			}
			sums[name+ext] = data
			if err := write(filepath.Join(dists, name+ext), data); err != nil {
				return err
			}
			if err := s.writeByHash(dists, name, data); err != nil {
				return err
			}
		}
	}
	release, err := d.release(s, sums)
	if err != nil {
		return err
	}
	return write(filepath.Join(dists, "InRelease"), release)
}

func (d *Debian) compressed(form string, index []byte) ([]byte, string, error) {
	if form == "none" {
		return index, "", nil
	}
	key := form + " " + sum(index)
	if d.built[key] == nil {
		data, _, err := compress(form, index)
		if err != nil {
			return nil, "", err
		}
		d.built[key] = data
	}
	return d.built[key], "." + form, nil
}

func (s *Suite) writeByHash(dists, name string, data []byte) error {
	file := filepath.Join(dists, path.Dir(name), "by-hash/SHA256", sum(data))
	if s.ByHash && !s.HideByHash {
		return write(file, data)
	}
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		return err
	}
	return nil
}

// index writes the packages of one architecture to the pool and returns their Packages file.
func (d *Debian) index(s *Suite, arch string) ([]byte, error) {
	var index bytes.Buffer
	for _, deb := range s.Debs {
		if deb.arch() != arch && deb.arch() != "all" {
			continue
		}
		file := path.Join(s.Archive, deb.filename())
		if d.built[file] == nil {
			data, err := deb.Bytes()
			if err != nil {
				return nil, err
			}
			d.built[file] = data
		}
		data := d.built[file]
		if err := write(filepath.Join(d.Dir, file), data); err != nil {
			return nil, err
		}
		fmt.Fprintf(&index, "%sFilename: %s\nSize: %d\nSHA256: %s\n\n", deb.fields(), deb.filename(), len(data), sum(data))
	}
	return index.Bytes(), nil
}

func (d *Debian) release(s *Suite, sums map[string][]byte) ([]byte, error) {
	const layout = "Mon, 02 Jan 2006 15:04:05 UTC"
	var b bytes.Buffer
	fmt.Fprintf(&b, "Origin: Debian\nLabel: Debian\nSuite: test-%s\nCodename: %s\nDate: %s\n", s.Name, s.Codename, s.Date.UTC().Format(layout))
	if !s.ValidUntil.IsZero() {
		fmt.Fprintf(&b, "Valid-Until: %s\n", s.ValidUntil.UTC().Format(layout))
	}
	if s.ByHash {
		b.WriteString("Acquire-By-Hash: yes\n")
	}
	fmt.Fprintf(&b, "Architectures: all %s\nComponents: main\nDescription: created for a test\nSHA256:\n", strings.Join(d.Arches, " "))
	var names []string
	for name := range sums {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, " %s %8d %s\n", sum(sums[name]), len(sums[name]), name)
	}
	keys := s.Keys
	if keys == nil {
		keys = []*Key{d.Key}
	}
	if len(keys) == 0 {
		return b.Bytes(), nil
	}
	// A signature has the date of the text, but never a date in the future, because such a signature would be refused.
	at := s.Date
	if now := time.Now(); at.After(now) {
		at = now
	}
	return clearsigned(b.Bytes(), at, keys)
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

// write replaces a file by a rename, because a server may be reading it.
func write(name string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, data) {
		return nil
	}
	if err := os.WriteFile(name+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(name+".new", name)
}
