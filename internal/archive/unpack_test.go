package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// toolchainEntries returns the entries of a small package in the style of Debian's.
func toolchainEntries() []entry {
	return []entry{
		dir("./"), dir("./usr/"), dir("./usr/bin/"), program("./usr/bin/rustc", "ELF"), link("./usr/bin/rs", "rustc"),
		link("./usr/bin/cc", "/etc/alternatives/cc"), dir("./usr/lib/"), link("./usr/lib/up", "../bin/./rustc"),
		file("./usr/lib/libx.so.1", "library"), link("./usr/lib/libx.so", "/usr/lib/libx.so.1"),
		hardLink("./usr/lib/liby.so.1", "./usr/lib/libx.so.1"), dir("./usr/share/doc/x/"), file("./usr/share/doc/x/copyright", "text"),
	}
}

const toolchainListing = `usr drwxr-xr-x
usr/bin drwxr-xr-x
usr/bin/cc -> ../../etc/alternatives/cc
usr/bin/rs -> rustc
usr/bin/rustc -rwxr-xr-x "ELF"
usr/lib drwxr-xr-x
usr/lib/libx.so -> libx.so.1
usr/lib/libx.so.1 -rw-r--r-- "library"
usr/lib/liby.so.1 -rw-r--r-- "library"
usr/lib/up -> ../bin/./rustc
`

