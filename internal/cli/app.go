package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
)

// App holds what all commands of one run of the program share. The store, the network client and the configuration are
// created at first use, because most commands do not need all of them.
type App struct {
	args     []string                  // the command line, in the order that urfave/cli requires
	Version  string                    // of krustup
	keyrings map[string]*trust.Keyring // replace the embedded keys, by supplier
	Out, Err io.Writer                 // results go to Out, everything else to Err
	shown    *term.Screen
	opened   *store.Store
	fetcher  *fetch.Client
	tree     string // of --tree, for Config; "": none is named
	settings *config.Config
	Kit      *mirror.Kit // the kit that --from names; nil without --from
	quiet    bool
	noted    []string         // suites and suppliers that were reported as left out
	failed   map[string]error // updates that failed, by updateKey
	manuals  map[*urfave.Command]Manual
}

func newApp(args []string, opts Options) *App {
	return &App{args: inOrder(args), Version: opts.Version, keyrings: opts.Keyrings, Out: &counted{Writer: opts.Out}, Err: opts.Err, manuals: map[*urfave.Command]Manual{}}
}

// Screen returns the screen for notes, warnings, errors and progress. --quiet must be set before the first call.
func (a *App) Screen() *term.Screen {
	if a.shown == nil {
		a.shown = term.New(a.Err, term.Options{Quiet: a.quiet})
	}
	return a.shown
}

// Home returns the absolute path of the store: $KRUSTUP_HOME, else $XDG_DATA_HOME/krustup, else
// ~/.local/share/krustup.
func Home() (string, error) {
	if dir := os.Getenv("KRUSTUP_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "krustup"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", &UsageError{Text: "the location of the store is unknown: neither KRUSTUP_HOME nor HOME is set", Hint: "KRUSTUP_HOME=/path/to/store krustup …"}
	}
	return filepath.Join(dir, ".local", "share", "krustup"), nil
}

// Store returns the store, with the base stores of KRUSTUP_STORE_PATH. It opens them at the first call. A directory
// whose name make cannot handle is a *UsageError.
func (a *App) Store() (*store.Store, error) {
	if a.opened != nil {
		return a.opened, nil
	}
	dir, err := Home()
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
		// Kbuild splits $(RUSTC) and similar variables at white space; the other characters are special to make.
		if i := strings.IndexAny(dir, " \t\n:#$%"); i >= 0 {
			return nil, &UsageError{
				Text: fmt.Sprintf("store %q: make cannot run programs from a directory with %q in its name", dir, dir[i]),
				Hint: "KRUSTUP_HOME=/another/place krustup …",
			}
		}
	}
	for _, dir := range behind {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			a.Screen().Warn("KRUSTUP_STORE_PATH: %s is not used: it is not a directory that can be read", dir)
		}
	}
	a.opened, err = store.Open(store.Options{Home: dir, Base: behind})
	return a.opened, err
}

// client returns the network client that suppliers and installations share.
func (a *App) client() (*fetch.Client, error) {
	if a.fetcher != nil {
		return a.fetcher, nil
	}
	settings, err := a.Config()
	if err != nil {
		return nil, err
	}
	ca := os.Getenv(CaVariable)
	if ca == "" {
		ca = settings.CA.Value
	}
	client, err := fetch.New(fetch.Options{UserAgent: "krustup/" + a.Version, ExtraCA: ca})
	if err != nil {
		return nil, &config.Error{Err: err}
	}
	a.fetcher = client
	return client, nil
}

// CaVariable is the environment variable that names a file of certificates to trust in addition to the system's.
const CaVariable = "KRUSTUP_CA_FILE"

// Config returns the configuration, and reads its files at the first call. The project's file is krustup.toml in the
// current directory, else in the tree that --tree names.
func (a *App) Config() (config.Config, error) {
	if a.settings != nil {
		return *a.settings, nil
	}
	project := config.ProjectFile
	if _, err := os.Stat(project); err != nil && a.tree != "" {
		project = filepath.Join(a.tree, config.ProjectFile)
	}
	settings, err := config.Load(project)
	if err != nil {
		return config.Config{}, err
	}
	if err := checkMirrorVariables(); err != nil {
		return config.Config{}, &config.Error{Err: err}
	}
	a.settings = &settings
	return settings, nil
}

// Jobs returns how many jobs a build or an installation runs at once: those of the configuration, else one per CPU.
func (a *App) Jobs() (int, error) {
	settings, err := a.Config()
	if err != nil || settings.Jobs.Value == "" {
		return runtime.NumCPU(), err
	}
	return strconv.Atoi(settings.Jobs.Value)
}
