package archive

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Format is the compression of a stream. The zero value is not a valid Format.
type Format uint8

// The formats.
const (
	Plain Format = iota + 1 // uncompressed
	XZ
	Gzip
	Zstd
)

// String returns "plain", "xz", "gzip", "zstd" or "no format".
func (f Format) String() string {
	switch f {
	case Plain:
		return "plain"
	case XZ:
		return "xz"
	case Gzip:
		return "gzip"
	case Zstd:
		return "zstd"
	}
	return "no format"
}

// FormatOf returns the format for the last extension of a file name or URL path: x.tar.xz, Packages.xz, x.tgz, x.tar. A
// name without an extension is Plain. An unknown extension is an error.
func FormatOf(name string) (Format, error) {
	switch ext := path.Ext(path.Base(name)); strings.ToLower(ext) {
	case ".xz", ".txz":
		return XZ, nil
	case ".gz", ".tgz":
		return Gzip, nil
	case ".zst", ".tzst":
		return Zstd, nil
	case ".tar", "":
		return Plain, nil
	default:
		return 0, fmt.Errorf("%s: extension %q, expected .tar, .xz, .gz or .zst", name, ext)
	}
}

// FormatOfContent returns the format of a stream by its first bytes, of which six are enough. It is Plain for what is
// none of the compressed formats.
func FormatOfContent(head []byte) Format {
	for magic, f := range map[string]Format{"\xfd7zXZ\x00": XZ, "\x1f\x8b": Gzip, "\x28\xb5\x2f\xfd": Zstd} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return f
		}
	}
	return Plain
}

const (
	// bufferSize is the size of reads. With less, the xz library spends most of its time in the reader.
	bufferSize = 1 << 20
	// maxWindow is the largest window of a zstd stream, that of zstd --long. A decoder needs that much memory.
	maxWindow = 1 << 27
)

// Decompress returns a reader of the content of a compressed stream. Reading to the end checks everything that the
// format can check: truncated or corrupt input and data after the stream are a *FormatError, and an error of r is
// returned as it is. Close stops the decompression and frees its resources, but does not close r.
//
// For xz it runs the machine's xz program, which is twice as fast as the library, if there is one and the stream is not
// tiny. KRUSTUP_XZ=library or KRUSTUP_XZ=program in the environment forces one of the two.
func Decompress(ctx context.Context, r io.Reader, f Format) (io.ReadCloser, error) {
	src := &source{ctx: ctx, r: r}
	d := &decoded{format: f, src: src}
	var err error
	switch f {
	case Plain:
		d.ReadCloser = io.NopCloser(src)
	case XZ:
		d.ReadCloser, err = openXZ(ctx, src)
	case Gzip:
		d.ReadCloser, err = gzip.NewReader(bufio.NewReaderSize(src, bufferSize))
	case Zstd:
		d.ReadCloser, err = openZstd(src)
	default:
		err = errors.New("no format given")
	}
	if err != nil {
		return nil, d.explain(err)
	}
	return d, nil
}

// Speed returns about how many bytes of content one core decodes from a format per second, as `make bench` measures it.
// It is for choosing between two compressions of the same content.
func Speed(f Format) float64 {
	switch f {
	case XZ:
		if xzProgram() != "" {
			return 80e6
		}
		return 40e6
	case Gzip:
		return 220e6
	case Zstd:
		return 650e6
	}
	return 2e9
}

func openZstd(src io.Reader) (io.ReadCloser, error) {
	dec, err := zstd.NewReader(src, zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	return dec.IOReadCloser(), nil
}

// source reads the compressed bytes until ctx ends. It keeps the error of a failed read, because the decompressors
// report a failing disk in the same way as corrupt input.
type source struct {
	ctx context.Context
	r   io.Reader
	err atomic.Pointer[error]
}

func (s *source) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, s.fail(context.Cause(s.ctx))
	}
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = s.fail(err)
	}
	return n, err
}

func (s *source) fail(err error) error {
	s.err.CompareAndSwap(nil, &err)
	return err
}

// decoded converts the errors of a decompressor to those of this package.
type decoded struct {
	io.ReadCloser
	format Format
	src    *source
}

func (d *decoded) Read(p []byte) (int, error) {
	n, err := d.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		err = d.explain(err)
	}
	return n, err
}

func (d *decoded) explain(err error) error {
	if failed := d.src.err.Load(); failed != nil {
		return *failed
	}
	if d.src.ctx.Err() != nil {
		return context.Cause(d.src.ctx)
	}
	var local *programError
	if d.format == Plain || d.format == 0 || errors.As(err, &local) && !local.rejected {
		return err
	}
	if err == io.EOF { // at the very start
		err = io.ErrUnexpectedEOF
	}
	return &FormatError{Err: fmt.Errorf("%s: %w", d.format, err)}
}
