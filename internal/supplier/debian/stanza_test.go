package debian

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

type field struct{ Name, Value string }

func readStanzas(r io.Reader) ([][]field, error) {
	var all [][]field
	err := scanStanzas("test", r, func(s stanza) error {
		var fields []field
		for name, value := range s.fields() {
			fields = append(fields, field{string(name), string(value)})
		}
		all = append(all, fields)
		return nil
	})
	return all, err
}

func TestScanStanzas(t *testing.T) {
	text := "\n\nPackage: a\nVersion:1.0 \nDescription: one\n two\n .\n\tthree\n\n\n\nPackage: b\nnonsense\nEmpty:\nURL: http://x:80/\n\nPackage: c"
	want := [][]field{
		{{"Package", "a"}, {"Version", "1.0"}, {"Description", "one\n two\n .\n\tthree"}},
		{{"Package", "b"}, {"Empty", ""}, {"URL", "http://x:80/"}},
		{{"Package", "c"}},
	}
	for name, r := range map[string]io.Reader{
		"at once":      strings.NewReader(text),
		"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
	} {
		got, err := readStanzas(r)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestScanLargeStanzas scans paragraphs near and beyond the size of the buffer.
func TestScanLargeStanzas(t *testing.T) {
	var text strings.Builder
	sizes := []int{10, 1<<20 - 40, 1 << 20, 3 << 20, 5, 1<<20 + 1, 100}
	for _, n := range sizes {
		text.WriteString("Package: a\nProvides: " + strings.Repeat("x", n) + "\n\n")
	}
	got, err := readStanzas(strings.NewReader(text.String()))
	if err != nil || len(got) != len(sizes) {
		t.Fatalf("got %d paragraphs, %v; expected %d", len(got), err, len(sizes))
	}
	for i, n := range sizes {
		if len(got[i][1].Value) != n {
			t.Errorf("paragraph %d: value of %d bytes, expected %d", i, len(got[i][1].Value), n)
		}
	}
	_, err = readStanzas(strings.NewReader("Package: " + strings.Repeat("x", 2*maxStanza)))
	var format *FormatError
	if !errors.As(err, &format) {
		t.Errorf("a paragraph without end: got %v, expected a *FormatError", err)
	}
}

func TestScanStanzasErrors(t *testing.T) {
	var format *FormatError
	if _, err := readStanzas(strings.NewReader(" continued\n")); !errors.As(err, &format) {
		t.Errorf("continued line first: got %v, expected a *FormatError", err)
	}
	broken := errors.New("broken disk")
	if _, err := readStanzas(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v, expected the reader's error", err)
	}
}

func TestParsePackage(t *testing.T) {
	const sha = "8dc8db527ef0e4e64c1361281c123c461b768c148d5308f841ef47c7b90b19d4"
	good := "Package: rustc\nVersion: 1.85.1+dfsg1-1\nArchitecture: amd64\nFilename: pool/main/r/rustc/rustc_1.85.1+dfsg1-1_amd64.deb\nSize: 10\nSHA256: " + sha + "\n"
	p, err := parsePackage("test", stanza(good))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := p.writeTo(&text); err != nil {
		t.Fatal(err)
	}
	again, err := parsePackage("test", stanza(bytes.TrimSpace(text.Bytes())))
	if err != nil || *again != *p {
		t.Errorf("written and read again: %+v, %v; expected %+v", again, err, p)
	}
	for _, bad := range [][2]string{
		{"pool/main", "/pool/main"},
		{"pool/main", "../pool"},
		{"pool/main", "pool/../../main"},
		{"pool/main", "pool//main"},
		{"rustc_1", "rustc?1"},
		{"Size: 10", "Size: ten"},
		{"Size: 10", "Size: 0"},
		{sha, sha[:60]},
		{"Version: 1.85.1+dfsg1-1\n", ""},
		{"Package: rustc", "Package: ../rustc"},
	} {
		text := strings.Replace(good, bad[0], bad[1], 1)
		var format *FormatError
		if p, err := parsePackage("test", stanza(text)); !errors.As(err, &format) {
			t.Errorf("%s for %s: got %v, %v; expected a *FormatError", bad[1], bad[0], p, err)
		}
	}
}

// FuzzParseStanzas checks that fields that are written and read again stay the same, in any division of the text into
// reads, and that the path of an accepted package is inside the archive.
func FuzzParseStanzas(f *testing.F) {
	f.Add("Package: a\nVersion: 1\n\nPackage: b\nDepends: x,\n y | z\n")
	f.Add("\n\n:\n\n a\n")
	f.Add("a:b\n\n\n\nc: d\n \n\t\n\n")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readStanzas(strings.NewReader(text))
		pieces, errPieces := readStanzas(iotest.HalfReader(iotest.OneByteReader(strings.NewReader(text))))
		if (err == nil) != (errPieces == nil) || cmp.Diff(first, pieces) != "" {
			t.Fatalf("at once: %v, %v\nin pieces: %v, %v", first, err, pieces, errPieces)
		}
		var out strings.Builder
		var written [][]field
		for _, fields := range first {
			if len(fields) == 0 {
				continue
			}
			written = append(written, fields)
			for _, f := range fields {
				if strings.HasPrefix(f.Name, " ") || strings.HasPrefix(f.Name, "\t") {
					return // at another place, this first line of a paragraph would be a continuation line
				}
				out.WriteString(f.Name + ":" + f.Value + "\n")
			}
			out.WriteString("\n")
		}
		again, err := readStanzas(strings.NewReader(out.String()))
		if err != nil || cmp.Diff(written, again) != "" {
			t.Fatalf("%v\n%s", err, cmp.Diff(written, again))
		}
		_ = scanStanzas("test", strings.NewReader(text), func(s stanza) error {
			p, err := parsePackage("test", s)
			if err == nil && (strings.Contains("/"+p.path+"/", "/../") || strings.HasPrefix(p.path, "/")) {
				t.Errorf("accepted the path %q", p.path)
			}
			return nil
		})
	})
}
