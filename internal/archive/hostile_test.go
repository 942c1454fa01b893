package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// attack is an archive that must be refused, without changing anything outside the tree.
type attack struct {
	name    string
	entries []entry
	opts    Options
	reason  string // part of HostileError.Reason
}

func device(kind byte) entry {
	return entry{Header: tar.Header{Typeflag: kind, Name: "dev/x", Mode: 0o666, Devmajor: 1, Devminor: 3}}
}

func withMode(e entry, mode int64) entry {
	e.Mode = mode
	return e
}

func attacks() []attack {
	deep := strings.Repeat("d/", 200) + "x"
	return []attack{
		{name: "climbing path", entries: []entry{file("../outside/canary", "evil")}, reason: "climbs"},
		{name: "climbing path in the middle", entries: []entry{dir("a"), file("a/../../outside/canary", "evil")}, reason: "climbs"},
		{name: "climbing path that stays inside", entries: []entry{file("a/../b", "")}, reason: "climbs"},
		{name: "climbing path of a dropped entry", entries: []entry{file("../x", "")}, opts: Options{Keep: []string{"usr/**"}}, reason: "climbs"},
		{name: "climbing path with Strip", entries: []entry{file("top/../../x", "")}, opts: Options{Strip: 1}, reason: "climbs"},
		{name: "climbing directory", entries: []entry{dir("../outside/new")}, reason: "climbs"},
		{name: "absolute path", entries: []entry{file("/etc/passwd", "evil")}, reason: "absolute"},
		{name: "absolute link", entries: []entry{link("a", "/etc/passwd")}, reason: "absolute"},
		{name: "link out", entries: []entry{link("a", "../outside/canary")}, reason: "outside"},
		{name: "link to the parent", entries: []entry{link("a", "..")}, reason: "outside"},
		{name: "link out from below", entries: []entry{link("d/a", "../../outside")}, reason: "outside"},
		{name: "link out and back in", entries: []entry{link("a", "../inside/x")}, reason: "outside"},
		{
			name: "link out through a link", reason: "leads out",
			entries: []entry{dir("z"), link("x/y/l", "../../z"), link("q", "x/y/l/../../outside")},
		},
		{
			name: "link out through a link that comes later", reason: "leads out",
			entries: []entry{link("q", "x/y/l/../../outside"), dir("z"), link("x/y/l", "../../z")},
		},
		{name: "link then write through it", entries: []entry{dir("d"), link("l", "d"), file("l/x", "evil")}, reason: "symbolic link"},
		{name: "link then directory over it", entries: []entry{dir("d"), link("l", "d"), dir("l")}, reason: "symbolic link"},
		{name: "link then file over it", entries: []entry{file("f", "1"), link("l", "f"), file("l", "evil")}, reason: "symbolic link"},
		{name: "link then link over it", entries: []entry{link("l", "a"), link("l", "b")}, reason: "symbolic link"},
		{name: "link then hard link over it", entries: []entry{file("f", "1"), link("l", "x"), hardLink("l", "f")}, reason: "symbolic link"},
		{name: "file then link over it", entries: []entry{file("f", "1"), link("f", "g")}, reason: "a file of that name"},
		{name: "directory then link over it", entries: []entry{dir("d"), link("d", "e")}, reason: "a directory of that name"},
		{name: "directory then file over it", entries: []entry{dir("d"), file("d", "")}, reason: "a directory of that name"},
		{name: "file then file below it", entries: []entry{file("f", "1"), file("f/g", "")}, reason: "a file of that name"},
		{name: "empty link", entries: []entry{link("l", "")}, reason: "not a valid path"},
		{name: "hard link out", entries: []entry{hardLink("h", "../outside/canary")}, reason: "climbs"},
		{name: "hard link to an absolute path", entries: []entry{hardLink("h", "/etc/passwd")}, reason: "absolute"},
		{name: "hard link to a link", entries: []entry{link("l", "x"), hardLink("h", "l")}, reason: "not an earlier file"},
		{name: "hard link to a directory", entries: []entry{dir("d"), hardLink("h", "d")}, reason: "not an earlier file"},
		{name: "hard link to nothing", entries: []entry{hardLink("h", "x")}, reason: "not an earlier file"},
		{name: "hard link to itself", entries: []entry{file("h", ""), hardLink("h", "h")}, reason: "not an earlier file"},
		{name: "hard link through a link", entries: []entry{file("d/f", ""), link("l", "d"), hardLink("h", "l/f")}, reason: "not an earlier file"},
		{name: "set-uid", entries: []entry{withMode(program("su", ""), 0o4755)}, reason: "set-uid"},
		{name: "set-gid", entries: []entry{withMode(program("su", ""), 0o2755)}, reason: "set-gid"},
		{name: "set-gid directory", entries: []entry{withMode(dir("d"), 0o2755)}, reason: "set-gid"},
		{name: "character device", entries: []entry{device(tar.TypeChar)}, reason: "device"},
		{name: "block device", entries: []entry{device(tar.TypeBlock)}, reason: "device"},
		{name: "fifo", entries: []entry{device(tar.TypeFifo)}, reason: "fifo"},
		{name: "unknown type", entries: []entry{device('Z')}, reason: "type 'Z'"},
		{name: "oversize", entries: []entry{file("a", "12345"), file("b", "67890")}, opts: Options{MaxBytes: 9}, reason: "at most 9"},
		{name: "oversize in a dropped entry", entries: []entry{file("a", "12345")}, opts: Options{MaxBytes: 4, Drop: []string{"a"}}, reason: "at most 4"},
		{name: "too many files", entries: []entry{file("a", ""), dir("b"), link("c", "a")}, opts: Options{MaxFiles: 2}, reason: "more than 2 files"},
		{name: "too many directories", entries: []entry{file("a/b/c/d/e", ""), file("f", "")}, opts: Options{MaxFiles: 4}, reason: "more than 4 files"},
		{name: "too deep", entries: []entry{file(deep, "")}, reason: "201 directories deep"},
		{name: "too long", entries: []entry{file(strings.Repeat("x", 5000), "")}, reason: "5000 bytes"},
	}
}

