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

// Catalogues are the directories in which suppliers keep the metadata that they fetched, each below its own name. That
// of the store's home is written, those of its base stores are only read.
type Catalogues struct {
	Home   string
	Behind []string
}

// Catalogues returns the directories of the store.
func (s *Store) Catalogues() Catalogues {
	c := Catalogues{Home: s.CataloguesDir()}
	for _, home := range s.behind {
		c.Behind = append(c.Behind, filepath.Join(home, "catalogues"))
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
	for _, parent := range c.Behind {
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

// BeginUpdate is Begin with all other updates under that name kept out until end is called; readers need no lock. Two
// updates at once would each take what the other has just written for what was there before. note, unless nil, receives
// a line that says which process has to end its update first.
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

// Begin makes the directory that an update of a supplier's catalogues writes to. It begins as a copy of what is behind,
// so that an update goes on from there: it fetches only what is new, and refuses what is older.
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
