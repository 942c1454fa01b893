package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
	urfave "github.com/urfave/cli/v2"
)

// lockPath is --lock, or krustup.lock here, or the tree's.
func lockPath(c *urfave.Context, tree string) string {
	if path := c.String("lock"); path != "" {
		return path
	}
	if _, err := os.Stat(toolchain.LockName); err == nil || tree == "" {
		return toolchain.LockName
	}
	return filepath.Join(tree, toolchain.LockName)
}

// readLock reads the lock that a command is about: it has to be there.
func readLock(path, option string) (toolchain.Lock, error) {
	lock, err := toolchain.ReadLock(path)
	if errors.Is(err, fs.ErrNotExist) {
		return lock, &usageError{text: fmt.Sprintf("%s: there is no %s", option, path), hint: "krustup lock writes it"}
	}
	return lock, err
}

// wantedSet is what the lock says with --locked, and what Resolve says without.
func wantedSet(a *app, c *urfave.Context, sel selection) (toolchain.Set, error) {
	switch {
	case !c.Bool("locked") && a.kit != nil:
		return resolveFrom(c.Context, a, sel)
	case !c.Bool("locked"):
		return resolveSet(c.Context, a, sel.req, sel.offline)
	}
	path := lockPath(c, sel.tree)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && a.kit != nil && c.String("lock") == "" {
		return lockedIn(c.Context, a, sel)
	}
	lock, err := readLock(path, "--locked")
	if err != nil {
		return toolchain.Set{}, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	set, err := lock.SetFor(path, sel.req, rules)
	if err != nil {
		return toolchain.Set{}, err
	}
	warn(a.screen(), set)
	return set, nil
}
