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

	"github.com/krustup/krustup/internal/trust"
)

// Debian is an archive in a directory: debian/ and, beside it, debian-security/. Nothing of it is there before
// Publish, and changes count from the next Publish on.
type Debian struct {
	Dir     string
	Key     *Key // signs suites that name no other
	Arches  []string
	Server  *Server        // nil unless NewDebian made the archive, or Serve was called
	Keyring *trust.Keyring // pins Key

	tb     testing.TB
	suites []*Suite
	built  map[string][]byte // packages by path, and indexes by form and digest: building them is most of the work
}

// Suite is one directory under dists/. The exported fields may be changed before each Publish.
type Suite struct {
	Name       string
	Codename   string
	Archive    string // "debian" or "debian-security"
	Date       time.Time
	ValidUntil time.Time // zero: never expires
	Keys       []*Key    // nil: the archive's own; empty: not signed at all
	Forms      []string  // of Packages: "xz", "gz", "none"
	ByHash     bool      // Release offers by-hash
	HideByHash bool      // ... but the files are missing
	Debs       []Deb
}

// NewDebian makes an empty archive in a directory of the test, and serves it on loopback until the test ends.
func NewDebian(tb testing.TB) *Debian {
	tb.Helper()
	d, err := MakeDebian(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	d.tb = tb
	d.Serve()
	tb.Cleanup(d.Server.Close)
	return d
}

// MakeDebian makes an empty archive in dir, and serves it nowhere.
func MakeDebian(dir string) (*Debian, error) {
	key, err := NewKey("Archive made for a test")
	if err != nil {
		return nil, err
	}
	ring, err := Keyring(key)
	if err != nil {
		return nil, err
	}
	return &Debian{Dir: dir, Key: key, Keyring: ring, Arches: []string{"amd64", "arm64"}, built: map[string][]byte{}}, nil
}

// Copy makes an archive of the same suites and packages, with the same key, in a directory of the test, and serves it
// until the test ends. Building packages is most of the work of making an archive, and a copy takes over those that its
// original has published. Nothing of it is there before Publish.
func (d *Debian) Copy(tb testing.TB) *Debian {
	tb.Helper()
	c := &Debian{Dir: tb.TempDir(), Key: d.Key, Keyring: d.Keyring, Arches: d.Arches, tb: tb, built: maps.Clone(d.built)}
	for _, s := range d.suites {
		suite := *s
		suite.Debs = slices.Clone(s.Debs)
		c.suites = append(c.suites, &suite)
	}
	c.Serve()
	tb.Cleanup(c.Server.Close)
	return c
}

// Serve starts a server for the archive. Its faults and its record go by paths such as
// /debian/dists/trixie/InRelease.
func (d *Debian) Serve() *Server {
	if d.Server == nil {
		d.Server = NewServer(d.Dir)
	}
	return d.Server
}

// URL is the base address of the main archive; the security archive stands beside it, where it is looked for.
func (d *Debian) URL() string { return d.Server.URL + "/debian" }

// FileURL is the same archive without a server.
func (d *Debian) FileURL() string { return "file://" + filepath.ToSlash(d.Dir) + "/debian" }

// Suite gives the suite of that name, and makes it when it is new: dated an hour ago, valid for a week, with by-hash.
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

// Add puts packages into the suite, beside what it has.
func (s *Suite) Add(debs ...Deb) *Suite {
	s.Debs = append(s.Debs, debs...)
	return s
}

// Publish writes the archive. An archive of NewDebian fails its test when that goes wrong.
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
		// The plain form is always listed and, as on the real mirrors, not there.
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

// index writes the packages of one architecture to the pool and gives the list of them.
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
	fmt.Fprintf(&b, "Architectures: all %s\nComponents: main\nDescription: made for a test\nSHA256:\n", strings.Join(d.Arches, " "))
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
	// A signature is made with its text; but none can be of the future, whatever its text says.
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

// write replaces a file as a whole: a server may be reading it.
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
