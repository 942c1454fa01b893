package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/survey"
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

// LockedKeys returns the keys of the sets that --target, --host, --cc and --backend select, by default all of the lock.
// If there is none for one of the values, the error is a *toolchain.NoneLockedError.
func LockedKeys(c *urfave.Context, path string, lock toolchain.Lock) ([]toolchain.LockKey, error) {
	asked := []struct {
		option, word string
		parse        func(string) (string, error)
		of           func(toolchain.LockKey) string
	}{
		{"target", "target", lockedTarget, func(k toolchain.LockKey) string { return k.Target }},
		{"host", "host", lockedHost, func(k toolchain.LockKey) string { return k.Host.String() }},
		{"cc", "compiler", lockedCompiler, func(k toolchain.LockKey) string { return string(k.CC) }},
	}
	backend, err := ChosenBackend(c)
	if err != nil {
		return nil, err
	}
	keys := slices.DeleteFunc(lock.Keys(), func(k toolchain.LockKey) bool { return c.IsSet("backend") && k.Backend != backend })
	for _, one := range asked {
		var values []string
		for _, text := range Values(c, one.option) {
			value, err := one.parse(text)
			if err != nil {
				return nil, err
			}
			if value == "" { // any
				values = nil
				break
			}
			values = append(values, value)
		}
		for _, value := range values {
			if !slices.ContainsFunc(keys, func(k toolchain.LockKey) bool { return one.of(k) == value }) {
				return nil, fmt.Errorf("%s %s: %w", one.word, value, &toolchain.NoneLockedError{Path: path, Has: lock.Keys()})
			}
		}
		keys = slices.DeleteFunc(keys, func(k toolchain.LockKey) bool { return values != nil && !slices.Contains(values, one.of(k)) })
	}
	for _, text := range Values(c, "target") {
		name, err := lockedTarget(text)
		if err == nil && name != "" && !slices.ContainsFunc(keys, func(k toolchain.LockKey) bool { return k.Target == name }) {
			return nil, fmt.Errorf("target %s with that host and compiler: %w", name, &toolchain.NoneLockedError{Path: path, Has: lock.Keys()})
		}
	}
	if len(keys) == 0 {
		return nil, &toolchain.NoneLockedError{Path: path, Has: lock.Keys()}
	}
	return keys, nil
}

func lockedTarget(text string) (string, error) {
	if text == AllTargets {
		return "", nil
	}
	t, err := targets.Find(text)
	return t.Name, err
}

func lockedHost(text string) (string, error) {
	host, err := ParseHost(text)
	return host.String(), err
}

func lockedCompiler(text string) (string, error) {
	cc, err := ParseCompiler(text)
	return string(cc), err
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
	locked, err := chosenLock(a, c, sel.Tree)
	if err != nil {
		return toolchain.Set{}, err
	}
	return locked.set(a, c, sel)
}

// Choice is a set, and the selection that it was chosen for.
type Choice struct {
	Selection
	Set toolchain.Set
}

// ChooseSets returns the sets that the flags select: one for each combination of --target, --host and --cc, chosen as
// ChooseSet does. With --locked they are sets of the lock for this machine or for --host, and a kernel is not needed.
func ChooseSets(a *App, c *urfave.Context) ([]Choice, error) {
	if c.Bool("locked") {
		return lockedChoices(a, c)
	}
	sels, err := ChooseAll(a, c)
	if err != nil {
		return nil, err
	}
	var list []Choice
	for _, sel := range sels {
		set, err := ChooseSet(a, c, sel)
		if err != nil {
			return nil, oneOf(len(sels), sel, err)
		}
		list = append(list, Choice{sel, set})
	}
	return list, nil
}

// oneOf adds to an error which of several selections it is about.
func oneOf(many int, sel Selection, err error) error {
	if many < 2 || err == nil {
		return err
	}
	text := sel.Req.Target.Name
	if sel.Req.CC != toolchain.Either {
		text += " with " + string(sel.Req.CC)
	}
	return fmt.Errorf("%s: %w", text, err)
}

// chosen is a lock and its name for messages.
type chosen struct {
	lock toolchain.Lock
	name string
	kit  bool // it is the lock of the kit, which is not signed
}

