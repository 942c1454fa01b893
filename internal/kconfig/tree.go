package kconfig

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Bounds far above what a kernel has: about 2,000 files, the largest with 120 kB.
const (
	maxFiles = 20_000
	maxFile  = 2 << 20
)

// Arch is an architecture by Kbuild's two names for it: SRCARCH, the directory under arch/, and ARCH, which also tells
// its variants apart.
type Arch struct{ SrcArch, Arch string }

// Tree is all of a kernel's Kconfig for one architecture. It is read once and does not change.
type Tree struct {
	Root    string
	Arch    Arch
	Files   int // how many Kconfig files it has
	symbols map[string]*symbol
	members map[*syntax.Choice][]*symbol
}

// symbol is all that the files say of one option.
type symbol struct {
	name    string
	kind    string // "bool", "tristate", "string", "int", "hex"; "" when nothing defines it
	entries []*syntax.Entry
	selects []selector
	implies []selector
	choice  *syntax.Choice
}

// selector is one `select` or `imply` of a symbol.
type selector struct {
	by   *syntax.Entry
	line syntax.Select
}

// NoSymbolError says that a tree has no option of a name for an architecture.
type NoSymbolError struct {
	Tree, SrcArch, Symbol string
}

func (e *NoSymbolError) Error() string {
	return fmt.Sprintf("%s: no `config %s` in the Kconfig of %s", e.Tree, e.Symbol, e.SrcArch)
}

// ReadTree reads the Kconfig of a kernel tree for an architecture, beginning with the file Kconfig at its top. An error
// names the file and the line.
func ReadTree(root string, arch Arch) (*Tree, error) {
	files := 0
	source := func(name string) ([]byte, error) {
		if files++; files > maxFiles {
			return nil, fmt.Errorf("more than %d Kconfig files", maxFiles)
		}
		return readKconfig(root, name)
	}
	const top = "Kconfig"
	data, err := source(top)
	if err != nil {
		return nil, fmt.Errorf("reading Kconfig: %w", err)
	}
	file, err := syntax.Parse(top, data, syntax.Options{Variables: variables(arch), Source: source})
	if err != nil {
		return nil, fmt.Errorf("reading Kconfig: %w", err)
	}
	t := &Tree{Root: root, Arch: arch, Files: file.Files, symbols: map[string]*symbol{}, members: map[*syntax.Choice][]*symbol{}}
	for _, e := range file.Entries {
		t.add(e)
	}
	return t, nil
}

// variables are what Kbuild exports to Kconfig and Kconfig files use in conditions and names of files. User Mode Linux
// takes the half of an architecture that the host brings, which is x86 (arch/um/Makefile).
func variables(arch Arch) map[string]string {
	header := arch.SrcArch
	if arch.SrcArch == "um" {
		header = "x86"
	}
	return map[string]string{"SRCARCH": arch.SrcArch, "ARCH": arch.Arch, "HEADER_ARCH": header, "SUBARCH": header}
}

// readKconfig reads a file of the tree: a regular one of bounded size, since a tree may be a stranger's. Opening does
// not block, because a named pipe in a tree must not hang a question about it.
func readKconfig(root, name string) ([]byte, error) {
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("source %q: expected a file of the tree", name)
	}
	file, err := os.OpenFile(filepath.Join(root, filepath.FromSlash(name)), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s: expected a regular file of at most %d bytes", name, maxFile)
	}
	return io.ReadAll(io.LimitReader(file, maxFile))
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
	s.entries = append(s.entries, e)
	if s.kind == "" {
		s.kind = e.Type
	}
	if e.Choice != nil && e.Prompt != nil && !slices.Contains(t.members[e.Choice], s) {
		s.choice = e.Choice
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

// Defines reports whether the tree has an option of a name.
func (t *Tree) Defines(name string) bool {
	s := t.symbols[name]
	return s != nil && len(s.entries) > 0
}

func (s *symbol) hasPrompt() bool {
	return slices.ContainsFunc(s.entries, func(e *syntax.Entry) bool { return e.Prompt != nil })
}

// where is the place that a person looks at to set it: that of its prompt, else its first.
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

// Position is a place in a file of the tree.
type Position = syntax.Position
