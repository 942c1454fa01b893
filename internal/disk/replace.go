// Package disk writes files that are whole, and reads files that may be a stranger's.
//
// Invariant: what it writes appears as a whole. A reader, and a machine that lost its power, meet the old content or
// the new, never a part of it: each file is written beside its place, synced, and renamed; then its directory is
// synced.
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

// ReplaceFile makes data the content of path, with mode 0644. The directory must exist.
func ReplaceFile(path string, data []byte) error {
	return replace(path, func(w io.Writer) error {
		if _, err := w.Write(data); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		return nil
	}, func() error { return nil })
}

// Replace makes what write writes the content of path, as ReplaceFile does. Nothing appears when write fails, whose
// error is returned as it is, or when ctx has ended by the time that all is on the disk.
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

// Publish syncs a file that was written elsewhere on the same file system and moves it to its place, unless ctx has
// ended by then. The order matters: its bytes are on the disk before its name is, so that a crash cannot leave an empty
// file.
func Publish(ctx context.Context, from, to string) error {
	if err := syncFile(from); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return Rename(from, to)
}

// Rename moves a file or a directory whose content is on the disk already, and makes its new name durable.
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

// SyncDir makes the names in a directory durable, where that can be done. Some file systems have no such call (EINVAL,
// ENOTSUP, ENOSYS) and write names in order by themselves or not at all, and a directory that may be written and not
// read cannot be opened: what is in it is whole nonetheless.
func SyncDir(dir string) error {
	err := syncFile(dir)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}
