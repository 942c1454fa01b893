package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// modified is the modification time of every entry in these tests.
var modified = time.Unix(1_700_000_000, 0)

// Constructors of the entries in tests.

func file(name, content string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644}, content: content}
}

func program(name, content string) entry {
	e := file(name, content)
	e.Mode = 0o755
	return e
}

func dir(name string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: 0o755}}
}

func link(name, target string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}}
}

func hardLink(name, target string) entry {
	return entry{Header: tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: 0o644}}
}

type entry struct {
	tar.Header
	content string
}

func tarOf(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, e := range entries {
		e.Size, e.ModTime = int64(len(e.content)), modified
		if err := w.WriteHeader(&e.Header); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, e.content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func compress(t testing.TB, f Format, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	var w io.WriteCloser
	var err error
	switch f {
	case Plain:
		return data
	case XZ:
		// A small dictionary, because one is allocated for each of thousands of tiny streams.
		w, err = xz.WriterConfig{DictCap: 1 << 16}.NewWriter(&out)
	case Gzip:
		w = gzip.NewWriter(&out)
	case Zstd:
		w, err = zstd.NewWriter(&out)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// arOf returns an ar archive with the given pairs of name and content, as dpkg-deb writes it.
func arOf(members ...string) []byte {
	out := bytes.NewBufferString(arMagic)
	for i := 0; i < len(members); i += 2 {
		out.WriteString(members[i] + strings.Repeat(" ", max(0, 16-len(members[i])))) // fmt pads to runes, a header has bytes
		fmt.Fprintf(out, "%-12d%-6d%-6d%-8o%-10d%s", modified.Unix(), 0, 0, 0o100644, len(members[i+1]), arHeaderEnd)
		out.WriteString(members[i+1])
		if len(members[i+1])%2 == 1 {
			out.WriteByte('\n')
		}
	}
	return out.Bytes()
}

func extension(f Format) string {
	return map[Format]string{Plain: "", XZ: ".xz", Gzip: ".gz", Zstd: ".zst"}[f]
}

func debOf(t testing.TB, f Format, entries ...entry) []byte {
	control := compress(t, f, tarOf(t, file("./control", "Package: test\n")))
	data := compress(t, f, tarOf(t, entries...))
	return arOf("debian-binary", "2.0\n", "control.tar"+extension(f), string(control), "data.tar"+extension(f), string(data))
}

// onDisk writes data to a new file and opens it.
func onDisk(t testing.TB, name string, data []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// listing returns a line for everything under dir, in the order of names: name, mode, and content or target.
func listing(t testing.TB, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		switch {
		case info.Mode().IsRegular():
			content, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%s %v %q\n", name, info.Mode(), content)
		case info.Mode().Type() == fs.ModeSymlink:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, "%s -> %s\n", name, target)
		default:
			fmt.Fprintf(&out, "%s %v\n", name, info.Mode())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}
