package cli

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

// App is what a run of the program shares. What is costly is made at first use.
type App struct {
	args     []string
	Version  string
	keyrings map[string]*trust.Keyring // in place of the embedded ones, by supplier
	Out, Err io.Writer
	shown    *term.Screen
	opened   *store.Store
	fetcher  *fetch.Client
	settings *config.Config
	Kit      *mirror.Kit // what --from names, nil without
	quiet    bool
}

func newApp(args []string, opts Options) *App {
	return &App{args: inOrder(args), Version: opts.Version, keyrings: opts.Keyrings, Out: opts.Out, Err: opts.Err}
}

func (a *App) Screen() *term.Screen {
	if a.shown == nil {
		a.shown = term.New(a.Err, term.Options{Quiet: a.quiet})
	}
	return a.shown
}

// Home is where the store is.
func Home() (string, error) {
	if dir := os.Getenv("KRUSTUP_HOME"); dir != "" {
		return filepath.Abs(dir)
	}
	if dir := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "krustup"), nil
	}
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", &UsageError{Text: "where is the store? neither KRUSTUP_HOME nor HOME is set", Hint: "KRUSTUP_HOME=/path/to/store krustup …"}
	}
	return filepath.Join(dir, ".local", "share", "krustup"), nil
}

// Store opens the store, once.
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
		// Kbuild takes $(RUSTC) and the like apart at white space, and make gives the others a meaning of their own.
		if i := strings.IndexAny(dir, " \t\n:#$%"); i >= 0 {
			return nil, &UsageError{
				Text: fmt.Sprintf("store %q: make cannot call a program in a directory with %q in its name", dir, dir[i]),
				Hint: "KRUSTUP_HOME=/another/place krustup …",
			}
		}
	}
	a.opened, err = store.Open(store.Options{Home: dir, Behind: behind})
	return a.opened, err
}

// client makes what fetches for the suppliers and the installation, once.
func (a *App) client() (*fetch.Client, error) {
	if a.fetcher != nil {
		return a.fetcher, nil
	}
	settings, err := a.Config("")
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

// CaVariable names a file with certificates to trust beside the system's.
const CaVariable = "KRUSTUP_CA_FILE"

// Config reads the configuration files, once: the project's is the one here, else the one in the tree.
func (a *App) Config(tree string) (config.Config, error) {
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

func Jobs() int { return runtime.NumCPU() }
