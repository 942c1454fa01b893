// Package config reads krustup's two configuration files: the user's file, and a project's krustup.toml next to its
// lock. A Setting is a value together with the file that set it.
//
// Invariant: no key in a configuration file can weaken verification. A project's file comes with its source code and is
// not trusted. It may only choose what is built and among suppliers and mirrors, and their content is verified either
// way; what this machine does on its own, and with how many jobs, is for its user to say.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// ProjectFile is the name of a project's configuration file, in the directory of its lock.
const ProjectFile = "krustup.toml"

// Variable is the environment variable that names a file to read in place of the user's default one.
const Variable = "KRUSTUP_CONFIG"

// Suppliers are the names of all suppliers. DefaultSuppliers are those that are used, in this order, unless a
// configuration file or the command line names others.
var (
	Suppliers        = []string{"debian", "rust-lang", "kernel-org", "host"}
	DefaultSuppliers = []string{"debian", "rust-lang", "kernel-org"}
)

// mirrors maps each archive that can have a mirror to an example of an address, for messages.
var mirrors = map[string]string{
	"debian": "http://ftp.debian.org/debian", "debian-security": "http://security.debian.org/debian-security",
	"rust-lang": "https://static.rust-lang.org", "crates": "https://static.crates.io/crates", "github": "https://github.com",
	"kernel-org": "https://mirrors.edge.kernel.org/pub",
}

// words are the settings that hold one word. An empty word is refused, as any that check refuses.
var words = []struct {
	key     string
	user    bool // only in the user's file
	example string
	check   func(string) error
	of      func(file) *string
}{
	{"target", false, "arm64", func(v string) error { _, err := targets.Find(v); return err }, func(f file) *string { return f.Target }},
	{"cc", false, "clang", func(v string) error { _, err := toolchain.ParseCompiler(v); return err }, func(f file) *string { return f.CC }},
	{"prefer", false, "stable", func(v string) error { _, err := toolchain.ParsePreference(v); return err }, func(f file) *string { return f.Prefer }},
	{"install", true, InstallAuto, func(v string) error { return oneOf(v, InstallNever, InstallAuto) }, func(f file) *string { return f.Install }},
}

// The values of install: whether a command that needs a set installs what is missing.
const (
	InstallNever = "never" // the default
	InstallAuto  = "auto"
)

func oneOf(word string, allowed ...string) error {
	if !slices.Contains(allowed, word) {
		return fmt.Errorf("unknown value %q, expected one of %s", word, strings.Join(allowed, ", "))
	}
	return nil
}

// Setting is a value and the file that set it.
type Setting struct {
	Value string // of a mirror: one address, or several separated by spaces
	From  string // path of the file
}

// Config is the result of merging the files.
type Config struct {
	Suppliers     []string           // in order of preference
	SuppliersFrom string             // path of the file that set them, or "default"
	Mirrors       map[string]Setting // by archive; only archives that a file sets a mirror for
	CA            Setting            // file of certificates to trust in addition to the system's; "": none
	Words         map[string]Setting // target, cc, prefer and install; only those that a file sets
	Jobs          Setting            // a number; "": one per CPU
	Files         []string           // files that were read, in order
}

// Error reports a configuration file that is invalid or could not be read.
type Error struct{ Err error }

// Error returns the text of the cause, which names the file.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// file is the format of both files.
type file struct {
	Suppliers []string             `toml:"suppliers"`
	Mirrors   map[string]addresses `toml:"mirrors"`
	CA        string               `toml:"ca"`
	Target    *string              `toml:"target"`
	CC        *string              `toml:"cc"`
	Prefer    *string              `toml:"prefer"`
	Install   *string              `toml:"install"`
	Jobs      *int                 `toml:"jobs"`
}

// addresses is one address, or a list of addresses in the order in which they are tried.
type addresses any

// joined returns addresses separated by spaces, as in a Setting. ok is false when a is neither an address nor a list of
// addresses.
func joined(a addresses) (text string, ok bool) {
	if text, ok := a.(string); ok {
		return text, true
	}
	list, ok := a.([]any)
	var words []string
	for _, word := range list {
		text, isText := word.(string)
		ok = ok && isText && text != ""
		words = append(words, text)
	}
	return strings.Join(words, " "), ok && len(words) > 0
}

// UserFile returns the path of the user's file: $KRUSTUP_CONFIG if it is set, otherwise krustup/config.toml below
// $XDG_CONFIG_HOME or ~/.config. It returns "" when there is no home directory. The file need not exist.
func UserFile() string {
	if name := os.Getenv(Variable); name != "" {
		return name
	}
	dir := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(dir) {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".config")
	}
	return filepath.Join(dir, "krustup", "config.toml")
}

