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

// RecordName is the file that makes a directory an installed object.
const RecordName = "record.json"

// schema is the version of the record's format that Publish writes. Version 1 has no Tree, and its Bytes count a file
// once for each hard link.
const schema = 2

// Record states what an object is, what it was made from and where it is. This package checks only its form: the terms
// are those of the packages that install and use objects.
type Record struct {
	Schema    int               `json:"schema"` // set by Publish, like ID, Dir, Files, Bytes and Tree
	ID        ID                `json:"id"`
	Component string            `json:"component"`
	Version   version.Version   `json:"version"` // upstream's
	Label     string            `json:"label"`   // the supplier's own version string
	Supplier  string            `json:"supplier"`
	Suite     string            `json:"suite"`
	Host      string            `json:"host"` // x86_64, aarch64
	Layout    string            `json:"layout"`
	Artifacts []Artifact        `json:"artifacts"`     // in the order in which they were unpacked
	Tools     map[string]string `json:"tools"`         // the path in the tree of each program, by its name
	Paths     map[string]string `json:"paths"`         // other paths in the tree, by purpose
	LLVM      version.Version   `json:"llvm,omitzero"` // the LLVM that rustc reports; missing: rustc was not run
	// Built has the digests, by name, of programs that were built on this machine: another machine may get other bytes.
	Built map[string]trust.Digest `json:"built,omitempty"`
	// Dir is the absolute directory in which the object was published. The interpreters of its programs start with it,
	// so an object that is found elsewhere has to be rebuilt.
	Dir   string `json:"dir"`
	Files int    `json:"files"` // number of regular files in the tree, without this record and the listing
	Bytes int64  `json:"bytes"` // sum of their sizes, a file with several hard links once
	// Tree is the digest of the listing (TreeName), which has the mode, the link target and the SHA-256 of everything in
	// the tree. Records of format 1 have none.
	Tree trust.Digest `json:"tree,omitzero"`
}

// Artifact is one file that an object was made from.
type Artifact struct {
	Name     string       `json:"name"`
	Path     string       `json:"path"` // relative to the supplier's archive
	Size     int64        `json:"size"`
	Digest   trust.Digest `json:"sha256"`
	SignedBy string       `json:"signed-by,omitempty"` // fingerprint of the key whose signature covers the digest
}

// decodeRecord decodes a record strictly: unknown keys, missing values and trailing data are errors.
func decodeRecord(data []byte) (Record, error) {
	var r Record
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&r); err != nil {
		return Record{}, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Record{}, fmt.Errorf("trailing data after the record at byte %d", dec.InputOffset())
	}
	return r, r.check()
}

// encode returns the text of a record, which decodeRecord decodes to the same record.
func (r Record) encode() ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(r, "", "  ")
	return append(data, '\n'), err
}

func (r Record) check() error {
	if r.Schema < 1 || r.Schema > schema {
		return fmt.Errorf("schema is %d, expected 1 to %d", r.Schema, schema)
	}
	if (r.Schema > 1) == r.Tree.IsZero() {
		return fmt.Errorf("schema is %d and the digest of the tree is %q, expected a digest since schema 2", r.Schema, r.Tree)
	}
	for key, missing := range map[string]bool{
		"id": r.ID.IsZero(), "component": r.Component == "", "version": r.Version.IsZero(), "supplier": r.Supplier == "",
		"host": r.Host == "", "layout": r.Layout == "", "dir": r.Dir == "",
	} {
		if missing {
			return fmt.Errorf("%q is missing", key)
		}
	}
	if !filepath.IsAbs(r.Dir) || filepath.Clean(r.Dir) != r.Dir {
		return fmt.Errorf("dir is %q, expected an absolute, clean path", r.Dir)
	}
	if r.Files < 0 || r.Bytes < 0 {
		return fmt.Errorf("%d files and %d bytes, expected no negative numbers", r.Files, r.Bytes)
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
