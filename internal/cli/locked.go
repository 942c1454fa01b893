package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
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

// ChooseLocked returns the selection that a set was locked for, with the current kernel. Requirements on the command
// line are added to those that the lock records, and replace those for the same component.
func ChooseLocked(a *App, c *urfave.Context, lock toolchain.Lock, key toolchain.LockKey) (Selection, error) {
	set, _ := lock.Get(key)
	return ChooseAgain(a, c, key, set.Asked)
}

// ChooseAgain is ChooseLocked for a set that is for key and was asked for so.
func ChooseAgain(a *App, c *urfave.Context, key toolchain.LockKey, asked toolchain.Asked) (Selection, error) {
	target, err := targets.Find(key.Target)
	if err != nil {
		return Selection{}, err
	}
	sel, err := ChooseFor(a, c, target, key.Host, key.CC)
	if err != nil {
		return Selection{}, err
	}
	sel.Req.Backend = key.Backend
	sel.Req.MatchLLVM = sel.Req.MatchLLVM || asked.MatchLLVM
	if !c.IsSet("prefer") {
		if err := sel.Prefer(c, asked.Prefer); err != nil {
			return Selection{}, err
		}
	}
	for component, wish := range asked.With {
		if _, named := sel.Req.With[component]; !named {
			sel.Req.With[component] = wish
		}
	}
	if c.IsSet("supplier") || len(asked.Suppliers) == 0 {
		return sel, nil
	}
	settings, err := a.Config()
	if err != nil {
		return Selection{}, err
	}
	sel.Req.Suppliers, err = a.SuppliersNamed(asked.Suppliers, settings)
	return sel, err
}
