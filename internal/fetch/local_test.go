package fetch_test

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

// mirror writes a file of that name into a new directory, and returns its path and URL.
func mirror(t *testing.T, name string, data []byte) (path, address string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o444); err != nil {
		t.Fatal(err)
	}
	return path, (&url.URL{Scheme: "file", Path: path}).String()
}

func TestLocalFile(t *testing.T) {
	for _, name := range []string{"f", "clang-19_19.1.7-3+b1_amd64.deb", "a b", "what?", "100%", "x#y", "ä.tar.gz"} {
		path, address := mirror(t, name, content)
		j := newJob(t, address)
		j.partial(t, content[:1000])
		got, err := newClient(t, nil).File(t.Context(), j.Request)
		j.fetched(t, err)
		if got.Bytes != int64(len(content)) || got.FromCache {
			t.Errorf("%s: result %+v", name, got)
		}
		// It is a copy: a link would change with the mirror.
		if info, err := os.Lstat(j.Dest); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: published %v, %v", name, info.Mode(), err)
		}
		original, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if copied, err := os.Stat(j.Dest); err != nil || os.SameFile(original, copied) {
			t.Errorf("%s: the mirror's file was published instead of a copy, %v", name, err)
		}
		data, err := newClient(t, nil).Bytes(t.Context(), address, int64(len(content)))
		if err != nil || trust.DigestOf(data) != j.Digest {
			t.Errorf("%s: Bytes returned %d bytes, %v", name, len(data), err)
		}
	}
}

// Escapes that net/url would not write refer to the same file.
func TestLocalFileOddEscapes(t *testing.T) {
	path, _ := mirror(t, "a+b~c", content)
	j := newJob(t, "file://localhost"+filepath.Dir(path)+"/a%2Bb%7Ec")
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
}

func TestLocalFileThroughSymlink(t *testing.T) {
	path, _ := mirror(t, "f", content)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	j := newJob(t, "file://"+link)
	_, err := newClient(t, nil).File(t.Context(), j.Request)
	j.fetched(t, err)
	if info, err := os.Lstat(j.Dest); err != nil || !info.Mode().IsRegular() {
		t.Errorf("published %v, %v", info.Mode(), err)
	}
}

func TestLocalFileFailures(t *testing.T) {
	flipped := append([]byte{content[0] ^ 1}, content[1:]...)
	_, wrong := mirror(t, "wrong", flipped)
	_, short := mirror(t, "short", content[1:])
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := unix.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, address string
		want          any
	}{
		{"missing", "file://" + filepath.Join(t.TempDir(), "none"), new(*fetch.NotFoundError)},
		{"directory", "file://" + t.TempDir(), new(*fetch.UnreachableError)},
		{"device", "file:///dev/zero", new(*fetch.UnreachableError)},
		{"fifo", "file://" + fifo, new(*fetch.UnreachableError)},
		{"below a file", short + "/x", new(*fetch.UnreachableError)},
		{"bit flip", wrong, new(*trust.DigestError)},
		{"truncated", short, new(*trust.SizeError)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j := newJob(t, test.address)
			_, err := newClient(t, nil).File(t.Context(), j.Request)
			if !errors.As(err, test.want) {
				t.Fatalf("error %v, want a %T", err, test.want)
			}
			j.missing(t)
			j.leaves(t, 0)
			_, good := mirror(t, "good", content)
			j.URLs = append(j.URLs, good)
			_, err = newClient(t, nil).File(t.Context(), j.Request)
			j.fetched(t, err)
		})
	}
}

func TestLocalFileCancelled(t *testing.T) {
	_, address := mirror(t, "f", content)
	j := newJob(t, address)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newClient(t, nil).File(ctx, j.Request); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	j.missing(t)
}
