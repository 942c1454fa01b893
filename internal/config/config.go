// Package config reads krustup's two configuration files: the user's, and a project's krustup.toml beside its lock. A
// Setting is a value with what set it.
//
// Invariant: nothing in a file weakens what has to verify: there is no key for it. What a project's file says came with
// somebody's source, so it may choose among suppliers and mirrors, whose content is verified all the same, and no more.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/manifests"
)

// ProjectFile is the name of a project's file, beside its lock.
const ProjectFile = "krustup.toml"

// Variable names another file for the user's.
const Variable = "KRUSTUP_CONFIG"

// The suppliers, by name, and those that are used when nobody says which.
var (
	Suppliers        = []string{"debian", "rust-lang", "kernel-org", "host"}
	DefaultSuppliers = []string{"debian", "rust-lang", "kernel-org"}
)

// mirrors are the archives that a mirror may be named for, with an address that would do.
var mirrors = map[string]string{
	"debian": "http://ftp.debian.org/debian", "debian-security": "http://security.debian.org/debian-security",
	"rust-lang": "https://static.rust-lang.org", "crates": "https://static.crates.io/crates", "github": "https://github.com",
	"kernel-org": "https://mirrors.edge.kernel.org/pub",
}

// Setting is a value (of mirrors one address, or several with spaces between) and the file that set it, "default" when none did.
type Setting struct {
	Value string
	From  string
}

// Config is what the files come to.
type Config struct {
	Suppliers     []string // in order of preference
	SuppliersFrom string
	Mirrors       map[string]Setting // by archive; those that are named
	CA            Setting            // file with certificates to trust beside the system's; "": none
	Files         []string           // that were read
}

// Error says what is wrong with a file.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// file is the form of both files.
type file struct {
	Suppliers []string             `toml:"suppliers"`
	Mirrors   map[string]addresses `toml:"mirrors"`
	CA        string               `toml:"ca"`
}

// addresses are one address or a list of them, in the order in which they are asked.
type addresses any

// joined gives addresses as a Setting has them; ok is false when they are neither.
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

// UserFile is where the user's file is looked for: $KRUSTUP_CONFIG, else krustup/config.toml below $XDG_CONFIG_HOME or
// ~/.config. "" when there is no home.
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

// Load reads the user's file and a project's, where they are; the project's comes first. Errors are *Error, with file
// and line.
func Load(project string) (Config, error) {
	c := Config{Suppliers: slices.Clone(DefaultSuppliers), SuppliersFrom: "default", Mirrors: map[string]Setting{}}
	user := UserFile()
	if err := c.add(user, false); err != nil {
		return Config{}, &Error{err}
	}
	if name := os.Getenv(Variable); name != "" && !slices.Contains(c.Files, name) {
		return Config{}, &Error{fmt.Errorf("%s: no such file, and %s names it", name, Variable)}
	}
	if err := c.add(project, true); err != nil {
		return Config{}, &Error{err}
	}
	return c, nil
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
		text, _ := joined(list) // check let no other through
		c.Mirrors[archive] = Setting{text, name}
	}
	if f.CA != "" {
		if !filepath.IsAbs(f.CA) {
			f.CA = filepath.Join(filepath.Dir(name), f.CA)
		}
		c.CA = Setting{f.CA, name}
	}
	return nil
}

// check holds values to what there is; line gives the place of a key.
func (f file) check(project bool, line func(string) string) error {
	if f.Suppliers != nil && len(f.Suppliers) == 0 {
		return fmt.Errorf("%s: no supplier, expected some of %s", line("suppliers"), strings.Join(Suppliers, ", "))
	}
	for i, name := range f.Suppliers {
		switch {
		case !slices.Contains(Suppliers, name):
			return fmt.Errorf("%s: unknown supplier %q, expected some of %s", line("suppliers"), name, strings.Join(Suppliers, ", "))
		case slices.Contains(f.Suppliers[:i], name):
			return fmt.Errorf("%s: supplier %q is there twice", line("suppliers"), name)
		case project && name == "host":
			return fmt.Errorf("%s: a project cannot choose the tools of the machine that builds it: name supplier host on the command line or in the user's configuration", line("suppliers"))
		}
	}
	for archive, list := range f.Mirrors {
		example, known := mirrors[archive]
		if !known {
			return fmt.Errorf("%s: unknown archive %q, expected one of %s", line(archive), archive, strings.Join(slices.Sorted(maps.Keys(mirrors)), ", "))
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
		return fmt.Errorf("%s: a project cannot name certificates to trust: ca belongs into the user's configuration", line("ca"))
	}
	return nil
}

// lineOf finds the line that a key is set on; 1 when it is not plain to see.
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