// arena creates a directory to unpack into, next to one with a file that must not change.
func arena(t testing.TB) (inside string, unchanged func() bool) {
	t.Helper()
	top := t.TempDir()
	inside, outside := filepath.Join(top, "inside"), filepath.Join(top, "outside")
	for _, d := range []string{inside, outside} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(outside, "canary"), []byte("alive"), 0o600); err != nil {
		t.Fatal(err)
	}
	around := func() string {
		entries, err := os.ReadDir(top)
		if err != nil {
			t.Fatal(err)
		}
		canary, err := os.Stat(filepath.Join(outside, "canary"))
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(entries, listing(t, outside), canary.ModTime(), hardLinks(canary))
	}
	before := around()
	return inside, func() bool { return around() == before }
}

func TestAttacks(t *testing.T) {
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			inside, unchanged := arena(t)
			a.opts.Archive = "evil.tar"
			_, err := UnpackTar(t.Context(), bytes.NewReader(tarOf(t, a.entries...)), inside, a.opts)
			wantHostile(t, err, a.reason)
			if err != nil && !strings.HasPrefix(err.Error(), "evil.tar: ") {
				t.Errorf("error %q does not name the archive", err)
			}
			if !unchanged() {
				t.Error("something outside the tree changed")
			}
		})
	}
}

// TestAttackZeroByte uses Rename, because a name in a tar header cannot contain a zero byte.
func TestAttackZeroByte(t *testing.T) {
	_, err := tryUnpack(t, t.TempDir(), Options{Rename: func(string) string { return "a\x00b" }}, file("x", ""))
	wantHostile(t, err, "zero byte")
}

func TestAttackSparseFile(t *testing.T) {
	gnu := rawTar("sparse", tar.TypeGNUSparse, "", 0)
	copy(gnu[257:], "ustar  \x00")
	copy(gnu[386:], "000000000000000000000000")
	copy(gnu[483:], "10000000000\x00") // the claimed size
	checksum(gnu)
	pax := rawTar("PaxHeaders/x", tar.TypeXHeader, "22 GNU.sparse.major=0\n22 GNU.sparse.minor=1\n"+
		"27 GNU.sparse.size=1048576\n26 GNU.sparse.numblocks=0\n19 GNU.sparse.map=\n", 0)
	pax = append(pax, rawTar("x", tar.TypeReg, "", 0)...)
	for name, data := range map[string][]byte{"GNU": gnu, "PAX": pax} {
		_, err := UnpackTar(t.Context(), bytes.NewReader(append(data, make([]byte, 1024)...)), t.TempDir(), Options{})
		t.Run(name, func(t *testing.T) { wantHostile(t, err, "sparse") })
	}
}

// TestAttackWriteThroughAnEarlierArchivesLink checks that files of a later archive are not written through a link from
// an earlier one.
func TestAttackWriteThroughAnEarlierArchivesLink(t *testing.T) {
	for _, later := range []entry{file("l/canary", "evil"), dir("l"), dir("l/d"), hardLink("l/h", "f"), link("l/s", "x")} {
		inside, unchanged := arena(t)
		// The test creates the link itself, because no archive could.
		if err := os.Symlink("../outside", filepath.Join(inside, "l")); err != nil {
			t.Fatal(err)
		}
		_, err := tryUnpack(t, inside, Options{}, file("f", ""), later)
		wantHostile(t, err, "symbolic link")
		if !unchanged() {
			t.Errorf("%s: something outside the tree changed", later.Name)
		}
	}
}

