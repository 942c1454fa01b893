package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/host"
	"github.com/krustup/krustup/internal/supplier/kernelorg"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// app holds what the commands share. What is costly is made at first use.
type app struct {
	args     []string
	keyrings map[string]*trust.Keyring // in place of the embedded ones, by supplier
	out, err io.Writer
	shown    *term.Screen
	opened   *store.Store
	fetcher  *fetch.Client
	settings *config.Config
	kit      *mirror.Kit // what --from names, nil without
	quiet    bool
	noted    []string // suites that noteAged has named
}

func (a *app) screen() *term.Screen {
	if a.shown == nil {
		a.shown = term.New(a.err, term.Options{Quiet: a.quiet})
	}
	return a.shown
}

// command makes a cli.Command with what all of ours have: --quiet and --json, and the refusal of options that follow
// an argument, which urfave/cli would hand on as arguments without a word.
func (a *app) command(name, usage, arguments string, flags []cli.Flag, action cli.ActionFunc) *cli.Command {
	flags = append(flags,
		&cli.BoolFlag{Name: "json", Usage: "print the result as JSON"},
		&cli.BoolFlag{Name: "quiet", Aliases: []string{"q"}, Usage: "no notes and no progress"},
	)
	return &cli.Command{
		Name: name, Usage: usage, ArgsUsage: arguments, Flags: flags, HideHelpCommand: true,
		OnUsageError: func(_ *cli.Context, err error, _ bool) error {
			return &usageError{text: err.Error(), hint: fmt.Sprintf("krustup %s --help", name)}
		},
		Action: func(c *cli.Context) error {
			a.quiet = c.Bool("quiet")
			if err := a.refuseLateFlags(c); err != nil {
				return err
			}
			return action(c)
		},
	}
}

// refuseLateFlags refuses `krustup run rustc -vV`: the option after the argument would be krustup's own or the
// program's, and nobody can tell.
func (a *app) refuseLateFlags(c *cli.Context) error {
	first := len(a.args) - c.NArg()
	if first >= 1 && a.args[first-1] == "--" {
		return nil
	}
	for i, arg := range c.Args().Slice() {
		if arg == "--" {
			return nil
		}
		if len(arg) < 2 || arg[0] != '-' {
			continue
		}
		words := slices.Concat([]string{"krustup"}, a.args[1:first], a.args[first+i:], a.args[first:first+i])
		corrected := strings.Join(words, " ")
		if slices.Contains([]string{"run", "make", "module"}, c.Command.Name) {
			corrected = strings.Join(a.args[1:first], " ")
			corrected = "krustup " + corrected + " -- " + strings.Join(a.args[first:], " ")
		}
		return &usageError{text: fmt.Sprintf("option %s stands after the argument %q", arg, a.args[first]), hint: corrected}
	}
	return nil
}

// noArguments refuses what a command does not take.
func noArguments(c *cli.Context) error {
	if c.NArg() > 0 {
		// HelpName has the words before it too: krustup ci key.
		return &usageError{text: fmt.Sprintf("%s takes no argument, found %q", c.Command.HelpName, c.Args().First()), hint: c.Command.HelpName + " --help"}
	}
	return nil
}

// home is where the store is.
func home() (string, error) {
	if dir := os.Getenv("KRUSTUP_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "krustup"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", &usageError{text: "where is the store? neither KRUSTUP_HOME nor HOME is set", hint: "KRUSTUP_HOME=/path/to/store krustup …"}
	}
	return filepath.Join(dir, ".local", "share", "krustup"), nil
}

// store opens the store, once.
func (a *app) store() (*store.Store, error) {
	if a.opened != nil {
		return a.opened, nil
	}
	dir, err := home()
	if err != nil {
		return nil, err
	}
	var behind []string
	for _, other := range filepath.SplitList(os.Getenv("KRUSTUP_STORE_PATH")) {
		if other != "" {
			behind = append(behind, other)
		}
	}
	for _, dir := range append([]string{dir}, behind...) {
		// Kbuild takes $(RUSTC) and the like apart at white space, and make gives the others a meaning of their own.
		if i := strings.IndexAny(dir, " \t\n:#$%"); i >= 0 {
			return nil, &usageError{
				text: fmt.Sprintf("store %q: make cannot call a program in a directory with %q in its name", dir, dir[i]),
				hint: "KRUSTUP_HOME=/another/place krustup …",
			}
		}
	}
	a.opened, err = store.Open(store.Options{Home: dir, Behind: behind})
	return a.opened, err
}

