package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/trust"
)

// staticKrustup returns a krustup as a bundle contains it. The krustup of the scripts cannot be used, because it is the
// test program.
var staticKrustup = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "krustup-static-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(dir, "krustup"), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w: %s", err, out)
	}
	return os.ReadFile(filepath.Join(dir, "krustup"))
})

// cmdStatic implements "static FILE", which writes a statically linked krustup.
func cmdStatic(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: static file")
	}
	data, err := staticKrustup()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o755))
}

// member is one entry of a bundle.
type member struct {
	header *tar.Header
	data   []byte
}

func readBundle(name string) ([]member, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := zstd.NewReader(f)
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var list []member
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		list = append(list, member{h, data})
	}
}

func packBundle(list []member) ([]byte, error) {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out)
	if err != nil {
		return nil, err
	}
	t := tar.NewWriter(z)
	for _, m := range list {
		m.header.Size = int64(len(m.data))
		if err := t.WriteHeader(m.header); err != nil {
			return nil, err
		}
		if _, err := t.Write(m.data); err != nil {
			return nil, err
		}
	}
	if err := errors.Join(t.Close(), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// mend rebuilds the index from the files of the bundle, as an attacker would.
func mend(list []member) error {
	at := slices.IndexFunc(list, func(m member) bool { return m.header.Name == mirror.IndexName })
	index := mirror.Index{Schema: 1}
	for i, m := range list {
		if i != at && m.header.Typeflag == tar.TypeReg {
			index.Files = append(index.Files, mirror.File{Path: m.header.Name, Size: int64(len(m.data)), Digest: trust.DigestOf(m.data)})
		}
	}
	slices.SortFunc(index.Files, func(a, b mirror.File) int { return cmp.Compare(a.Path, b.Path) })
	data, err := json.Marshal(index)
	list[at].data = data
	return err
}

// cmdRepack implements "repack OLD NEW CHANGE...", which writes a copy of a bundle with changes, applied in order. A
// file matches PATTERN if its base name does (path.Match) or its path contains a slash followed by PATTERN:
//
//	flip PATTERN         flip one bit of the first matching file
//	drop PATTERN         remove the first matching file
//	put NAME FILE        add a file, or replace it
//	link NAME TARGET     add a symbolic link
//	device NAME          add a device
//	mend                 rebuild the index
//	cut                  remove the second half of the bundle
func cmdRepack(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: repack old new change...")
	}
	list, err := readBundle(ts.MkAbs(args[0]))
	ts.Check(err)
	find := func(pattern string) int {
		at := slices.IndexFunc(list, func(m member) bool {
			ok, _ := path.Match(pattern, path.Base(m.header.Name))
			return ok || strings.Contains(m.header.Name, "/"+pattern)
		})
		if at < 0 {
			ts.Fatalf("no file matches %s", pattern)
		}
		return at
	}
	cut := false
	for rest := args[2:]; len(rest) > 0; {
		take := 2
		switch rest[0] {
		case "flip":
			m := &list[find(rest[1])]
			m.data = bytes.Clone(m.data)
			m.data[len(m.data)/2] ^= 1
		case "drop":
			at := find(rest[1])
			list = slices.Delete(list, at, at+1)
		case "put":
			take = 3
			data, err := os.ReadFile(ts.MkAbs(rest[2]))
			ts.Check(err)
			list = slices.DeleteFunc(list, func(m member) bool { return m.header.Name == rest[1] })
			list = append(list, member{&tar.Header{Typeflag: tar.TypeReg, Name: rest[1], Mode: 0o644}, data})
		case "link":
			take = 3
			list = append(list, member{&tar.Header{Typeflag: tar.TypeSymlink, Name: rest[1], Linkname: rest[2], Mode: 0o777}, nil})
		case "device":
			list = append(list, member{&tar.Header{Typeflag: tar.TypeChar, Name: rest[1], Devmajor: 1, Devminor: 3, Mode: 0o666}, nil})
		case "mend":
			take = 1
			ts.Check(mend(list))
		case "cut":
			take, cut = 1, true
		default:
			ts.Fatalf("unknown change %q", rest[0])
		}
		rest = rest[take:]
	}
	data, err := packBundle(list)
	ts.Check(err)
	if cut {
		data = data[:len(data)/2]
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), data, 0o644))
}