// chosenLock returns the lock of --locked: the user's, else that of the kit.
func chosenLock(a *App, c *urfave.Context, tree string) (chosen, error) {
	path := LockPath(c, tree)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && a.Kit != nil && c.String("lock") == "" {
		lock, err := a.Kit.Lock(c.Context)
		return chosen{lock, a.Kit.Name + ": " + toolchain.LockName, true}, err
	}
	lock, err := ReadLock(path, "--locked")
	return chosen{lock: lock, name: path}, err
}

// set returns the locked set for a selection.
func (l chosen) set(a *App, c *urfave.Context, sel Selection) (toolchain.Set, error) {
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	set, err := l.lock.SetFor(l.name, sel.Req, rules)
	if err == nil && l.kit {
		set, err = vouchedIn(c.Context, a, set, sel, func(vouched toolchain.Lock) (toolchain.Set, error) {
			return vouched.SetFor(l.name, sel.Req, rules)
		})
	}
	if was, ok := l.lock.Before(sel.Req); ok && len(sel.Req.Requirements.Demands) == 0 {
		set.Key = was.Key // a lock of format 1 has only the digest of what a set was locked for
	}
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
	if !c.IsSet("prefer") && sel.Req.Prefer != asked.Prefer {
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

// lockedChoices returns the sets of the lock that --target, --host, --cc and --backend select. If the command line or
// the current directory names a kernel, every set has to meet its demands. With --kernel and without --target, the sets
// that do not meet them are left out instead, with a note.
func lockedChoices(a *App, c *urfave.Context) ([]Choice, error) {
	read, tree, err := lockedKernel(c)
	if err != nil {
		return nil, err
	}
	locked, err := chosenLock(a, c, tree)
	if err != nil {
		return nil, err
	}
	keys, err := LockedKeys(c, locked.name, locked.lock)
	if err != nil {
		return nil, err
	}
	if !c.IsSet("host") {
		here, err := ParseHost("")
		if err != nil {
			return nil, err
		}
		if keys = slices.DeleteFunc(keys, func(k toolchain.LockKey) bool { return k.Host != here }); len(keys) == 0 {
			return nil, &toolchain.NoneLockedError{Path: locked.name, Has: locked.lock.Keys()}
		}
	}
	var list []Choice
	var left error
	for _, key := range keys {
		sel, err := locked.selection(a, c, key, read)
		if err != nil {
			return nil, err
		}
		set, err := locked.set(a, c, sel)
		err = oneOf(len(keys), sel, err)
		switch {
		case err == nil:
			list = append(list, Choice{sel, set})
		case len(keys) > 1 && c.String("kernel") != "" && !c.IsSet("target") && (failure.Is[*toolchain.NotLockedError](err) || failure.Is[*toolchain.NoRustError](err)):
			a.Screen().Note("left out: %v", err)
			left = errors.Join(left, err)
		default:
			return nil, err
		}
	}
	if len(list) == 0 {
		return nil, left
	}
	return list, nil
}

// lockedKernel returns a reader of the kernel that --tree, --kernel or the current directory names, and the path of the
// tree. read is nil if none of them does.
func lockedKernel(c *urfave.Context) (read survey.KernelReader, tree string, err error) {
	choice, err := ChooseKernel(c)
	if err != nil || !choice.Asked {
		return nil, "", err
	}
	return choice.Read, choice.Tree, nil
}

// selection returns the selection for a set of the lock. Without a kernel, its demands are those that the set was locked
// for.
func (l chosen) selection(a *App, c *urfave.Context, key toolchain.LockKey, read survey.KernelReader) (Selection, error) {
	target, err := targets.Find(key.Target)
	if err != nil {
		return Selection{}, err
	}
	sel, err := ReadRequest(a, c, key.Host, key.CC)
	if err != nil {
		return Selection{}, err
	}
	sel.Req.Target, sel.Req.Backend = target, key.Backend
	if !l.kit {
		sel.Lock = l.name
	}
	if read == nil {
		set, _ := l.lock.Get(key)
		at := kernel.Where{File: l.name}
		sel.Req.Requirements = kernel.Requirements{
			Kernel: set.Kernel, Source: set.Source, SrcArch: target.SrcArch, Demands: set.Asked.Demands, Hazards: set.Asked.Hazards,
			RustInit: at, HaveRust: []kernel.HaveRust{{Where: at}},
		}
		return sel, nil
	}
	if sel.Req.Requirements, err = readWhole(read, target); err != nil {
		return Selection{}, err
	}
	sel.Tree = sel.Req.Requirements.Tree
	return sel, sel.Prefer(c, sel.Req.Prefer)
}