// Load reads the user's file and the project file at the path project, "" for none. Either may be missing, except a
// file that $KRUSTUP_CONFIG names. Settings of the project take precedence. Errors are *Error and name the file and,
// for an invalid one, the line.
func Load(project string) (Config, error) {
	c := newConfig()
	user := UserFile()
	if err := c.add(user, false); err != nil {
		return Config{}, &Error{err}
	}
	if name := os.Getenv(Variable); name != "" && !slices.Contains(c.Files, name) {
		return Config{}, &Error{fmt.Errorf("%s: no such file, but %s names it", name, Variable)}
	}
	if err := c.add(project, true); err != nil {
		return Config{}, &Error{err}
	}
	return c, nil
}

func newConfig() Config {
	return Config{Suppliers: slices.Clone(DefaultSuppliers), SuppliersFrom: "default", Mirrors: map[string]Setting{}, Words: map[string]Setting{}}
}

func (c *Config) add(name string, project bool) error {
	if name == "" {
		return nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading configuration: %w", err)
	}
	return c.read(name, data, project)
}

// read adds the settings of a file with that content.
func (c *Config) read(name string, data []byte, project bool) error {
	var f file
	if err := manifests.DecodeStrict(name, data, &f); err != nil {
		return err
	}
	line := func(key string) string { return fmt.Sprintf("%s:%d", name, lineOf(data, key)) }
	if err := f.check(project, line); err != nil {
		return err
	}
	c.Files = append(c.Files, name)
	if f.Suppliers != nil {
		c.Suppliers, c.SuppliersFrom = f.Suppliers, name
	}
	for archive, list := range f.Mirrors {
		text, _ := joined(list) // check has refused anything else
		c.Mirrors[archive] = Setting{text, name}
	}
	if f.CA != "" {
		if !filepath.IsAbs(f.CA) {
			f.CA = filepath.Join(filepath.Dir(name), f.CA)
		}
		c.CA = Setting{f.CA, name}
	}
	for _, w := range words {
		if value := w.of(f); value != nil {
			c.Words[w.key] = Setting{*value, name}
		}
	}
	if f.Jobs != nil {
		c.Jobs = Setting{strconv.Itoa(*f.Jobs), name}
	}
	return nil
}

// check validates the values of a file. line returns the file and line of a key.
func (f file) check(project bool, line func(string) string) error {
	if f.Suppliers != nil && len(f.Suppliers) == 0 {
		return fmt.Errorf("%s: no supplier, expected one or more of %s", line("suppliers"), strings.Join(Suppliers, ", "))
	}
	for i, name := range f.Suppliers {
		switch {
		case !slices.Contains(Suppliers, name):
			return fmt.Errorf("%s: unknown supplier %q, expected one or more of %s", line("suppliers"), name, strings.Join(Suppliers, ", "))
		case slices.Contains(f.Suppliers[:i], name):
			return fmt.Errorf("%s: supplier %q is listed twice", line("suppliers"), name)
		case project && name == "host":
			return fmt.Errorf("%s: a project cannot choose the tools of the machine that builds it: set supplier host on the command line or in the user's configuration", line("suppliers"))
		}
	}
	for archive, list := range f.Mirrors {
		example, known := mirrors[archive]
		if !known {
			return fmt.Errorf("%s: unknown archive %q, expected one of %s", line(archive), archive, strings.Join(archives(), ", "))
		}
		address, ok := joined(list)
		if !ok {
			return fmt.Errorf("%s: expected an address such as %q, or a list of them", line(archive), example)
		}
		if _, err := fetch.ParseMirrors(address, example); err != nil {
			return fmt.Errorf("%s: %w", line(archive), err)
		}
	}
	if project && f.CA != "" {
		return fmt.Errorf("%s: a project cannot name certificates to trust: set ca in the user's configuration", line("ca"))
	}
	for _, w := range words {
		value := w.of(f)
		if value == nil {
			continue
		}
		if project && w.user {
			return fmt.Errorf("%s: a project cannot set %s: set it in the user's configuration", line(w.key), w.key)
		}
		if *value == "" {
			return fmt.Errorf("%s: %s is empty, expected for instance %q", line(w.key), w.key, w.example)
		}
		if err := w.check(*value); err != nil {
			return fmt.Errorf("%s: %w", line(w.key), err)
		}
	}
	switch {
	case f.Jobs != nil && project:
		return fmt.Errorf("%s: a project cannot set jobs: set it in the user's configuration", line("jobs"))
	case f.Jobs != nil && *f.Jobs < 1:
		return fmt.Errorf("%s: jobs = %d: expected 1 or more", line("jobs"), *f.Jobs)
	}
	return nil
}

// archives returns the names of the archives that can have a mirror, sorted.
func archives() []string { return slices.Sorted(maps.Keys(mirrors)) }

// lineOf returns the number of the line that sets a key, or 1 when it finds none.
func lineOf(data []byte, key string) int {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		name, _, ok := strings.Cut(line, "=")
		if name = strings.Trim(strings.TrimSpace(name), `"'`); ok && name == key {
			return number
		}
	}
	return 1
}
