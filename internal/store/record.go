package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// RecordName is the file of an object that makes it one.
const RecordName = "record.json"

// schema is the only version of the record's format so far.
const schema = 1

// Record says what an object is, what it was made from and where it stands. It is plain data: the words in it are those
// of the packages that install and use objects.
type Record struct {
	Schema    int               `json:"schema"` // set by Publish, like ID, Dir, Files and Bytes
	ID        ID                `json:"id"`
	Component string            `json:"component"`
	Version   version.Version   `json:"version"` // upstream's
	Label     string            `json:"label"`   // the supplier's own version string
	Supplier  string            `json:"supplier"`
	Suite     string            `json:"suite"`
	Host      string            `json:"host"` // x86_64, aarch64
	Layout    string            `json:"layout"`
	Artifacts []Artifact        `json:"artifacts"`     // in the order in which they were unpacked
	Tools     map[string]string `json:"tools"`         // name of a program to its path in the tree
	Paths     map[string]string `json:"paths"`         // other places in the tree by their purpose
	LLVM      version.Version   `json:"llvm,omitzero"` // what rustc itself says of the LLVM inside it; absent: it was not asked
	// Built has the digests of programs that were built on this machine, by name: another one may get other bytes.
	Built map[string]trust.Digest `json:"built,omitempty"`
	// Dir is the absolute directory that the object was published at. Interpreters in its programs begin with it, so
	// an object that is found elsewhere must be made anew.
	Dir   string `json:"dir"`
	Files int    `json:"files"` // regular files in the tree, this record not counted
	Bytes int64  `json:"bytes"` // their sizes added up
}

// Artifact is one file that went into an object.
type Artifact struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"` // relative to the supplier's archive
	Size     int64        `json:"size"`
	Digest   trust.Digest `json:"sha256"`
	SignedBy string       `json:"signed-by,omitempty"` // fingerprint of the key whose signature covers the digest
}

// decodeRecord reads a record strictly: unknown keys, missing values and anything after the object are errors.
func decodeRecord(data []byte) (Record, error) {
	var r Record
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Record{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Record{}, fmt.Errorf("something follows the record at byte %d", dec.InputOffset())
	}
	return r, r.check()
}

// encode gives the text of a record that decodeRecord reads back as it was.
func (r Record) encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

func (r Record) check() error {
	if r.Schema != schema {
		return fmt.Errorf("schema is %d, expected %d", r.Schema, schema)
	}
	for key, missing := range map[string]bool{
		"id": r.ID.IsZero(), "component": r.Component == "", "version": r.Version.IsZero(), "supplier": r.Supplier == "",
		"host": r.Host == "", "layout": r.Layout == "", "dir": r.Dir == "",
	} {
		if missing {
			return fmt.Errorf("it has no %q", key)
		}
	}
	if !filepath.IsAbs(r.Dir) || filepath.Clean(r.Dir) != r.Dir {
		return fmt.Errorf("dir is %q, expected an absolute, clean path", r.Dir)
	}
	if r.Files < 0 || r.Bytes < 0 {
		return fmt.Errorf("it has %d files and %d bytes", r.Files, r.Bytes)
	}
	for _, a := range r.Artifacts {
		if a.Name == "" || a.Digest.IsZero() || a.Size < 0 {
			return fmt.Errorf("artifact %q: expected a name, a size and a SHA-256 digest", a.Name)
		}
	}
	for name, at := range r.Tools {
		if name == "" || strings.ContainsAny(name, "/\x00") {
			return fmt.Errorf("tool %q: expected the name of a program", name)
		}
		if !filepath.IsLocal(at) {
			return fmt.Errorf("tool %s is at %q, expected a path in the tree", name, at)
		}
	}
	for purpose, at := range r.Paths {
		if !filepath.IsLocal(at) {
			return fmt.Errorf("path %s is %q, expected a path in the tree", purpose, at)
		}
	}
	return nil
}
