package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/internal/lock"
)

// Catalogues are the directories in which suppliers keep the metadata that they fetched, each supplier in a
// subdirectory of its own name.
type Catalogues struct {
	Home string   // in the store's home, which is written
	Base []string // in its base stores, which are only read
}

// UnreadableError reports a stored catalogue that cannot be read or that fails verification. It is never replaced by
// what a mirror serves: whether that is older than the stored one could not be checked.
type UnreadableError struct {
	Path string // file or directory; without it, the catalogue counts as never fetched
	Err  error
}

// Error names the file, once.
func (e *UnreadableError) Error() string {
	return fmt.Sprintf("stored catalogue %s: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *UnreadableError) Unwrap() error { return e.Err }

// Unverified marks the error as a failed verification.
func (*UnreadableError) Unverified() bool { return true }

// Catalogues returns the catalogue directories of the store.
func (s *Store) Catalogues() Catalogues {
	c := Catalogues{Home: s.CataloguesDir()}
	for _, home := range s.behind {
		c.Base = append(c.Base, filepath.Join(home, "catalogues"))
	}
	return c
}

// Dir returns the directory from which a supplier's catalogues are read: the first that has any of them. They are not
// combined, because a supplier's catalogues can depend on each other.
func (c Catalogues) Dir(supplier string) string {
	own := filepath.Join(c.Home, supplier)
	if behind := c.behind(supplier); behind != "" && !isDir(own) {
		return behind
	}
	return own
}

func (c Catalogues) behind(supplier string) string {
	for _, parent := range c.Base {
		if dir := filepath.Join(parent, supplier); isDir(dir) {
			return dir
		}
	}
	return ""
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// BeginUpdate is Begin under the lock file name in the supplier's directory, which excludes other updates until end is
// called. Two concurrent updates would each take what the other has just written for an older state. Readers need no
// lock. note, unless nil, receives a line that names the process that this update waits for.
func (c Catalogues) BeginUpdate(ctx context.Context, supplier, name string, note func(format string, args ...any)) (end func() error, err error) {
	what := fmt.Sprintf("updating %s's catalogues", supplier)
	dir, err := c.Begin(supplier)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	opts := lock.Options{Reason: what}
	if note != nil {
		opts.Waiting = func(h lock.Holder) { note("%s: waiting for %s", what, h) }
	}
	if end, err = lock.Lock(ctx, filepath.Join(dir, name), opts); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return end, nil
}

// Begin creates the directory that an update of a supplier's catalogues writes to, and returns it. The directory starts
// as a copy of the base store's, so that the update fetches only what is new, and refuses metadata that is older.
func (c Catalogues) Begin(supplier string) (dir string, err error) {
	dir = filepath.Join(c.Home, supplier)
	behind := c.behind(supplier)
	if behind == "" || isDir(dir) {
		return dir, os.MkdirAll(dir, 0o755)
	}
	if err := os.MkdirAll(c.Home, 0o755); err != nil {
		return "", fmt.Errorf("creating catalogues: %w", err)
	}
	// Renamed when it is complete: an incomplete copy would hide the base store's catalogues.
	temp, err := os.MkdirTemp(c.Home, "."+supplier+".")
	if err != nil {
		return "", fmt.Errorf("creating catalogues: %w", err)
	}
	defer os.RemoveAll(temp)
	if err := os.CopyFS(filepath.Join(temp, supplier), os.DirFS(behind)); err != nil {
		return "", fmt.Errorf("copying the catalogues of %s: %w", behind, err)
	}
	err = os.Rename(filepath.Join(temp, supplier), dir)
	if errors.Is(err, fs.ErrExist) || isDir(dir) { // another process was faster
		return dir, nil
	}
	return dir, err
}
