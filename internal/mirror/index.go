package mirror

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/trust"
)

// IndexName is the file name of the index, at the top of a mirror.
const IndexName = "krustup-mirror.json"

// schema is the version of the index's format.
const schema = 1

// maxIndex bounds the size of an index, in bytes. The index of one set has some 50 kB.
const maxIndex = 64 << 20

// Index lists the files of a mirror, sorted by path, except itself. docs/mirror.md specifies its format.
type Index struct {
	Schema int    `json:"schema"`
	Files  []File `json:"files"`
}

// File is one file of a mirror.
type File struct {
	Path    string       `json:"path"` // relative to the mirror's top, with slashes
	Size    int64        `json:"size"` // bytes
	Digest  trust.Digest `json:"sha256"`
	Pending bool         `json:"pending,omitempty"` // a run planned to write it, and it may not exist
}

// IndexError reports an index that is invalid, or that does not match the files of the mirror or the bundle.
type IndexError struct{ Name, Reason string }

func (e *IndexError) Error() string { return e.Name + ": " + e.Reason }

// Unverified marks the error as a failed verification: the mirror is not as it was written.
func (*IndexError) Unverified() bool { return true }

// parseIndex parses and validates an index. name is used in messages. Errors are *IndexError.
func parseIndex(name string, data []byte) (Index, error) {
	var x Index
	if err := json.Unmarshal(data, &struct{ Schema *int }{&x.Schema}); err == nil && x.Schema != schema {
		return Index{}, &IndexError{name, fmt.Sprintf("format %d, but this krustup reads format %d", x.Schema, schema)}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&x); err != nil {
		return Index{}, &IndexError{name, "it is not an index: " + err.Error()}
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Index{}, &IndexError{name, "it has text after the index"}
	}
	for i, f := range x.Files {
		switch {
		case !filepath.IsLocal(f.Path) || filepath.Clean(f.Path) != f.Path:
			return Index{}, &IndexError{name, fmt.Sprintf("path %q: expected a path inside the mirror", f.Path)}
		case f.Digest.IsZero() || f.Size < 0:
			return Index{}, &IndexError{name, fmt.Sprintf("%s: expected a SHA-256 digest and a size that is not negative", f.Path)}
		case i > 0 && x.Files[i-1].Path >= f.Path:
			return Index{}, &IndexError{name, fmt.Sprintf("%s follows %s: expected sorted paths without duplicates", f.Path, x.Files[i-1].Path)}
		}
	}
	return x, nil
}

// encode returns the bytes of an index. They depend only on its files, not on their order.
func (x Index) encode() ([]byte, error) {
	x.Schema = schema
	slices.SortFunc(x.Files, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	data, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		return nil, fmt.Errorf("encoding the index: %w", err)
	}
	return append(data, '\n'), nil
}

// find returns the file with a path. It does not find pending files, which may not exist.
func (x Index) find(path string) (File, bool) {
	at, ok := slices.BinarySearchFunc(x.Files, path, func(f File, path string) int { return cmp.Compare(f.Path, path) })
	if !ok || x.Files[at].Pending {
		return File{}, false
	}
	return x.Files[at], true
}

// with returns the index with files added. They replace the files with the same paths.
func (x Index) with(files []File) Index {
	named := map[string]bool{}
	for _, f := range files {
		named[f.Path] = true
	}
	kept := slices.DeleteFunc(slices.Clone(x.Files), func(f File) bool { return named[f.Path] })
	return Index{Files: append(kept, files...)}
}

// Bytes returns the total size of all files in bytes.
func (x Index) Bytes() int64 {
	var sum int64
	for _, f := range x.Files {
		sum += f.Size
	}
	return sum
}
