package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
)

// app is what a run of the program shares. What is costly is made at first use.
type app struct {
	args     []string
	version  string
	keyrings map[string]*trust.Keyring // in place of the embedded ones, by supplier
	out, err io.Writer
	shown    *term.Screen
	opened   *store.Store
	fetcher  *fetch.Client
	settings *config.Config
	kit      *mirror.Kit // what --from names, nil without
	quiet    bool
}

func newApp(args []string, opts Options) *app {
	return &app{args: inOrder(args), version: opts.Version, keyrings: opts.Keyrings, out: opts.Out, err: opts.Err}
}

func (a *app) screen() *term.Screen {
	if a.shown == nil {
		a.shown = term.New(a.err, term.Options{Quiet: a.quiet})
	}
	return a.shown
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
	client, err := fetch.New(fetch.Options{UserAgent: "krustup/" + a.version, ExtraCA: ca})
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

func jobs() int { return runtime.NumCPU() }
