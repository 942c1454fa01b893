package install

import (
	"archive/tar"
	"bytes"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/archive"
)

// installerTar writes a rust-installer tarball with one top directory. A text that begins with "-> " is a link.
func installerTar(t *testing.T, files map[string]string) *os.File {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		h := &tar.Header{Name: "top-1.0-host/" + name, Mode: 0o755, Size: int64(len(files[name])), Typeflag: tar.TypeReg}
		if target, ok := strings.CutPrefix(files[name], "-> "); ok {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, target, 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Typeflag == tar.TypeReg {
			if _, err := w.Write([]byte(files[name])); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "top-1.0-host.tar")
	if err := os.WriteFile(name, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func rustcTar() map[string]string {
	return map[string]string{
		"rust-installer-version":          "3\n",
		"components":                      "rustc\n",
		"install.sh":                      "exit 1\n",
		"version":                         "1.0\n",
		"rustc/manifest.in":               "file:bin/rustc\ndir:lib/rustlib\nfile:share/doc/rustc/COPYRIGHT\n",
		"rustc/bin/rustc":                 "#!/bin/sh\n",
		"rustc/bin/unlisted":              "#!/bin/sh\n",
		"rustc/lib/rustlib/etc/a":         "a",
		"rustc/lib/rustlib/doc/b":         "b",
		"rustc/share/doc/rustc/COPYRIGHT": "c",
	}
}

func mergeTar(t *testing.T, m *rustMerge, files map[string]string) error {
	t.Helper()
	return m.merge(t.Context(), installerTar(t, files), archive.Plain, archive.Options{Archive: "top.tar"})
}

func newMerge(t *testing.T) *rustMerge {
	return &rustMerge{tree: t.TempDir(), drop: []string{"share/doc/**", "**/doc/**"}, owners: map[string]string{}}
}

func TestRustMerge(t *testing.T) {
	m := newMerge(t)
	if err := mergeTar(t, m, rustcTar()); err != nil {
		t.Fatal(err)
	}
	second := map[string]string{
		"rust-installer-version": "3", "components": "rust-std-x\nrust-src",
		"rust-std-x/manifest.in":                                "file:lib/rustlib/x/lib/libcore.rlib\n",
		"rust-std-x/lib/rustlib/x/lib/libcore.rlib":             "core",
		"rust-src/manifest.in":                                  "dir:lib/rustlib/src/rust\n",
		"rust-src/lib/rustlib/src/rust/library/core/src/lib.rs": "//! core",
	}
	if err := mergeTar(t, m, second); err != nil {
		t.Fatal(err)
	}
	var found []string
	err := filepath.WalkDir(m.tree, func(path string, d os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(m.tree, path); err == nil && !d.IsDir() {
			found = append(found, rel)
		}
		return err
	})
	want := []string{"bin/rustc", "lib/rustlib/etc/a", "lib/rustlib/src/rust/library/core/src/lib.rs", "lib/rustlib/x/lib/libcore.rlib"}
	if err != nil || !slices.Equal(found, want) {
		t.Errorf("the tree contains %q (%v), expected %q", found, err, want)
	}
}

func TestRustMergeRefuses(t *testing.T) {
	for _, test := range []struct {
		name, file, text, want string // text "": the file is missing
	}{
		{"no version", "rust-installer-version", "", "it has no rust-installer-version"},
		{"another version", "rust-installer-version", "4\n", `found "4", expected "3"`},
		{"no components", "components", "", "it has no components"},
		{"empty components", "components", "\n", "it lists no component"},
		{"component outside of the tarball", "components", "../rustc\n", `component "../rustc"`},
		{"component without manifest", "rustc/manifest.in", "", "it has no rustc/manifest.in"},
		{"line of another kind", "rustc/manifest.in", "file:bin/rustc\nlink:bin/x\n", `rustc/manifest.in:2: found "link:bin/x"`},
		{"file outside of the tree", "rustc/manifest.in", "file:../../rustc\n", `path "../../rustc"`},
		{"absolute file", "rustc/manifest.in", "file:/bin/rustc\n", `path "/bin/rustc"`},
		{"unclean file", "rustc/manifest.in", "file:bin/./rustc\n", `path "bin/./rustc"`},
		{"file in the reserved directory", "rustc/manifest.in", "file:.rust-installer/x\n", "expected a path inside the tree"},
		{"missing file", "rustc/manifest.in", "file:bin/cargo\n", "bin/cargo is not in the tarball"},
		{"directory as file", "rustc/manifest.in", "file:lib/rustlib\n", "lib/rustlib is a d"},
		{"file as directory", "rustc/manifest.in", "dir:bin/rustc\n", "bin/rustc is a -"},
		{"the same file twice", "rustc/manifest.in", "file:bin/rustc\nfile:bin/rustc\n", "bin/rustc is not in the tarball"},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := rustcTar()
			files[test.file] = test.text
			if test.text == "" {
				delete(files, test.file)
			}
			err := mergeTar(t, newMerge(t), files)
			if _, ok := errors.AsType[*InstallerError](err); !ok || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, expected an *InstallerError with %q", err, test.want)
			}
		})
	}
}

func TestRustMergeTwoOwners(t *testing.T) {
	m := newMerge(t)
	if err := mergeTar(t, m, rustcTar()); err != nil {
		t.Fatal(err)
	}
	for manifest, want := range map[string]string{
		"file:bin/rustc\n":         "bin/rustc already exists, from top.tar",
		"file:lib/rustlib/etc/a\n": "lib/rustlib/etc/a already exists, from top.tar",
		"dir:lib/rustlib\n":        "lib/rustlib already exists, from top.tar",
	} {
		files := rustcTar()
		files["rustc/manifest.in"] = manifest
		err := mergeTar(t, m, files)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, expected %q", manifest, err, want)
		}
	}
}

func TestRustMergeThroughLinks(t *testing.T) {
	outside := t.TempDir()
	for name, target := range map[string]string{"out of the tree": outside, "climbing": "../../../../../.."} {
		t.Run(name, func(t *testing.T) {
			files := rustcTar()
			files["rustc/lib/rustlib/out"] = "-> " + target
			err := mergeTar(t, newMerge(t), files)
			if _, ok := errors.AsType[*archive.HostileError](err); !ok {
				t.Errorf("got %v, expected a *HostileError", err)
			}
		})
	}
	if left, err := os.ReadDir(outside); err != nil || len(left) != 0 {
		t.Errorf("something was written outside: %v %v", left, err)
	}
}
