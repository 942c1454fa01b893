package archive

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestUnpackDebRefuses(t *testing.T) {
	data := string(tarOf(t, file("x", "")))
	good := debOf(t, Gzip, file("x", ""))
	for name, deb := range map[string][]byte{
		"empty":             {},
		"not ar":            []byte("!<arch>?" + string(good[8:])),
		"no members":        []byte(arMagic),
		"wrong first":       arOf("control.tar", data, "data.tar", data),
		"wrong version":     arOf("debian-binary", "3.0\n", "control.tar", data, "data.tar", data),
		"long version":      arOf("debian-binary", "2.0\n"+strings.Repeat("x", 100), "control.tar", data, "data.tar", data),
		"no control":        arOf("debian-binary", "2.0\n", "data.tar", data),
		"no data":           arOf("debian-binary", "2.0\n", "control.tar", data),
		"unknown member":    arOf("debian-binary", "2.0\n", "control.tar", data, "evil", "", "data.tar", data),
		"unknown format":    arOf("debian-binary", "2.0\n", "control.tar", data, "data.tar.bz2", data),
		"wrong format":      arOf("debian-binary", "2.0\n", "control.tar", data, "data.tar.gz", data),
		"truncated":         good[:len(good)-20],
		"truncated header":  good[:100],
		"header end":        bytes.Replace(good, []byte(arHeaderEnd), []byte("xx"), 1),
		"negative size":     bytes.Replace(good, []byte("4         `"), []byte("-4        `"), 1),
		"name with a slash": bytes.Replace(good, []byte("debian-binary "), []byte("debian/binary "), 1),
		"many members":      arOf(append([]string{"debian-binary", "2.0\n"}, strings.Split(strings.Repeat("_x,,", 100), ",")[:200]...)...),
	} {
		to := t.TempDir()
		_, err := UnpackDeb(t.Context(), onDisk(t, "bad.deb", deb), to, Options{})
		wantFormatError(t, name, err)
		if err != nil && !strings.Contains(err.Error(), "bad.deb: ") {
			t.Errorf("%s: error %q does not name the file", name, err)
		}
	}
}

func TestUnpackDebSkipsPrivateMembers(t *testing.T) {
	data := string(tarOf(t, file("x", "1")))
	to := t.TempDir()
	deb := arOf("debian-binary", "2.1\nmore\n", "_note", "odd", "control.tar", data, "_note", "", "data.tar/", data, "_gpgorigin", "?")
	if _, err := UnpackDeb(t.Context(), onDisk(t, "x.deb", deb), to, Options{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("x -rw-r--r-- \"1\"\n", listing(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackDebsAtTheSameTime(t *testing.T) {
	to := t.TempDir()
	var running sync.WaitGroup
	for i := range 8 {
		var entries []entry
		for j := range 40 {
			entries = append(entries, dir(fmt.Sprintf("usr/lib/d%d", j)), file(fmt.Sprintf("usr/lib/d%d/f%d", j, i), "x"))
		}
		deb := onDisk(t, "x.deb", debOf(t, Gzip, append(entries, link("usr/link", "lib"))...))
		running.Go(func() {
			if _, err := UnpackDeb(t.Context(), deb, to, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	if got := strings.Count(listing(t, to), `"x"`); got != 320 {
		t.Errorf("%d files, want 320", got)
	}
}

func TestReadAr(t *testing.T) {
	data := arOf("a", "odd", "b", "", "c.tar", "even")
	members, err := readAr(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, m := range members {
		content, err := io.ReadAll(io.NewSectionReader(bytes.NewReader(data), m.offset, m.size))
		got = append(got, fmt.Sprintf("%s=%s %v", m.name, content, err))
	}
	if diff := cmp.Diff([]string{"a=odd <nil>", "b= <nil>", "c.tar=even <nil>"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestUnpackDebLikeDpkg compares with dpkg-deb, on packages that dpkg-deb builds.
func TestUnpackDebLikeDpkg(t *testing.T) {
	needProgram(t, "dpkg-deb")
	top := t.TempDir()
	tree := filepath.Join(top, "tree")
	unpack(t, mkdir(t, tree), Options{RootedLinks: true}, toolchainEntries()...)
	control := filepath.Join(mkdir(t, filepath.Join(tree, "DEBIAN")), "control")
	text := "Package: test\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: test\n"
	if err := os.WriteFile(control, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, compression := range []string{"xz", "gzip", "none"} {
		deb := filepath.Join(top, compression+".deb")
		run(t, "dpkg-deb", "--root-owner-group", "-Z"+compression, "-b", tree, deb)
		theirs := filepath.Join(top, compression)
		run(t, "dpkg-deb", "-x", deb, theirs)
		ours := t.TempDir()
		f, err := os.Open(deb)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := UnpackDeb(t.Context(), f, ours, Options{}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(listing(t, theirs), listing(t, ours)); diff != "" {
			t.Errorf("%s: %s", compression, diff)
		}
	}
}

func mkdir(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
}
