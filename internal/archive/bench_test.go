package archive_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"

	"github.com/krustup/krustup/internal/archive"
)

// BenchmarkDecompress measures the numbers of archive.Speed, on the test binary.
func BenchmarkDecompress(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	content, err := os.ReadFile(self)
	if err != nil {
		b.Fatal(err)
	}
	for _, test := range []struct {
		name, decoder string
		format        archive.Format
		writer        func(io.Writer) (io.WriteCloser, error)
	}{
		{"xz-library", "library", archive.XZ, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }},
		{"xz-program", "program", archive.XZ, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }},
		{"gzip", "", archive.Gzip, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, 9) }},
		{"zstd", "", archive.Zstd, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.Setenv("KRUSTUP_XZ", test.decoder)
			var packed bytes.Buffer
			w, err := test.writer(&packed)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := w.Write(content); err != nil {
				b.Fatal(err)
			}
			if err := w.Close(); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				r, err := archive.Decompress(b.Context(), bytes.NewReader(packed.Bytes()), test.format)
				if errors.Is(err, exec.ErrNotFound) {
					b.Skip("no xz on this machine")
				}
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, r); err != nil || n != int64(len(content)) {
					b.Fatal(n, err)
				}
				r.Close()
			}
		})
	}
}
