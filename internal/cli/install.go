package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/failure"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// Installer returns an installer for the store, which fetches files from the suppliers. The watch prints its progress;
// the caller closes it when the work is done.
func (a *App) Installer(suppliers []toolchain.Supplier, offline bool) (*install.Installer, *Watch, error) {
	st, err := a.Store()
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	jobs, err := a.Jobs()
	if err != nil {
		return nil, nil, err
	}
	w := newWatch(a.Screen())
	return &install.Installer{Store: st, Client: client, Suppliers: suppliers, Watch: w, Offline: offline, Jobs: jobs}, w, nil
}

// Install installs a set and prints its progress. A kit that lacks a file of the set is an error before anything is
// fetched.
func Install(ctx context.Context, a *App, set toolchain.Set, sel Selection) (install.Environment, Summary, error) {
	in, watch, err := a.Installer(sel.Req.Suppliers, sel.Offline)
	if err != nil {
		return install.Environment{}, nil, err
	}
	defer watch.Close()
	if a.Kit != nil {
		if err := a.Kit.Has(ctx, in.Plan(set).Fetch()); err != nil {
			return install.Environment{}, nil, err
		}
	}
	env, err := in.Install(ctx, set, sel.Req.Target)
	if err != nil {
		return env, nil, whichIsStale(ctx, err, set, sel.Req.Suppliers)
	}
	if err := wanted(a, env, sel); err != nil {
		return env, nil, err
	}
	return env, watch.summary(), Hold(ctx, a, env)
}

// EnsureInstalled returns the environment of the first selection whose set is installed. If there is none, it installs
// the set of the first selection that has one. With --locked it installs the set of the lock.
func EnsureInstalled(a *App, c *urfave.Context, sels ...Selection) (install.Environment, error) {
	if !c.Bool("locked") {
		if env, err := FirstInstalled(c.Context, a, sels); !failure.Is[*install.NotInstalledError](err) {
			return env, err
		}
	}
	if text, hint := CallersStore(); text != "" {
		return install.Environment{}, &UsageError{Text: "the set is not installed: " + text, Hint: hint}
	}
	set, sel, err := FirstSet(a, c, sels)
	if err != nil {
		return install.Environment{}, err
	}
	env, _, err := Install(c.Context, a, set, sel)
	return env, err
}

// FirstInstalled returns the environment of the first selection whose set is installed, and holds the set; a *install.NotInstalledError if
// there is none.
func FirstInstalled(ctx context.Context, a *App, sels []Selection) (env install.Environment, err error) {
	st, err := a.Store()
	if err != nil {
		return install.Environment{}, err
	}
	for _, sel := range sels {
		env, err = install.Activate(st, sel.Req)
		if !failure.Is[*install.NotInstalledError](err) {
			break
		}
	}
	if err == nil {
		err = Hold(ctx, a, env)
	}
	return env, err
}

// CallersStore returns a sentence about the store of the user for whom sudo runs krustup, and what to do; "" if there is
// none. Commands that install only what a build needs must not fill a second store, in the home of another user.
func CallersStore() (text, hint string) {
	name := os.Getenv("SUDO_USER")
	if name == "" || os.Getenv("KRUSTUP_HOME") != "" {
		return "", ""
	}
	home := os.Getenv("SUDO_HOME") // since sudo 1.9.13
	if u, err := user.Lookup(name); home == "" && err == nil {
		home = u.HomeDir
	}
	dir := filepath.Join(home, ".local", "share", "krustup")
	own, err := Home()
	if info, failed := os.Stat(dir); home == "" || err != nil || own == dir || failed != nil || !info.IsDir() {
		return "", ""
	}
	return fmt.Sprintf("sudo runs krustup with the store %s, not with that of %s in %s", own, name, dir),
		"build without sudo, and use sudo only to install; or sudo KRUSTUP_HOME=" + own + " KRUSTUP_STORE_PATH=" + dir + " krustup …"
}

