//go:build e2e

package archive

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestRealPackages unpacks the .deb files in each directory of KRUSTUP_TEST_DEBS over one another, as for an object,
// and compares each of them with what dpkg-deb unpacks. `make e2e` sets the variable to a directory with one for each
// object of its store. By hand:
//
//	mkdir -p debs/rustc && cd debs/rustc && apt-get download rustc libc6 ...
//	KRUSTUP_TEST_DEBS=$PWD/.. go test -tags e2e -run RealPackages ./internal/archive
func TestRealPackages(t *testing.T) {
	from := os.Getenv("KRUSTUP_TEST_DEBS")
	if from == "" {
		t.Skip("KRUSTUP_TEST_DEBS is not set")
	}
	needProgram(t, "dpkg-deb")
	dirs, err := filepath.Glob(filepath.Join(from, "*"))
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no directory in %s (%v)", from, err)
	}
	compared := map[string]bool{}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) { unpackReal(t, dir, compared) })
	}
}

// unpackReal unpacks the packages of one object, and compares those that are not yet in compared with dpkg-deb.
func unpackReal(t *testing.T, dir string, compared map[string]bool) {
	debs, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(debs) == 0 {
		t.Fatalf("no .deb in %s (%v)", dir, err)
	}
	all := t.TempDir()
	var took time.Duration
	var total Stats
	for _, path := range debs {
		deb, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer deb.Close()
		began := time.Now()
		stats, err := UnpackDeb(t.Context(), deb, all, Options{})
		took += time.Since(began)
		if err != nil {
			t.Error(err)
			continue
		}
		total.Files += stats.Files
		total.Bytes += stats.Bytes
		if name := filepath.Base(path); !compared[name] {
			compared[name] = true
			likeDpkg(t, path)
		}
	}
	t.Logf("%d packages, %d files, %d bytes in %v", len(debs), total.Files, total.Bytes, took)
	if err := CheckLinks(all); err != nil {
		t.Error(err)
	}
}

func likeDpkg(t *testing.T, path string) {
	t.Helper()
	top, err := os.MkdirTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(top)
	ours, theirs := mkdir(t, filepath.Join(top, "ours")), filepath.Join(top, "theirs")
	deb, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer deb.Close()
	if _, err := UnpackDeb(t.Context(), deb, ours, Options{}); err != nil {
		t.Error(err)
		return
	}
	run(t, "dpkg-deb", "-x", path, theirs)
	rewriteLinks(t, theirs)
	run(t, "diff", "-r", "--no-dereference", theirs, ours)
	sameModes(t, theirs, ours)
}

// rewriteLinks makes absolute links in dpkg's tree relative, as RootedLinks does.
func rewriteLinks(t *testing.T, tree string) {
	walk(t, tree, func(name string, info fs.FileInfo) {
		if info.Mode().Type() != fs.ModeSymlink {
			return
		}
		path := filepath.Join(tree, name)
		target, err := os.Readlink(path)
		if err != nil {
			t.Fatal(err)
		}
		if !filepath.IsAbs(target) {
			return
		}
		relative, err := filepath.Rel(filepath.Join(tree, filepath.Dir(name)), tree+target)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(relative, path); err != nil {
			t.Fatal(err)
		}
	})
}

// sameModes compares x bits, modification times and hard links of files.
func sameModes(t *testing.T, theirs, ours string) {
	walk(t, theirs, func(name string, info fs.FileInfo) {
		our := stat(t, ours, name)
		if info.Mode().IsRegular() && (info.Mode()&0o100 != our.Mode()&0o100 || !info.ModTime().Equal(our.ModTime()) || hardLinks(info) != hardLinks(our)) {
			t.Errorf("%s has mode and time %v %v, expected %v %v", name, our.Mode(), our.ModTime(), info.Mode(), info.ModTime())
		}
	})
}

func walk(t *testing.T, tree string, visit func(name string, info fs.FileInfo)) {
	t.Helper()
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err == nil {
			name, _ := filepath.Rel(tree, path)
			visit(name, info)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
