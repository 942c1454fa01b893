package mirror

import (
	"archive/tar"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Program is a krustup program to put into a bundle.
type Program struct {
	Host toolchain.Host
	Data []byte
}

// Path returns the path of the program in a bundle.
func (p Program) Path() string { return "bin/krustup-" + p.Host.String() }

// entry is a file of a bundle.
type entry struct {
	File
	mode int64
	open func() (io.ReadCloser, error)
}

// Bundle writes a slice and programs to w as a zstd-compressed tar file, in the format of docs/mirror.md: the index,
// the lock, documents, artifacts and programs, each group sorted by path. The output is reproducible: the same slice
// and programs always result in the same bytes. Artifacts that are not in the store are fetched into it. Bundle returns
// the index that it wrote.
func Bundle(ctx context.Context, in *install.Installer, s Slice, programs []Program, w io.Writer) (Index, Result, error) {
	b := &copier{
		in:      in,
		dest:    func(a toolchain.Artifact) string { return in.Store.ArchivePath(a.Digest) },
		partial: func(a toolchain.Artifact) string { return in.Store.PartialPath(a.Digest) },
	}
	if err := b.all(ctx, "bundling "+term.Count(len(s.Artifacts), "file", "files"), s.Artifacts); err != nil {
		return Index{}, Result{}, err
	}
	entries, err := s.entries(in, programs)
	if err != nil {
		return Index{}, Result{}, err
	}
	var index Index
	for _, e := range entries {
		index.Files = append(index.Files, e.File)
	}
	data, err := index.encode()
	if err != nil {
		return Index{}, Result{}, err
	}
	if err := pack(ctx, w, append([]entry{fromMemory(content{IndexName, data}, 0o644)}, entries...)); err != nil {
		return Index{}, Result{}, err
	}
	return index, Result{Files: len(entries), Bytes: index.Bytes(), Fetched: int(b.fetched.Load()), Moved: b.bytes.Load()}, nil
}

// entries returns the files of a bundle in order, without the index.
func (s Slice) entries(in *install.Installer, programs []Program) ([]entry, error) {
	small, err := s.small()
	if err != nil {
		return nil, err
	}
	slices.SortFunc(small[1:], func(a, b content) int { return cmp.Compare(a.path, b.path) })
	var list []entry
	for _, c := range small {
		list = append(list, fromMemory(c, 0o644))
	}
	for _, a := range s.Artifacts {
		name := in.Store.ArchivePath(a.Digest)
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("writing the bundle: %w", err)
		}
		list = append(list, entry{
			File: File{Path: a.MirrorPath(), Size: info.Size(), Digest: a.Digest}, mode: 0o644,
			open: func() (io.ReadCloser, error) { return os.Open(name) },
		})
	}
	for _, p := range programs {
		list = append(list, fromMemory(content{p.Path(), p.Data}, 0o755))
	}
	return list, nil
}

func fromMemory(c content, mode int64) entry {
	return entry{File: c.file(), mode: mode, open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(c.data)), nil }}
}

// pack writes the tar file, without times, owners and their names.
func pack(ctx context.Context, w io.Writer, entries []entry) error {
	// The contents are compressed already, so the fastest level will do. The output of several goroutines could depend on
	// the number of processors.
	z, err := zstd.NewWriter(w, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	defer z.Close()
	t := tar.NewWriter(z)
	for _, e := range entries {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		header := &tar.Header{Typeflag: tar.TypeReg, Name: e.Path, Size: e.Size, Mode: e.mode, ModTime: time.Unix(0, 0), Format: tar.FormatPAX}
		if err := t.WriteHeader(header); err != nil {
			return fmt.Errorf("writing the bundle: %w", err)
		}
		if err := e.copyTo(t); err != nil {
			return fmt.Errorf("writing the bundle: %w", err)
		}
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	return nil
}

// copyTo copies the entry to w and verifies it, because a file in the store may have been damaged since it was fetched.
func (e entry) copyTo(w io.Writer) error {
	r, err := e.open()
	if err != nil {
		return err
	}
	defer r.Close()
	verifier := trust.NewVerifier(w, e.Path, e.Digest, e.Size)
	if _, err := io.Copy(verifier, r); err != nil {
		return err
	}
	return verifier.Verify()
}