// client makes what fetches for the suppliers and the installation, once.
func (a *app) client() (*fetch.Client, error) {
	if a.fetcher != nil {
		return a.fetcher, nil
	}
	settings, err := a.config("")
	if err != nil {
		return nil, err
	}
	ca := os.Getenv(caVariable)
	if ca == "" {
		ca = settings.CA.Value
	}
	client, err := fetch.New(fetch.Options{UserAgent: "krustup/" + version, ExtraCA: ca})
	if err != nil {
		return nil, &config.Error{Err: err}
	}
	a.fetcher = client
	return client, nil
}

// caVariable names a file with certificates to trust beside the system's.
const caVariable = "KRUSTUP_CA_FILE"

// config reads the configuration files, once: the project's is the one here, else the one in the tree.
func (a *app) config(tree string) (config.Config, error) {
	if a.settings != nil {
		return *a.settings, nil
	}
	project := config.ProjectFile
	if _, err := os.Stat(project); err != nil && tree != "" {
		project = filepath.Join(tree, config.ProjectFile)
	}
	settings, err := config.Load(project)
	if err != nil {
		return config.Config{}, err
	}
	a.settings = &settings
	return settings, nil
}

// installer is what fetches and unpacks. Its watch is to be closed when the work is done.
func (a *app) installer(suppliers []toolchain.Supplier, offline bool) (*toolchain.Installer, *watch, error) {
	st, err := a.store()
	if err != nil {
		return nil, nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, nil, err
	}
	w := newWatch(a.screen())
	return &toolchain.Installer{Store: st, Client: client, Suppliers: suppliers, Watch: w, Offline: offline, Jobs: jobs()}, w, nil
}

// suppliers makes the suppliers that --supplier names, in its order, else those of the configuration.
func (a *app) suppliers(c *cli.Context) ([]toolchain.Supplier, error) {
	settings, err := a.config(c.String("tree"))
	if err != nil {
		return nil, err
	}
	names := c.StringSlice("supplier")
	if len(names) == 0 {
		names = settings.Suppliers
	}
	return a.suppliersNamed(names, settings)
}

func (a *app) suppliersNamed(names []string, settings config.Config) ([]toolchain.Supplier, error) {
	var list []toolchain.Supplier
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, &usageError{text: fmt.Sprintf("--supplier %s is there twice", name)}
		}
		s, err := a.supplier(name, settings)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

func (a *app) supplier(name string, settings config.Config) (toolchain.Supplier, error) {
	st, err := a.store()
	if err != nil {
		return nil, err
	}
	client, err := a.client()
	if err != nil {
		return nil, err
	}
	catalogues, keyring, kit := st.Catalogues(), a.keyrings[name], ""
	if a.kit != nil {
		catalogues, kit = store.Catalogues{Home: a.kit.Catalogues}, a.kit.URL
	}
	switch name {
	case debian.Name:
		var mirrors []debian.Mirror
		for _, archive := range []string{"debian", "debian-security"} {
			mirrors = append(mirrors, debian.Mirror{Archive: archive, URL: settings.Mirrors[archive].Value, From: settings.Mirrors[archive].From})
		}
		return debian.New(debian.Options{Catalogues: catalogues.Home, Behind: catalogues.Behind, Partial: st.PartialDir(), Client: client, Mirrors: mirrors, From: kit, Keyring: keyring})
	case rustlang.Name:
		mirrors := map[string]string{}
		for _, archive := range rustlang.Archives {
			mirrors[archive] = settings.Mirrors[archive].Value
		}
		return rustlang.New(rustlang.Options{Catalogues: catalogues.Home, Behind: catalogues.Behind, Client: client, Mirrors: mirrors, From: kit, Keyring: keyring})
	case kernelorg.Name:
		return kernelorg.New(kernelorg.Options{Catalogues: catalogues.Home, Behind: catalogues.Behind, Client: client, Mirror: settings.Mirrors[name].Value, From: kit, Keyring: keyring})
	case host.Name:
		return host.New(host.Options{Catalogues: catalogues.Home})
	}
	return nil, &usageError{text: fmt.Sprintf("unknown supplier %q: there are %s", name, strings.Join(config.Suppliers, ", "))}
}

// resolve chooses the set, and tells what speaks against it.
func (a *app) resolve(ctx context.Context, req toolchain.Request, offline bool) (toolchain.Set, error) {
	return a.resolveBy(ctx, req, offline, toolchain.Resolve)
}

