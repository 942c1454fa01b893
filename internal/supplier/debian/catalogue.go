package debian

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
)

// metaSchema is the version of meta.json.
const metaSchema = 1

// meta is meta.json, which defines a catalogue. The other files in its directory have their digest in their name, are
// written before it, and are used only if it names them. So a single rename replaces the whole catalogue.
type meta struct {
	Schema     int                 `json:"schema"`
	Suite      string              `json:"suite"`
	Arch       string              `json:"arch"`
	URL        string              `json:"url"` // address of the Release file
	Date       time.Time           `json:"date"`
	ValidUntil time.Time           `json:"valid-until,omitzero"`
	Stale      bool                `json:"stale,omitempty"` // it was past Valid-Until but was accepted
	Signers    []trust.Fingerprint `json:"signers"`
	Release    storedFile          `json:"release"`  // InRelease, as it was verified
	Index      storedFile          `json:"index"`    // the list of all packages, as it was fetched
	Plain      storedFile          `json:"plain"`    // the decompressed index; not stored
	Packages   storedFile          `json:"packages"` // the packages of the catalogue
	Count      int                 `json:"count"`    // number of packages in Packages
	Roots      trust.Digest        `json:"roots"`    // digest of the part of the manifest that selected Packages
}

// storedFile is a file of a catalogue's directory.
type storedFile struct {
	Name   string       `json:"name,omitempty"`
	Digest trust.Digest `json:"sha256"`
	Size   int64        `json:"size"`
}

// storeFile writes data to a file with the digest in its name: prefix-DIGEST and ext.
func storeFile(dir, prefix, ext string, data []byte) (storedFile, error) {
	f := storedFile{Digest: trust.DigestOf(data), Size: int64(len(data))}
	f.Name = prefix + "-" + f.Digest.Short() + ext
	return f, disk.ReplaceFile(filepath.Join(dir, f.Name), data)
}

// readMeta reads the meta.json in dir. It returns nil if there is no catalogue. Of a catalogue in another format it
// returns only the schema and the date, which the next Update compares with the mirror's. The error is a
// *store.UnreadableError.
func readMeta(dir string) (*meta, error) {
	name := filepath.Join(dir, "meta.json")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	var head struct {
		Schema int       `json:"schema"`
		Date   time.Time `json:"date"`
	}
	var m meta
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	if head.Date.IsZero() {
		return nil, &store.UnreadableError{Path: name, Err: errors.New("it has no date")}
	}
	if head.Schema != metaSchema {
		return &meta{Schema: head.Schema, Date: head.Date}, nil
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, &store.UnreadableError{Path: name, Err: err}
	}
	return &m, nil
}

func (m *meta) write(dir string) error {
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	return disk.ReplaceFile(filepath.Join(dir, "meta.json"), append(data, '\n'))
}

// expired reports whether the catalogue is past its Valid-Until.
func (m *meta) expired(now time.Time) bool { return !m.ValidUntil.IsZero() && now.After(m.ValidUntil) }

// signer returns the fingerprint of the key that signed the catalogue's Release file.
func (m *meta) signer() string {
	if len(m.Signers) == 0 {
		return ""
	}
	return m.Signers[0].String()
}

// catalogue holds the packages of one suite for one architecture.
type catalogue struct {
	suite    manifests.DebianSuite
	meta     meta
	aged     bool // it was valid when it was fetched, and has expired since
	packages []*pkg
}

// readCatalogue reads the catalogue in dir. It returns nil if there is none.
func readCatalogue(dir string, suite manifests.DebianSuite) (*catalogue, error) {
	// A concurrent update may delete the file that the old meta.json names. Then there is a new meta.json to read.
	for again := true; ; again = false {
		m, err := readMeta(dir)
		if m == nil || err != nil || m.Schema != metaSchema {
			return nil, err
		}
		data, err := os.ReadFile(filepath.Join(dir, m.Packages.Name))
		if errors.Is(err, fs.ErrNotExist) && again {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("reading catalogue: %w", err)
		}
		c := &catalogue{suite: suite, meta: *m}
		return c, c.parse(filepath.Join(dir, m.Packages.Name), data)
	}
}

func (c *catalogue) parse(name string, data []byte) error {
	if got := trust.DigestOf(data); got != c.meta.Packages.Digest {
		return &trust.DigestError{Name: name, Want: c.meta.Packages.Digest, Got: got}
	}
	c.packages = make([]*pkg, 0, c.meta.Count)
	return scanStanzas(name, bytes.NewReader(data), func(s stanza) error {
		p, err := parsePackage(name, s)
		if err != nil {
			return err
		}
		p.from = c
		c.packages = append(c.packages, p)
		return nil
	})
}

// reduce reads an index and returns the paragraphs of the packages with wanted names, and their number.
func reduce(name string, r io.Reader, wanted map[string]bool) (text []byte, count int, err error) {
	var kept []*pkg
	err = scanStanzas(name, r, func(s stanza) error {
		for field, value := range s.fields() {
			if string(field) == "Package" && !wanted[string(value)] {
				return nil
			}
		}
		p, err := parsePackage(name, s)
		if err == nil {
			kept = append(kept, p)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	// The order of an index has no meaning and differs between the tools that write it. Sorting makes the result depend
	// only on the packages.
	slices.SortFunc(kept, func(a, b *pkg) int { return comparePackages(a, b) })
	var b bytes.Buffer
	for _, p := range kept {
		if err := p.writeTo(&b); err != nil {
			return nil, 0, err
		}
	}
	return b.Bytes(), len(kept), nil
}
