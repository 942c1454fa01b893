package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/toolchain"
)

// Bounds for a kernel source, about four times the size of Linux 7.3: no signed metadata has its size.
const (
	maxFiles       = 400_000
	maxSourceBytes = 8 << 30
)

// unpack unpacks artifacts into dir, one over another, as a recipe says.
func (in *Installer) unpack(ctx context.Context, files []verifiedFile, recipe toolchain.Recipe, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("creating the tree: %w", err)
	}
	merge := &rustMerge{tree: dir, drop: recipe.Drop, owners: map[string]string{}}
	for _, f := range files {
		if err := unpackOne(ctx, f, recipe, merge); err != nil {
			return err
		}
		in.countUnpacked(f)
	}
	if err := makeLinks(dir, recipe.Links); err != nil {
		return err
	}
	if err := archive.CheckLinks(dir); err != nil {
		return err
	}
	return hasAll(dir, recipe)
}

// countUnpacked adds the size of an archive to the progress.
func (in *Installer) countUnpacked(f verifiedFile) {
	if info, err := f.file.Stat(); err == nil {
		in.Watch.Progress(info.Size())
	}
}

func unpackOne(ctx context.Context, f verifiedFile, recipe toolchain.Recipe, merge *rustMerge) error {
	name := path.Base(f.encoding.Path)
	opts := archive.Options{Archive: name, Keep: f.artifact.Keep, Drop: recipe.Drop, MaxBytes: f.artifact.Unpacked, MaxFiles: maxFiles}
	if recipe.Layout == toolchain.LayoutDebian {
		opts.Rename = mergedUsr
		_, err := archive.UnpackDeb(ctx, f.file, merge.tree, opts)
		return err
	}
	format, err := archive.FormatOf(name)
	if err != nil {
		return err
	}
	switch recipe.Layout {
	case toolchain.LayoutRust:
		opts.Drop = nil
		return merge.merge(ctx, f.file, format, opts)
	case toolchain.LayoutTar:
		opts.Strip = recipe.Strip
		_, err = archive.UnpackTarFile(ctx, f.file, format, merge.tree, opts)
		return err
	}
	return fmt.Errorf("%s: this krustup does not know layout %q", f.artifact.Name, recipe.Layout)
}

// mergedUsr maps a name to its place on a system with a merged /usr, as Debian has since release 12: /lib/x of a
// package means /usr/lib/x.
func mergedUsr(name string) string {
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "bin", "sbin", "lib", "lib32", "lib64", "libx32":
		return "usr/" + name
	}
	return name
}

// makeLinks makes the links of a recipe, which a package's maintainer scripts would have made.
func makeLinks(dir string, links map[string]string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the tree: %w", err)
	}
	defer root.Close()
	for name, target := range links {
		if !filepath.IsLocal(name) || path.IsAbs(target) || !filepath.IsLocal(filepath.Join(filepath.Dir(name), target)) {
			return &archive.HostileError{Archive: "recipe", Entry: name, Reason: "its link leads out of the tree to " + target}
		}
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return fmt.Errorf("creating link %s: %w", name, err)
		}
		if err := root.Symlink(target, name); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("creating link %s: %w", name, err)
		}
	}
	return nil
}

// hasAll checks that the tree has each program and path of a recipe, so that a package that is laid out differently
// fails here and not in the kernel's build.
func hasAll(dir string, recipe toolchain.Recipe) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("opening the tree: %w", err)
	}
	defer root.Close()
	for name, rel := range recipe.Tools {
		info, err := root.Stat(rel)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return &IncompleteError{What: name, Path: rel}
		}
	}
	for key, rel := range recipe.Paths {
		switch key {
		case toolchain.PathCrossPrefix:
			rel += "gcc"
		case toolchain.PathRustLibSrc:
			rel += "/core/src/lib.rs" // what the kernel builds first
		}
		if _, err := root.Stat(rel); err != nil {
			return &IncompleteError{What: key, Path: rel}
		}
	}
	return nil
}

// IncompleteError reports that the artifacts of an object lack a program or a path of its recipe.
type IncompleteError struct{ What, Path string }

// Error names the program or the path, and where the recipe expects it.
func (e *IncompleteError) Error() string {
	return fmt.Sprintf("the packages do not contain %s, expected as %s", e.What, e.Path)
}