// resolveBy is resolve by another function than toolchain.Resolve.
func (a *app) resolveBy(ctx context.Context, req toolchain.Request, offline bool, choose func(toolchain.Request, manifests.Rules) (toolchain.Set, error)) (toolchain.Set, error) {
	rules, err := manifests.LoadRules()
	if err != nil {
		return toolchain.Set{}, err
	}
	var set toolchain.Set
	opts := catalogueOptions{req.Host, toolchain.UpdateOptions{AllowStale: req.AllowStale, AllowUnsigned: req.AllowUnsigned}, offline}
	err = a.withCatalogue(ctx, req.Suppliers, opts, func(suppliers []toolchain.Supplier) (err error) {
		tried := req
		tried.Suppliers = suppliers
		set, err = choose(tried, rules)
		return err
	})
	if err != nil {
		return toolchain.Set{}, err
	}
	for _, w := range set.Warnings {
		a.screen().Warn("%s", w)
	}
	return set, nil
}

// catalogueOptions say which catalogues are wanted and whether they may be fetched.
type catalogueOptions struct {
	host    toolchain.Host
	update  toolchain.UpdateOptions
	offline bool
}

// withCatalogue tries something that reads catalogues. Where one is missing it fetches that and tries again, as the first
// `apt install` would have to; and where a suite was left out because it expired, and now it is accepted. A supplier
// after the first that cannot be read is done without, and said to be.
func (a *app) withCatalogue(ctx context.Context, suppliers []toolchain.Supplier, opts catalogueOptions, try func([]toolchain.Supplier) error) error {
	suppliers = slices.Clone(suppliers)
	fetched := map[string]bool{}
	for {
		err := try(suppliers)
		if err == nil {
			a.noteAged(suppliers, opts)
			return nil
		}
		at, update := 0, opts.update
		missing, never := errors.AsType[*toolchain.NoCatalogueError](err)
		if never {
			at = slices.IndexFunc(suppliers, func(s toolchain.Supplier) bool { return s.Name() == missing.Supplier })
		}
		switch {
		case opts.offline && at > 0:
			suppliers[at] = absent{suppliers[at], err}
			continue
		case opts.offline:
			return err
		case never:
			if missing.Part != "" {
				update.Parts = []string{missing.Part}
			}
			if a.kit == nil {
				a.screen().Note("no catalogue %sof %s for %s: updating", spaced(missing.Part), missing.Supplier, missing.Host)
			}
		case update.AllowStale && (is[*debian.StaleError](err) || leftOut(err)):
			a.screen().Note("updating, with suites whose metadata expired")
		default:
			return err
		}
		wanted := fmt.Sprint(at, update.Parts)
		if at < 0 || fetched[wanted] {
			return err
		}
		fetched[wanted] = true
		if err := a.update(ctx, suppliers[at], opts.host, update); err != nil {
			if at == 0 || ctx.Err() != nil || a.kit != nil && unverified(err) {
				return err
			}
			suppliers[at] = absent{suppliers[at], err}
		}
	}
}

// noteAged says once of each suite that it was left out because its catalogue expired in the store.
func (a *app) noteAged(suppliers []toolchain.Supplier, opts catalogueOptions) {
	for _, s := range suppliers {
		archive, ok := s.(*debian.Supplier)
		if !ok || opts.update.AllowStale {
			continue
		}
		aged, err := archive.Aged(opts.host)
		if err != nil {
			continue // what was tried went well without it
		}
		for _, stale := range aged {
			if !slices.Contains(a.noted, stale.Suite) {
				a.noted = append(a.noted, stale.Suite)
				a.screen().Note("%v: left out; krustup update fetches a newer one", stale)
			}
		}
	}
}

func spaced(part string) string {
	if part == "" {
		return ""
	}
	return part + " "
}

// absent is a supplier that could not be read: it has nothing to offer, and says why.
type absent struct {
	toolchain.Supplier
	why error
}

func (s absent) Offers(toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	return nil, []toolchain.Unread{{Supplier: s.Name(), Err: s.why}}, nil
}

// leftOut reports whether a search found nothing and there are parts of suppliers that it could not look at.
func leftOut(err error) bool {
	noSet, _ := errors.AsType[*toolchain.NoSetError](err)
	noSource, _ := errors.AsType[*toolchain.NoSourceError](err)
	return noSet != nil && len(noSet.Unread) > 0 || noSource != nil && len(noSource.Unread) > 0
}

func jobs() int { return runtime.NumCPU() }
