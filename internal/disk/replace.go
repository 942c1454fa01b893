// Package disk replaces files atomically, and reads files that may come from an untrusted tree.
//
// Invariant: a reader sees the old content or the new, never a part of it, and so does a machine that lost power. Each
// file is written under a temporary name in its directory, synced and renamed; then the directory is synced.
package disk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// ReplaceFile replaces the content of path with data, and its mode with 0644. The directory must exist; the file need
// not.
func ReplaceFile(path string, data []byte) error {
	return replace(path, func(w io.Writer) error {
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		return nil
	}, func() error { return nil })
}

// Replace is ReplaceFile with the output of write as the content. The file is not replaced if write fails, whose error
// is returned unchanged, or if ctx has ended by the time the content is on the disk.
func Replace(ctx context.Context, path string, write func(io.Writer) error) error {
	return replace(path, write, func() error { return context.Cause(ctx) })
}

func replace(path string, write func(io.Writer) error, last func() error) error {
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	defer os.Remove(temp.Name())
	if err := write(temp); err != nil {
		temp.Close()
		return err
	}
	err = errors.Join(temp.Chmod(0o644), temp.Sync(), temp.Close())
	if err == nil {
		err = last()
	}
	if err == nil {
		err = Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// Publish syncs a file and renames it to its final path on the same file system, unless ctx has ended by then. The
// content is on the disk before the name is, so that a crash cannot leave an empty file.
func Publish(ctx context.Context, from, to string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return Rename(from, to)
}

// Rename renames a file or a directory whose content is already on the disk, and makes the new name durable.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(to))
}

func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Sync()
}

// SyncDir makes the names in a directory durable where that is possible. It ignores file systems that cannot sync a
// directory (EINVAL, ENOTSUP, ENOSYS), and directories that cannot be opened because they are not readable: the files
// in them are complete all the same.
func SyncDir(dir string) error {
	err := syncFile(dir)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
