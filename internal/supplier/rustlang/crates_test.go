package rustlang

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

func packCrate(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

const (
	sum      = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	ownEntry = "[[package]]\nname = \"tool\"\nversion = \"1.0.0\"\n"
	dep      = "[[package]]\nname = \"dep\"\nversion = \"2.1.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n"
)

// serving starts a server that has data at one path, sets a variable to its address, and returns a supplier and its
// client.
func serving(t *testing.T, variable, path string, data []byte) (*Supplier, *fetch.Client) {
	t.Helper()
	dir := t.TempDir()
	at := filepath.Join(dir, path)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, data, 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(server.Close)
	t.Setenv(variable, server.URL)
	client, err := fetch.New(fetch.Options{Retries: 1, Backoff: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Options{Catalogues: t.TempDir(), Client: client})
	if err != nil {
		t.Fatal(err)
	}
	return s, client
}

// crateBench starts a server that has a crate. It returns a supplier with the crate's pinned digest, and its only
// offer.
func crateBench(t *testing.T, data []byte, pinned trust.Digest) (*Supplier, toolchain.Offer) {
	t.Helper()
	s, _ := serving(t, CratesVariable, "tool/tool-1.0.0.crate", data)
	s.manifest.Binaries = nil
	s.manifest.Programs = []manifests.RustCrate{{Component: "bindgen", Name: "tool", Version: version.MustParse("1.0.0"), Digest: pinned, Program: "tool"}}
	h, err := toolchain.ParseHost("x86_64")
	if err != nil {
		t.Fatal(err)
	}
	offers, _, err := s.Offers(toolchain.Query{Components: []toolchain.Component{toolchain.Bindgen}, Host: h})
	if err != nil || len(offers) != 1 || !offers[0].Libclang.IsZero() {
		t.Fatalf("offers %v, %v", offers, err)
	}
	return s, offers[0]
}

func TestCrateRecipe(t *testing.T) {
	for form, lock := range map[string]string{
		"since cargo 1.41":  ownEntry + dep + "checksum = \"" + sum + "\"\n",
		"before cargo 1.41": ownEntry + dep + "[metadata]\n\"checksum dep 2.1.0 (registry+https://github.com/rust-lang/crates.io-index)\" = \"" + sum + "\"\n",
	} {
		t.Run(form, func(t *testing.T) {
			data := packCrate(t, map[string]string{"tool-1.0.0/Cargo.toml": "", "tool-1.0.0/Cargo.lock": lock})
			s, o := crateBench(t, data, trust.DigestOf(data))
			_, err := s.Complete(o)
			missing, ok := errors.AsType[*toolchain.NoCatalogueError](err)
			if !ok || missing.Part != "tool-1.0.0" {
				t.Fatalf("before the crate was fetched: %v", err)
			}
			if err := s.Update(t.Context(), o.Host, toolchain.UpdateOptions{Parts: []string{missing.Part}}); err != nil {
				t.Fatal(err)
			}
			r, err := s.Complete(o)
			if err != nil || r.Layout != toolchain.LayoutCargo || len(r.Artifacts) != 2 || r.Tools["tool"] != "bin/tool" {
				t.Fatalf("%+v, %v", r, err)
			}
			if a := r.Artifacts[1]; a.Path != "dep/dep-2.1.0.crate" || a.Digest.String() != sum {
				t.Errorf("artifact %+v", a)
			}
			urls, err := s.Locate(r.Artifacts[1])
			if err != nil || urls[0] != os.Getenv(CratesVariable)+"/dep/dep-2.1.0.crate" {
				t.Errorf("located at %v, %v", urls, err)
			}
		})
	}
}

func TestInvalidCrates(t *testing.T) {
	for name, test := range map[string]struct{ lock, want string }{
		"no lock":         {"", "it has no Cargo.lock"},
		"no checksum":     {ownEntry + dep, "SHA-256 digest"},
		"from git":        {ownEntry + strings.Replace(dep, "registry+https", "git+https", 1) + "checksum = \"" + sum + "\"\n", "expected the crates.io registry"},
		"another program": {strings.Replace(ownEntry, "1.0.0", "1.0.1", 1), "expected the crates.io registry"},
		"climbing name":   {ownEntry + strings.Replace(dep, "\"dep\"", "\"../../dep\"", 1) + "checksum = \"" + sum + "\"\n", "has an invalid crate name"},
		"not TOML":        {"[", "could not be parsed"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"tool-1.0.0/Cargo.toml": ""}
			if test.lock != "" {
				files["tool-1.0.0/Cargo.lock"] = test.lock
			}
			data := packCrate(t, files)
			s, o := crateBench(t, data, trust.DigestOf(data))
			if err := s.Update(t.Context(), o.Host, toolchain.UpdateOptions{Parts: []string{"tool-1.0.0"}}); err != nil {
				t.Fatal(err)
			}
			_, err := s.Complete(o)
			if bad, ok := errors.AsType[*CrateError](err); !ok || !bad.Unverified() || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, expected %q", err, test.want)
			}
		})
	}
	t.Run("wrong digest", func(t *testing.T) {
		data := packCrate(t, map[string]string{"tool-1.0.0/Cargo.lock": ownEntry})
		s, o := crateBench(t, data, trust.DigestOf([]byte("another")))
		err := s.Update(t.Context(), o.Host, toolchain.UpdateOptions{Parts: []string{"tool-1.0.0"}})
		if _, ok := errors.AsType[*trust.DigestError](err); !ok {
			t.Errorf("got %v, expected a *DigestError", err)
		}
	})
}
