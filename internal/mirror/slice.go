package mirror

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Slice holds everything that some sets need: their lock, their artifacts, and the documents that the artifacts'
// digests come from.
type Slice struct {
	Lock      toolchain.Lock
	Documents []toolchain.Document // a document comes after those that it refers to
	Artifacts []toolchain.Artifact // sorted by path, without duplicates
}

// SkewError reports that the catalogues of two hosts are from different days and disagree on a file at the same path,
// so one mirror cannot hold both.
type SkewError struct {
	Path  string
	Hosts []toolchain.Host
}

// Error names the first two hosts, which are enough to show the skew.
func (e *SkewError) Error() string {
	return fmt.Sprintf("the catalogues of %s and %s have different contents for %s", e.Hosts[0], e.Hosts[1], e.Path)
}

// Of returns the slice of sets. With clients it includes the files that apt and rustup need in addition.
func Of(sets []toolchain.Set, suppliers []toolchain.Supplier, clients bool) (Slice, error) {
	var s Slice
	artifacts := map[string]toolchain.Artifact{}
	from := map[string]toolchain.Host{} // of documents, by path
	for _, set := range sets {
		s.Lock.Put(set)
		for _, a := range set.Artifacts() {
			artifacts[a.MirrorPath()] = a
		}
		for _, supplier := range suppliers {
			p, err := supplier.Published(set.Host, set.Artifacts())
			if err != nil {
				return Slice{}, fmt.Errorf("listing the documents of %s: %w", supplier.Name(), err)
			}
			if err := s.add(p.Documents, set.Host, from); err != nil {
				return Slice{}, err
			}
			for _, a := range p.Beside {
				if _, there := artifacts[a.MirrorPath()]; clients && !there {
					artifacts[a.MirrorPath()] = a
				}
			}
		}
	}
	s.Artifacts = slices.SortedFunc(maps.Values(artifacts), func(a, b toolchain.Artifact) int { return cmp.Compare(a.MirrorPath(), b.MirrorPath()) })
	return s, nil
}

func (s *Slice) add(documents []toolchain.Document, host toolchain.Host, from map[string]toolchain.Host) error {
	for _, d := range documents {
		path := d.MirrorPath()
		first, there := from[path]
		if !there {
			from[path] = host
			s.Documents = append(s.Documents, d)
			continue
		}
		at := slices.IndexFunc(s.Documents, func(o toolchain.Document) bool { return o.MirrorPath() == path })
		if !bytes.Equal(s.Documents[at].Data, d.Data) {
			return &SkewError{path, []toolchain.Host{first, host}}
		}
		// It refers to files of the second host too, so it must come after them.
		s.Documents = append(slices.Delete(s.Documents, at, at+1), d)
	}
	return nil
}

// small returns the files that are held in memory: the lock, followed by the documents.
func (s Slice) small() ([]content, error) {
	lock, err := s.Lock.Encode()
	if err != nil {
		return nil, err
	}
	list := []content{{toolchain.LockName, lock}}
	for _, d := range s.Documents {
		list = append(list, content{d.MirrorPath(), d.Data})
	}
	return list, nil
}

// content is a file in memory.
type content struct {
	path string
	data []byte
}

func (c content) file() File {
	return File{Path: c.path, Size: int64(len(c.data)), Digest: trust.DigestOf(c.data)}
}
