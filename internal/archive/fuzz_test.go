package archive

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// hardLinks returns the number of names of a file.
func hardLinks(info fs.FileInfo) uint64 {
	return uint64(info.Sys().(*syscall.Stat_t).Nlink)
}

// fuzzLimits are small, to keep each run short.
var fuzzLimits = Options{Archive: "fuzz", MaxBytes: 1 << 20, MaxFiles: 100, Jobs: 2}

// harmless checks what must hold after any input: nothing outside the tree changed, the limits were kept, the tree has
// no special files, and if the input was accepted no link leads out of it.
func harmless(t *testing.T, inside string, unchanged func() bool, err error) {
	t.Helper()
	if !unchanged() {
		t.Error("something outside the tree changed")
	}
	var size, count int64
	walked := filepath.WalkDir(inside, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if mode := info.Mode(); mode&^(fs.ModeDir|fs.ModeSymlink|fs.ModePerm) != 0 {
			t.Errorf("%s has mode %v", path, mode)
		}
		if info.Mode().IsRegular() {
			size += info.Size() / int64(hardLinks(info))
		}
		count++
		return nil
	})
	if walked != nil {
		t.Error(walked)
	}
	if size > fuzzLimits.MaxBytes || count > fuzzLimits.MaxFiles+maxDepth+1 {
		t.Errorf("%d bytes in %d files, at most %d and %d were allowed", size, count, fuzzLimits.MaxBytes, fuzzLimits.MaxFiles)
	}
	if err == nil {
		if err := CheckLinks(inside); err != nil {
			t.Error(err)
		}
	}
}

// fixChecksums corrects the checksums of a tar's headers, so that changes of the fuzzer get past their check.
func fixChecksums(data []byte) []byte {
	data = bytes.Clone(data)
	for at := 0; at+512 <= len(data); {
		header := data[at : at+512]
		if len(bytes.Trim(header, "\x00")) == 0 {
			break
		}
		checksum(header)
		size, err := strconv.ParseUint(string(bytes.Trim(header[124:136], " \x00")), 8, 30)
		if err != nil {
			break
		}
		at += 512 + (int(size)+511)/512*512
	}
	return data
}

// Run FuzzUnpackTar with -fuzzminimizetime 1x: the coverage depends on the order of goroutines, so minimizing never
// ends.
func FuzzUnpackTar(f *testing.F) {
	f.Add(tarOf(f, toolchainEntries()...), true)
	for _, a := range attacks() {
		f.Add(tarOf(f, a.entries...), len(a.name)%2 == 0)
	}
	f.Fuzz(func(t *testing.T, data []byte, rooted bool) {
		inside, unchanged := arena(t)
		opts := fuzzLimits
		opts.RootedLinks = rooted
		_, err := UnpackTar(t.Context(), bytes.NewReader(fixChecksums(data)), inside, opts)
		harmless(t, inside, unchanged, err)
	})
}

func FuzzUnpackDeb(f *testing.F) {
	for _, format := range []Format{Plain, XZ, Gzip, Zstd} {
		f.Add(debOf(f, format, toolchainEntries()...))
	}
	for _, a := range attacks() {
		f.Add(debOf(f, Plain, a.entries...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		t.Setenv(xzSwitch, "library")
		inside, unchanged := arena(t)
		_, err := UnpackDeb(t.Context(), onDisk(t, "fuzz.deb", data), inside, fuzzLimits)
		harmless(t, inside, unchanged, err)
		// Unpacking the same package again changes nothing. It is a conflict only if the package has a name twice.
		if err == nil {
			before := listing(t, inside)
			_, err := UnpackDeb(t.Context(), onDisk(t, "again.deb", data), inside, fuzzLimits)
			var conflict *ConflictError
			if err == nil && listing(t, inside) != before || err != nil && !errors.As(err, &conflict) {
				t.Errorf("unpacking again: %v", err)
			}
		}
	})
}

func FuzzReadAr(f *testing.F) {
	f.Add(arOf("debian-binary", "2.0\n", "control.tar", "odd", "data.tar.xz", "even"))
	f.Add(arOf("a", ""))
	f.Add([]byte(arMagic))
	f.Fuzz(func(t *testing.T, data []byte) {
		members, err := readAr(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) {
				t.Errorf("error %v, want a *FormatError", err)
			}
			return
		}
		end := int64(len(arMagic))
		var pairs []string
		for _, m := range members {
			if m.size < 0 || m.offset < end+arHeaderSize || m.offset+m.size > int64(len(data)) {
				t.Fatalf("member %+v is not between byte %d and the end at %d", m, end, len(data))
			}
			end = m.offset + m.size
			content, err := io.ReadAll(io.NewSectionReader(bytes.NewReader(data), m.offset, m.size))
			if err != nil {
				t.Fatal(err)
			}
			name := m.name
			if len(name) < 16 {
				name += "/" // ends the name, so that a space at its end is not padding
			}
			pairs = append(pairs, name, string(content))
		}
		// An archive written from the members has the same members.
		again := arOf(pairs...)
		read, err := readAr(bytes.NewReader(again), int64(len(again)))
		if err != nil || len(read) != len(members) {
			t.Fatalf("%d members became %d (%v)", len(members), len(read), err)
		}
		for i, m := range read {
			if m.name != members[i].name || string(again[m.offset:m.offset+m.size]) != pairs[2*i+1] {
				t.Errorf("member %d became %+v, was %+v", i, m, members[i])
			}
		}
	})
}

func FuzzXZBlocks(f *testing.F) {
	f.Add(compress(f, XZ, []byte("some text")))
	// Created by xz -0 --block-size=10000, because the library cannot write such files.
	data, err := os.ReadFile(filepath.Join("testdata", "three-blocks.xz"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		t.Setenv(xzSwitch, "library")
		forward, errForward := decompress(t.Context(), data, XZ)
		blocks, errBlocks := decompressFrom(t.Context(), bytes.NewReader(data), XZ)
		if (errForward == nil) != (errBlocks == nil) {
			t.Fatalf("errors differ: forward %v, by blocks %v", errForward, errBlocks)
		}
		if errForward == nil && !bytes.Equal(forward, blocks) {
			t.Error("decoding forward and by blocks returns different bytes")
		}
	})
}