func TestUnpackDebOfEachFormat(t *testing.T) {
	for _, f := range []Format{Plain, XZ, Gzip, Zstd} {
		t.Run(f.String(), func(t *testing.T) {
			to := t.TempDir()
			deb := onDisk(t, "x.deb", debOf(t, f, toolchainEntries()...))
			stats, err := UnpackDeb(t.Context(), deb, to, Options{Drop: []string{"usr/share/doc/**"}})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(toolchainListing, listing(t, to)); diff != "" {
				t.Error(diff)
			}
			if want := (Stats{Files: 3, Dirs: 3, Links: 4, Bytes: 10}); stats != want {
				t.Errorf("stats %+v, want %+v", stats, want)
			}
			if err := CheckLinks(to); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnpackKeepsTimesAndHardLinks(t *testing.T) {
	// The umask must have no effect, because objects are shared between users.
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	to := t.TempDir()
	unpack(t, to, Options{RootedLinks: true}, toolchainEntries()...)
	info := stat(t, to, "usr/lib/libx.so.1")
	if !info.ModTime().Equal(modified) || info.Mode() != 0o644 {
		t.Errorf("time %v mode %v, want %v and 0644", info.ModTime(), info.Mode(), modified)
	}
	if !os.SameFile(info, stat(t, to, "usr/lib/liby.so.1")) {
		t.Error("the hard link was unpacked as a copy")
	}
	if mode := stat(t, to, "usr/bin").Mode().Perm(); mode != 0o755 {
		t.Errorf("directory has mode %v, want 0755", mode)
	}
}

func TestUnpackStripsAndRenames(t *testing.T) {
	to := t.TempDir()
	rename := func(name string) string {
		if rest, ok := strings.CutPrefix(name, "rustc/"); ok {
			return "usr/" + rest
		}
		return ""
	}
	unpack(t, to, Options{Strip: 1, Rename: rename},
		file("rust-1.96.1/version", "1.96.1"), file("top", "left out"), dir("rust-1.96.1"), dir("rust-1.96.1/rustc"),
		file("rust-1.96.1/rustc/bin/rustc", "ELF"), hardLink("rust-1.96.1/rustc/bin/rs", "rust-1.96.1/rustc/bin/rustc"),
		link("rust-1.96.1/rustc/bin/up", "../bin"))
	want := `usr drwxr-xr-x
usr/bin drwxr-xr-x
usr/bin/rs -rw-r--r-- "ELF"
usr/bin/rustc -rw-r--r-- "ELF"
usr/bin/up -> ../bin
`
	if diff := cmp.Diff(want, listing(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackRefusesRenameOutside(t *testing.T) {
	_, err := tryUnpack(t, t.TempDir(), Options{Rename: func(string) string { return "../x" }}, file("x", ""))
	wantHostile(t, err, "climbs")
}

func TestUnpackKeepsOnlyWhatMatches(t *testing.T) {
	to := t.TempDir()
	unpack(t, to, Options{Keep: []string{"usr/lib/**"}, Drop: []string{"**/*.so"}, RootedLinks: true}, toolchainEntries()...)
	want := `usr drwxr-xr-x
usr/lib drwxr-xr-x
usr/lib/libx.so.1 -rw-r--r-- "library"
usr/lib/liby.so.1 -rw-r--r-- "library"
usr/lib/up -> ../bin/./rustc
`
	if diff := cmp.Diff(want, listing(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackRefusesABadPattern(t *testing.T) {
	if _, err := tryUnpack(t, t.TempDir(), Options{Drop: []string{"usr/[a"}}, file("x", "")); err == nil {
		t.Error("a malformed pattern, which drops nothing, was accepted")
	}
}

func TestUnpackHardLinkToADroppedFile(t *testing.T) {
	_, err := tryUnpack(t, t.TempDir(), Options{Drop: []string{"a"}}, file("a", "1"), hardLink("b", "a"))
	if err == nil || !strings.Contains(err.Error(), "left out") {
		t.Errorf("error %v, want one that says a is left out", err)
	}
}

func TestUnpackLaterOfTwoCounts(t *testing.T) {
	to := t.TempDir()
	unpack(t, to, Options{}, file("a", "first"), hardLink("b", "a"), file("a", "second"), file("c", "x"), hardLink("c", "a"))
	want := "a -rw-r--r-- \"second\"\nb -rw-r--r-- \"first\"\nc -rw-r--r-- \"second\"\n"
	if diff := cmp.Diff(want, listing(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackOverAnEarlierArchive(t *testing.T) {
	earlier := []entry{file("d/same", "1"), link("d/link", "same"), program("d/tool", "x"), file("d/big", strings.Repeat("b", wholeFile+2))}
	for _, c := range []struct {
		name  string
		later entry
		want  string // in the ConflictError, "" for none
	}{
		{"same file", earlier[0], ""},
		{"same link", earlier[1], ""},
		{"same large file", earlier[3], ""},
		{"new file", file("d/new", "n"), ""},
		{"other content", file("d/same", "2"), "other content"},
		{"other large content", file("d/big", strings.Repeat("b", wholeFile+1)+"c"), "other content"},
		{"other size", file("d/same", "22"), "2 bytes"},
		{"other mode", file("d/tool", "x"), "0755"},
		{"other target", link("d/link", "tool"), `"same"`},
		{"file over link", file("d/link", "1"), "symbolic link"},
		{"link over file", link("d/same", "tool"), "a file"},
		{"directory over file", dir("d/same"), "a directory"},
		{"file under file", file("d/same/x", ""), "a directory"},
		{"file over directory", file("d", ""), "a directory"},
	} {
		t.Run(c.name, func(t *testing.T) {
			to := t.TempDir()
			unpack(t, to, Options{}, earlier...)
			before := listing(t, to)
			_, err := tryUnpack(t, to, Options{Archive: "later.deb"}, c.later)
			var conflict *ConflictError
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want != "" && (!errors.As(err, &conflict) || !strings.Contains(err.Error(), c.want) || conflict.Archive != "later.deb"):
				t.Fatalf("error %v, want a *ConflictError with %q", err, c.want)
			case c.want != "" && listing(t, to) != before:
				t.Error("the earlier archive's files changed")
			}
		})
	}
}

func TestUnpackHardLinkOverAnEarlierArchive(t *testing.T) {
	to := t.TempDir()
	unpack(t, to, Options{}, file("b", "same"), file("c", "other"))
	unpack(t, to, Options{}, file("a", "same"), hardLink("b", "a"))
	_, err := tryUnpack(t, to, Options{}, file("d", "same"), hardLink("c", "d"))
	var conflict *ConflictError
	if !errors.As(err, &conflict) || conflict.Path != "c" {
		t.Errorf("error %v, want a *ConflictError for c", err)
	}
}

// TestUnpackManyFilesWithManyWriters has many directories, sizes below and above wholeFile, and names that are not
// sorted by directory.
func TestUnpackManyFilesWithManyWriters(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var entries []entry
	content := map[string]string{}
	for i := range 600 {
		size := rnd.IntN(3000)
		if i%100 == 0 {
			size = wholeFile + rnd.IntN(wholeFile)
		}
		body := make([]byte, size)
		for j := range body {
			body[j] = byte(rnd.Uint32())
		}
		name := fmt.Sprintf("d%d/e%d/f%d", rnd.IntN(20), rnd.IntN(5), i)
		content[name] = string(body)
		entries = append(entries, file(name, string(body)))
	}
	to := t.TempDir()
	unpack(t, to, Options{Jobs: 7}, entries...)
	for name, want := range content {
		got, err := os.ReadFile(filepath.Join(to, name))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %d bytes that differ from the %d in the archive (%v)", name, len(got), len(want), err)
		}
	}
}

func TestUnpackReadsPaxAndGNUNames(t *testing.T) {
	long := strings.Repeat("directory/", 30) + "file"
	for _, f := range []tar.Format{tar.FormatPAX, tar.FormatGNU} {
		to := t.TempDir()
		e := file(long, "x")
		e.Format = f
		unpack(t, to, Options{}, e)
		if _, err := os.Stat(filepath.Join(to, long)); err != nil {
			t.Error(err)
		}
	}
}

// TestUnpackSkipsTheGlobalHeader has a header for the whole archive, as git archive writes it, which is not a file.
func TestUnpackSkipsTheGlobalHeader(t *testing.T) {
	var data bytes.Buffer
	w := tar.NewWriter(&data)
	header := &tar.Header{Typeflag: tar.TypeXGlobalHeader, Name: "pax_global_header", PAXRecords: map[string]string{"comment": "0123456789abcdef"}}
	if err := w.WriteHeader(header); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	data.Write(tarOf(t, file("linux-7.3/Makefile", "VERSION = 7")))
	to := t.TempDir()
	if _, err := UnpackTar(t.Context(), &data, to, Options{Strip: 1}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("Makefile -rw-r--r-- \"VERSION = 7\"\n", listing(t, to)); diff != "" {
		t.Error(diff)
	}
}

func TestUnpackStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	data := tarOf(t, file("a", "1"), file("b", strings.Repeat("x", 4<<20)))
	in := &cancelling{r: bytes.NewReader(data), after: 1 << 20, cancel: cancel}
	_, err := UnpackTar(ctx, in, t.TempDir(), Options{Archive: "x.tar"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// cancelling is a reader that cancels a context after a number of bytes.
type cancelling struct {
	r      io.Reader
	after  int
	cancel func()
}

func (c *cancelling) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), 64<<10)])
	if c.after -= n; c.after <= 0 {
		c.cancel()
	}
	return n, err
}

func TestUnpackReturnsErrorsOfTheSource(t *testing.T) {
	broken := errors.New("input/output error")
	half := tarOf(t, file("a", strings.Repeat("x", 4000)))[:2000]
	_, err := UnpackTar(t.Context(), io.MultiReader(bytes.NewReader(half), failing{broken}), t.TempDir(), Options{Archive: "x.tar"})
	var format *FormatError
	if !errors.Is(err, broken) || errors.As(err, &format) {
		t.Errorf("error %v, want %v and not a *FormatError, because the archive may be intact", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func unpack(t *testing.T, to string, opts Options, entries ...entry) {
	t.Helper()
	if _, err := tryUnpack(t, to, opts, entries...); err != nil {
		t.Fatal(err)
	}
}

func tryUnpack(t *testing.T, to string, opts Options, entries ...entry) (Stats, error) {
	t.Helper()
	return UnpackTar(t.Context(), bytes.NewReader(tarOf(t, entries...)), to, opts)
}

func stat(t *testing.T, parts ...string) os.FileInfo {
	t.Helper()
	info, err := os.Lstat(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func wantHostile(t *testing.T, err error, reason string) {
	t.Helper()
	var hostile *HostileError
	if !errors.As(err, &hostile) || !strings.Contains(hostile.Reason, reason) {
		t.Errorf("error %v, want a *HostileError with %q", err, reason)
	}
}
