package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/toolchain"
)

// roomForSource is the space that a kernel takes on the disk, in multiples of its archive. Linux 6.12, 7.2 and 7.3 take
// 11.2 to 11.4 times the size of their .tar.xz.
const roomForSource = 12

// ExistsError reports that the directory for a source tree exists already.
type ExistsError struct{ Path string }

func (e *ExistsError) Error() string {
	return e.Path + ": exists already, and nothing is unpacked over it"
}

// Source fetches a kernel source, verifies it, and unpacks it into dir, which must not exist: otherwise the error is an
// *ExistsError. It unpacks next to dir and renames, so dir is complete or does not exist.
func (in *Installer) Source(ctx context.Context, p toolchain.Pick, dir string) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return &ExistsError{dir}
	}
	release, err := in.Store.Reserve(ctx, true, in.waiting)
	if err != nil {
		return err
	}
	defer release()
	plan := in.planPicks([]toolchain.Pick{p})
	rooms := []room{{in.Store.Home(), 1}, {filepath.Dir(dir), roomForSource}}
	if p.Recipe.Layout == toolchain.LayoutDebian { // its tarball is unpacked beside the tree first
		rooms[1].factor++
	}
	if err := in.fetch(ctx, "fetching Linux "+p.Offer.Version.String(), plan, rooms...); err != nil {
		return err
	}
	began := time.Now()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("creating %s: %w", filepath.Dir(dir), err)
	}
	temp, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+".")
	if err != nil {
		return fmt.Errorf("creating a temporary tree: %w", err)
	}
	defer os.RemoveAll(temp)
	bytes, err := in.unpackSource(ctx, p, temp)
	if err != nil {
		return fmt.Errorf("unpacking %s: %w", p.Recipe.Artifacts[0].Name, err)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := os.Rename(filepath.Join(temp, "tree"), dir); err != nil {
		return fmt.Errorf("moving the tree into place: %w", err)
	}
	in.Watch.Done("unpacked", filepath.Base(dir), bytes, time.Since(began))
	return nil
}

// unpackSource unpacks the kernel into tree/ of a temporary directory. Its tarball is the artifact itself, or in a
// package.
func (in *Installer) unpackSource(ctx context.Context, p toolchain.Pick, temp string) (bytes int64, err error) {
	tree := filepath.Join(temp, "tree")
	o := &object{in: in, pick: p}
	defer o.close()
	if err := o.verify(ctx); err != nil {
		return 0, err
	}
	if p.Recipe.Layout == toolchain.LayoutTar {
		return unpackTarball(ctx, o.files[0].file, o.files[0].encoding.Path, tree)
	}
	if err := in.unpack(ctx, o.files, p.Recipe, filepath.Join(temp, "package")); err != nil {
		return 0, err
	}
	tarball := filepath.Join(temp, "package", p.Recipe.Paths[toolchain.PathSource])
	inner, err := os.Open(tarball)
	if err != nil {
		return 0, fmt.Errorf("opening the source tarball: %w", err)
	}
	defer inner.Close()
	return unpackTarball(ctx, inner, tarball, tree)
}

// unpackTarball unpacks a kernel tarball without its first directory.
func unpackTarball(ctx context.Context, f *os.File, tarball, dir string) (bytes int64, err error) {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return 0, fmt.Errorf("creating a temporary tree: %w", err)
	}
	format, err := archive.FormatOf(tarball)
	if err != nil {
		return 0, err
	}
	opts := archive.Options{Archive: filepath.Base(tarball), Strip: 1, MaxFiles: maxFiles, MaxBytes: maxSourceBytes}
	stats, err := archive.UnpackTarFile(ctx, f, format, dir, opts)
	if err != nil {
		return 0, err
	}
	if err := archive.CheckLinks(dir); err != nil {
		return 0, err
	}
	return stats.Bytes, nil
}
