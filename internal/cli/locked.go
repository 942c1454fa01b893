package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// LockPath returns the path of --lock, else krustup.lock in the current directory, else krustup.lock in tree ("": no
// tree).
func LockPath(c *urfave.Context, tree string) string {
	if path := c.String("lock"); path != "" {
		return path
	}
	if _, err := os.Stat(toolchain.LockName); err == nil || tree == "" {
		return toolchain.LockName
	}
	return filepath.Join(tree, toolchain.LockName)
}

// ReadLock reads the lock that an option requires. A missing lock is a *UsageError.
func ReadLock(path, option string) (toolchain.Lock, error) {
	lock, err := toolchain.ReadLock(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lock, &UsageError{Text: fmt.Sprintf("%s: %s does not exist", option, path), Hint: "krustup lock writes it"}
	}
	return lock, err
}

// ChooseSet returns the set of the lock with --locked, else the set that Resolve chooses. With a kit, the offers or
// the lock are those of the kit; a krustup.lock of the user takes precedence over the lock of the kit.
func ChooseSet(a *App, c *urfave.Context, sel Selection) (toolchain.Set, error) {
	switch {
	case !c.Bool("locked") && a.Kit != nil:
		return resolveFrom(c.Context, a, sel)
	case !c.Bool("locked"):
		return Resolve(c.Context, a, sel.Req, sel.Offline)
	}
	path := LockPath(c, sel.Tree)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && a.Kit != nil && c.String("lock") == "" {
		return lockedIn(c.Context, a, sel)
	}
	lock, err := ReadLock(path, "--locked")
	if err != nil {
		return toolchain.Set{}, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	set, err := lock.SetFor(path, sel.Req, rules)
	if err != nil {
		return toolchain.Set{}, err
	}
	Warn(a.Screen(), set)
	return set, nil
}
