package kconfig

import (
	"slices"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// ReadTreeWith reads a tree with answers for its macros.
func ReadTreeWith(root string, arch Arch, opts syntax.Options) (*Tree, error) {
	return readTree(root, arch, opts)
}

// Symbols returns the names of the symbols with a type, sorted.
func (t *Tree) Symbols() []string {
	var names []string
	for name, s := range t.symbols {
		if s.kind != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Transitional reports whether a symbol is only read, and never written.
func (t *Tree) Transitional(name string) bool { return t.symbols[name].transitional }
