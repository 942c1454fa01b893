package mirrortest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/archive"
)

func get(t *testing.T, url, byteRange string) (int, []byte, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if byteRange != "" {
		req.Header.Set("Range", byteRange)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, data, err
}

func small(t *testing.T) *Debian {
	a := NewDebian(t)
	a.Suite("trixie").Add(Deb{Name: "hello", Version: "1:2.0-1", Depends: "libc6 (>= 2.38)", Files: []File{
		Program("usr/bin/hello", []byte("#!/bin/sh\necho hello\n")), Link("usr/bin/hi", "hello"), Text("usr/share/doc/hello/copyright", "none"),
	}})
	a.Publish()
	return a
}

// TestReleaseListsServedFiles follows the chain of digests from the signature to the package.
func TestReleaseListsServedFiles(t *testing.T) {
	a := small(t)
	status, signed, err := get(t, a.URL()+"/dists/trixie/InRelease", "")
	if err != nil || status != http.StatusOK {
		t.Fatalf("InRelease: %d, %v", status, err)
	}
	text, _, err := a.Keyring.VerifyClearsigned("InRelease", signed)
	if err != nil {
		t.Fatal(err)
	}
	_, index, err := get(t, a.URL()+"/dists/trixie/main/binary-amd64/Packages.xz", "")
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(index)
	if !strings.Contains(string(text), hex.EncodeToString(digest[:])) {
		t.Errorf("the Release file does not list the digest of Packages.xz:\n%s", text)
	}
	if status, byHash, _ := get(t, a.URL()+"/dists/trixie/main/binary-amd64/by-hash/SHA256/"+hex.EncodeToString(digest[:]), ""); status != http.StatusOK || !bytes.Equal(byHash, index) {
		t.Errorf("by-hash: %d, %d bytes, expected the same %d bytes", status, len(byHash), len(index))
	}
	r, err := archive.Decompress(t.Context(), bytes.NewReader(index), archive.XZ)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	_, deb, _ := get(t, a.URL()+"/pool/main/h/hello/hello_2.0-1_amd64.deb", "")
	digest = sha256.Sum256(deb)
	if !strings.Contains(string(plain), hex.EncodeToString(digest[:])) {
		t.Errorf("the index does not list the digest of the package:\n%s", plain)
	}
}

// TestDebUnpacks unpacks a package of every form with internal/archive, and reads it with dpkg-deb if that is
// installed.
func TestDebUnpacks(t *testing.T) {
	for _, form := range []string{"", "xz", "zst", "gz", "none"} {
		t.Run("form "+form, func(t *testing.T) {
			deb := Deb{Name: "hello", Version: "2.0-1", Form: form, Files: []File{
				Program("usr/bin/hello", []byte("#!/bin/sh\necho hello\n")), Link("usr/bin/hi", "hello"),
			}}
			data, err := deb.Bytes()
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			file := filepath.Join(dir, "hello.deb")
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			root := filepath.Join(dir, "root")
			if err := os.Mkdir(root, 0o755); err != nil {
				t.Fatal(err)
			}
			if _, err := archive.UnpackDeb(t.Context(), f, root, archive.Options{Archive: "hello.deb"}); err != nil {
				t.Fatal(err)
			}
			if got, err := os.ReadFile(filepath.Join(root, "usr/bin/hi")); err != nil || !bytes.Contains(got, []byte("echo hello")) {
				t.Errorf("usr/bin/hi: %q, %v", got, err)
			}
			dpkg, err := exec.LookPath("dpkg-deb")
			if err != nil {
				t.Skip("no dpkg-deb on this machine")
			}
			out, err := exec.CommandContext(t.Context(), dpkg, "--field", file, "Package", "Version").CombinedOutput()
			if err != nil || !strings.Contains(string(out), "2.0-1") {
				t.Errorf("dpkg-deb: %s, %v", out, err)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	a := small(t)
	const file = "/debian/pool/main/h/hello/hello_2.0-1_amd64.deb"
	url := a.Server.URL + file
	_, whole, err := get(t, url, "")
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name      string
		fault     Fault
		byteRange string
		status    int
		want      []byte // nil: the request must fail
	}{
		{"no fault", Fault{Path: "/other"}, "", 200, whole},
		{"range", Fault{Path: "/other"}, "bytes=10-", 206, whole[10:]},
		{"status", Fault{Status: 503}, "", 503, []byte("Service Unavailable\n")},
		{"replaced", Fault{Body: []byte("older")}, "", 200, []byte("older")},
		{"cut", Fault{Cut: 100}, "", 200, nil},
		{"ignored range", Fault{IgnoreRange: true}, "bytes=10-", 200, whole},
		{"wrong range", Fault{WrongRange: true}, "bytes=10-", 206, whole[9:]},
		{"refused range", Fault{Refuse: true}, "bytes=10-", 416, []byte("range not satisfiable\n")},
		{"pattern", Fault{Path: "/debian/pool/*/*/*/*.deb", Status: 404}, "", 404, []byte("Not Found\n")},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			a.Server.Heal()
			a.Server.Fault(c.fault)
			status, got, err := get(t, url, c.byteRange)
			if c.want == nil {
				if err == nil || len(got) > 100 {
					t.Errorf("got %d bytes and %v, expected the connection to break after 100", len(got), err)
				}
				return
			}
			if err != nil || status != c.status || !bytes.Equal(got, c.want) {
				t.Errorf("got %d, %d bytes, %v; expected %d, %d bytes", status, len(got), err, c.status, len(c.want))
			}
		})
	}
	t.Run("flipped bit", func(t *testing.T) {
		a.Server.Heal()
		a.Server.Fault(Fault{Flip: true})
		_, got, _ := get(t, url, "")
		if len(got) != len(whole) || bytes.Equal(got, whole) {
			t.Errorf("got the same %d bytes, expected one of them to differ", len(got))
		}
	})
	t.Run("slow", func(t *testing.T) {
		a.Server.Heal()
		a.Server.Fault(Fault{Delay: 20 * time.Millisecond, Slow: 20 * time.Millisecond})
		began := time.Now()
		if _, got, err := get(t, url, ""); err != nil || !bytes.Equal(got, whole) || time.Since(began) < 30*time.Millisecond {
			t.Errorf("got %d bytes in %v, %v", len(got), time.Since(began), err)
		}
	})
	t.Run("limited number of times", func(t *testing.T) {
		a.Server.Heal()
		a.Server.Forget()
		a.Server.Fault(Fault{Status: 500, Times: 2})
		for i, want := range []int{500, 500, 200} {
			if status, _, _ := get(t, url, ""); status != want {
				t.Errorf("request %d: %d, expected %d", i, status, want)
			}
		}
		if n := a.Server.Count("/debian/pool/*/*/*/*"); n != 3 {
			t.Errorf("counted %d requests, expected 3", n)
		}
	})
}

func TestUnsignedAndForeignKey(t *testing.T) {
	a := small(t)
	other, err := NewKey("Somebody else")
	if err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]*Key{{}, {other}} {
		a.Suite("trixie").Keys = keys
		a.Publish()
		_, signed, err := get(t, a.URL()+"/dists/trixie/InRelease", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := a.Keyring.VerifyClearsigned("InRelease", signed); err == nil {
			t.Errorf("a suite signed by %d foreign keys was verified, expected an error", len(keys))
		}
	}
}