func TestAttackFileOverAnEarlierArchivesLink(t *testing.T) {
	for _, later := range []entry{file("l", "evil"), file("l", strings.Repeat("evil", 1<<19)), hardLink("l", "f")} {
		inside, unchanged := arena(t)
		if err := os.Symlink("../outside/canary", filepath.Join(inside, "l")); err != nil {
			t.Fatal(err)
		}
		_, err := tryUnpack(t, inside, Options{}, file("f", "evil"), later)
		var conflict *ConflictError
		if !errors.As(err, &conflict) {
			t.Errorf("error %v, want a ConflictError", err)
		}
		if !unchanged() {
			t.Errorf("%s: something outside the tree changed", later.Name)
		}
	}
}

// TestRootedLinksStayInside checks that absolute links of a package are relative to the tree, and that ".." in / stays
// at /, as with chroot.
func TestRootedLinksStayInside(t *testing.T) {
	inside, unchanged := arena(t)
	unpack(t, inside, Options{RootedLinks: true},
		link("a", "/"), link("d/e/f", "/usr/lib/x"), link("d/g", "/../../../etc/passwd"), link("d/h", "/d/./h2"))
	want := map[string]string{"a": ".", "d/e/f": "../../usr/lib/x", "d/g": "../etc/passwd", "d/h": "h2"}
	for name, target := range want {
		got, err := os.Readlink(filepath.Join(inside, name))
		if err != nil || got != target {
			t.Errorf("%s has the target %q (%v), want %q", name, got, err, target)
		}
	}
	if err := CheckLinks(inside); err != nil {
		t.Error(err)
	}
	if !unchanged() {
		t.Error("something outside the tree changed")
	}
}

func TestCheckLinks(t *testing.T) {
	for _, c := range []struct {
		name    string
		links   [][2]string
		escapes string // the link that leads out, "" for none
	}{
		{"dangling", [][2]string{{"a", "missing/x"}, {"b", "../top/../b2"}}, "b"},
		{"dangling inside", [][2]string{{"a", "missing/x"}, {"d/b", "../missing/../y"}}, ""},
		{"loop", [][2]string{{"a", "b"}, {"b", "a"}, {"c", "c"}}, ""},
		{"absolute", [][2]string{{"a", "/usr"}}, "a"},
		{"absolute through a link", [][2]string{{"z", "/usr"}, {"a", "z/bin"}}, "a"},
		{"parent", [][2]string{{"a", ".."}}, "a"},
		{"chain that climbs", [][2]string{{"d/e/up", "../.."}, {"q", "d/e/up/.."}}, "q"},
		{"chain that stays", [][2]string{{"d/e/up", "../.."}, {"q", "d/e/up/d"}}, ""},
		{"climbing from a missing directory", [][2]string{{"a", "x/../../y"}}, "a"},
		{"a name that is too long", [][2]string{{"a", strings.Repeat("x", 300) + "/y"}}, ""},
		{"a name that is not UTF-8", [][2]string{{"d/\xff\xfe", "../.."}}, "d/\xff\xfe"},
		{"through a file", [][2]string{{"a", "file/x"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			top := t.TempDir()
			if err := os.MkdirAll(filepath.Join(top, "d/e"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(top, "file"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for _, l := range c.links {
				if err := os.Symlink(l[1], filepath.Join(top, l[0])); err != nil {
					t.Fatal(err)
				}
			}
			// The path of a store may be a link.
			behind := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(top, behind); err != nil {
				t.Fatal(err)
			}
			err := CheckLinks(behind)
			var hostile *HostileError
			switch {
			case c.escapes == "" && err != nil:
				t.Error(err)
			case c.escapes != "" && (!errors.As(err, &hostile) || hostile.Entry != c.escapes):
				t.Errorf("error %v, want a *HostileError for %s", err, c.escapes)
			}
		})
	}
}

// rawTar returns one entry that tar.Writer would not write. Its Size is len(content) + lie.
func rawTar(name string, kind byte, content string, lie int) []byte {
	data := make([]byte, 512+(len(content)+511)/512*512)
	copy(data, name)
	copy(data[100:], "0000644\x000000000\x000000000\x00")
	copy(data[124:], fmt.Sprintf("%011o\x0000000000000\x00", len(content)+lie))
	data[156] = kind
	copy(data[257:], "ustar\x0000")
	copy(data[512:], content)
	checksum(data)
	return data
}

func checksum(header []byte) {
	copy(header[148:], "        ")
	sum := 0
	for _, b := range header[:512] {
		sum += int(b)
	}
	copy(header[148:], fmt.Sprintf("%06o\x00 ", sum))
}