// FirstSet returns the set of the first selection that has one, and that selection. If none has, the error is that of
// the last.
func FirstSet(a *App, c *urfave.Context, sels []Selection) (set toolchain.Set, sel Selection, err error) {
	for _, sel = range sels {
		set, err = ChooseSet(a, c, sel)
		if !failure.Is[*toolchain.NoSetError](err) && !failure.Is[*toolchain.NotLockedError](err) {
			break
		}
	}
	return set, sel, err
}

// whichIsStale adds to an error about a file of rust-lang's channels whether the manifest in the store or the server
// is out of date.
func whichIsStale(ctx context.Context, err error, set toolchain.Set, suppliers []toolchain.Supplier) error {
	if !failure.Is[*fetch.NotFoundError](err) && !failure.Is[*trust.DigestError](err) {
		return err
	}
	for _, p := range set.Picks {
		at := slices.IndexFunc(suppliers, func(s toolchain.Supplier) bool { return s.Name() == p.Offer.Supplier })
		if p.Offer.Channel == "" || at < 0 {
			continue
		}
		rust, ok := suppliers[at].(*rustlang.Supplier)
		if !ok {
			continue
		}
		have, now, failed := rust.Dates(ctx, p.Offer)
		switch {
		case failed != nil:
		case now > have:
			return fmt.Errorf("%w\n  the manifest in the store is from %s and the server's from %s: the one in the store is stale; krustup update replaces it", err, have, now)
		case now < have:
			return fmt.Errorf("%w\n  the manifest in the store is from %s and the server's from %s: the server is stale or is being updated", err, have, now)
		default:
			return fmt.Errorf("%w\n  the server's manifest and the one in the store are both from %s: the server's files do not match its manifest", err, now)
		}
	}
	return err
}

// Activate returns the environment of the installed set that the flags select, a *install.NotInstalledError if there is
// none. It reads the tree and the store, and holds the set. It writes only the time of the set's last use, once an hour.
func Activate(a *App, c *urfave.Context) (install.Environment, Selection, error) {
	sel, err := Choose(a, c)
	if err != nil {
		return install.Environment{}, sel, err
	}
	st, err := a.Store()
	if err != nil {
		return install.Environment{}, sel, err
	}
	env, err := install.Activate(st, sel.Req)
	if text, _ := CallersStore(); text != "" && failure.Is[*install.NotInstalledError](err) {
		a.Screen().Note("%s", text)
	}
	if err == nil {
		err = Hold(c.Context, a, env)
	}
	return env, sel, err
}

// Hold keeps a set from being removed until this process and all that it starts have ended, and records its use. A set
// that was removed meanwhile is a *install.NotInstalledError.
func Hold(ctx context.Context, a *App, env install.Environment) error {
	st, err := a.Store()
	if err != nil {
		return err
	}
	err = st.Use(ctx, env.Key.Short())
	if errors.Is(err, fs.ErrNotExist) {
		return &install.NotInstalledError{Target: env.Target, CC: env.CC}
	}
	return err
}

// wanted records what a set was installed for: the tree, and the lock with --locked. A set of a base store has no
// roots, and neither has one in a home that this user cannot write.
func wanted(a *App, env install.Environment, sel Selection) error {
	st, err := a.Store()
	if err != nil || !strings.HasPrefix(env.Bin, st.Home()+string(filepath.Separator)) {
		return err
	}
	key := toolchain.LockKey{Target: env.Target, Host: env.Host, CC: env.CC, Backend: env.Backend}.String()
	for kind, path := range map[string]string{"tree": sel.Tree, "lock": sel.Lock} {
		if path == "" {
			continue
		}
		abs, err := filepath.Abs(path)
		if err != nil {
			return err
		}
		err = st.AddRoot(store.Root{Kind: kind, Path: abs, For: key, Set: env.Key.Short(), Kernel: env.Kernel})
		if err != nil && !failure.Is[*store.ReadOnlyError](err) {
			return err
		}
	}
	return nil
}
