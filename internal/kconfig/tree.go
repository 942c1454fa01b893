package kconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Bounds far above what a kernel has, which is about 2,000 files, the largest with 120 kB.
const (
	maxFiles = 20_000
	maxFile  = 2 << 20
)

// Arch is the pair of names that Kbuild has for an architecture: SRCARCH, the directory under arch/, and ARCH, which
// also distinguishes its variants.
type Arch struct{ SrcArch, Arch string }

// Tree holds all of a kernel's Kconfig for one architecture. It does not change once it is read.
type Tree struct {
	Root  string // directory of the kernel tree
	Arch  Arch
	Files int // number of Kconfig files read
	// Macro answers macros, such as "$(cc-option,-m64)", for configurations that were made with another compiler; nil
	// answers none.
	Macro   func(text string) (value string, ok bool)
	symbols map[string]*symbol
	members map[*syntax.Choice][]*symbol
	modules string // the symbol that turns on modules
	rules   rules
}

// symbol is one option with all that the files state about it.
type symbol struct {
	name    string
	kind    string // "bool", "tristate", "string", "int", "hex"; "" if nothing defines it
	entries []*syntax.Entry
	selects []selector
	implies []selector
	choice  *syntax.Choice

	transitional bool
}

// tristate reports whether a symbol can be on.
func (s *symbol) tristate() bool { return s.kind == "bool" || s.kind == "tristate" }

// selector is one `select` or `imply` of a symbol.
type selector struct {
	by   *syntax.Entry
	line syntax.Select
}

// NoSymbolError reports that a tree does not define an option for an architecture.
type NoSymbolError struct {
	Tree, SrcArch, Symbol string
}

// Error names the architecture, since another one may define the option.
func (e *NoSymbolError) Error() string {
	return fmt.Sprintf("%s: no `config %s` in the Kconfig files for %s", e.Tree, e.Symbol, e.SrcArch)
}

// ReadTree reads the Kconfig of a kernel tree for an architecture, starting with the file Kconfig at its top. An error
// names the file and the line.
func ReadTree(root string, arch Arch) (*Tree, error) {
	return readTree(root, arch, syntax.Options{Variables: variables(arch)})
}

func readTree(root string, arch Arch, opts syntax.Options) (*Tree, error) {
	files := 0
	opts.Source = func(name string) ([]byte, error) {
		if files++; files > maxFiles {
			return nil, fmt.Errorf("more than %d Kconfig files", maxFiles)
		}
		return readKconfig(root, name)
	}
	const top = "Kconfig"
	data, err := opts.Source(top)
	if err != nil {
		return nil, fmt.Errorf("reading Kconfig: %w", err)
	}
	file, err := syntax.Parse(top, data, opts)
	if err != nil {
		return nil, fmt.Errorf("reading Kconfig: %w", err)
	}
	t := &Tree{Root: root, Arch: arch, Files: file.Files, symbols: map[string]*symbol{}, members: map[*syntax.Choice][]*symbol{}}
	t.modules, t.rules = file.Modules, readRules(root)
	for _, e := range file.Entries {
		t.add(e)
	}
	t.typeChoices()
	return t, nil
}

// variables returns the variables that Kbuild exports to Kconfig and that Kconfig files use in conditions and file
// names. User-mode Linux uses a part of the host's architecture, which is x86 (arch/um/Makefile).
func variables(arch Arch) map[string]string {
	header := arch.SrcArch
	if arch.SrcArch == "um" {
		header = "x86"
	}
	return map[string]string{"SRCARCH": arch.SrcArch, "ARCH": arch.Arch, "HEADER_ARCH": header, "SUBARCH": header}
}

// readKconfig reads a file of the tree.
func readKconfig(root, name string) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("source %q: expected a path inside the tree", name)
	}
	data, err := disk.ReadRegular(filepath.Join(root, filepath.FromSlash(name)), maxFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return data, err
}

func (t *Tree) symbol(name string) *symbol {
	s := t.symbols[name]
	if s == nil {
		s = &symbol{name: name}
		t.symbols[name] = s
	}
	return s
}

func (t *Tree) add(e *syntax.Entry) {
	s := t.symbol(e.Symbol)
	if s.kind == "" {
		s.kind = e.Type
	}
	if e.Prompt != nil && !s.hasPrompt() { // only the first prompt tells whether it is a member of a choice
		s.choice = e.Choice
	}
	s.entries = append(s.entries, e)
	s.transitional = s.transitional || e.Transitional
	if e.Choice != nil && s.choice == e.Choice && !slices.Contains(t.members[e.Choice], s) {
		t.members[e.Choice] = append(t.members[e.Choice], s)
	}
	for _, line := range e.Selects {
		other := t.symbol(line.Symbol)
		if line.Imply {
			other.implies = append(other.implies, selector{e, line})
		} else {
			other.selects = append(other.selects, selector{e, line})
		}
	}
}

// typeChoices completes the types of choices and their members, which can state none up to 6.10.
func (t *Tree) typeChoices() {
	for c, members := range t.members {
		i := slices.IndexFunc(members, func(s *symbol) bool { return s.kind != "" })
		if i >= 0 && !c.Typed {
			c.Tristate = members[i].kind == "tristate"
		}
		for _, s := range members {
			switch {
			case s.kind != "":
			case c.Tristate:
				s.kind = "tristate"
			default:
				s.kind = "bool"
			}
		}
	}
}

// kind returns the type of a symbol, or "" if nothing defines it.
func (t *Tree) kind(name string) string {
	if s := t.symbols[name]; s != nil {
		return s.kind
	}
	return ""
}

// Defines reports whether the tree defines an option, named without CONFIG_.
func (t *Tree) Defines(name string) bool {
	s := t.symbols[name]
	return s != nil && len(s.entries) > 0
}

func (s *symbol) hasPrompt() bool {
	return slices.ContainsFunc(s.entries, func(e *syntax.Entry) bool { return e.Prompt != nil })
}

// where returns the place that a user looks at to set the symbol: the entry with a prompt, else the first one.
func (s *symbol) where() Position {
	for _, e := range s.entries {
		if e.Prompt != nil {
			return e.Where
		}
	}
	if len(s.entries) > 0 {
		return s.entries[0].Where
	}
	return Position{}
}

// Position is a file of the tree and a line in it.
type Position = syntax.Position
