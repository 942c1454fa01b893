package manifests

import (
	"fmt"
	"slices"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// UseRow is the unstable features, flags and the like that one release of Linux uses, as recorded from its tree.
type UseRow struct {
	Release version.Version `toml:"release"`
	Basis   string          `toml:"basis"` // what it was recorded from: "tree 7.2.13"
	Files   []UseFile       `toml:"file"`
}

// UseFile is a file of a tree and what it uses.
type UseFile struct {
	Name string `toml:"name"`
	Uses []Use  `toml:"uses"`
}

// Use is one use of a gate; kernel.Use documents the fields.
type Use struct {
	Kind   string `toml:"kind"`
	Name   string `toml:"name"`
	Value  string `toml:"value"`
	Line   int    `toml:"line"` // 0: not known
	If     string `toml:"if"`
	For    string `toml:"for"`
	Unused string `toml:"unused"`
	Note   string `toml:"note"`
}

const usesFile = "uses.toml"

// Uses returns what each release uses, oldest first. It is decoded once and shared: callers must not modify it.
var Uses = sync.OnceValues(func() ([]UseRow, error) {
	data, err := files.ReadFile(usesFile)
	if err != nil {
		return nil, fmt.Errorf("reading manifest %s: %w", usesFile, err)
	}
	gates, err := LoadGates()
	if err != nil {
		return nil, err
	}
	return parseUses("manifests/"+usesFile, data, gates)
})

// bootstrapKind is the only kind of use without a gate.
const bootstrapKind = "bootstrap"

func parseUses(name string, data []byte, gates Gates) ([]UseRow, error) {
	var table struct {
		Rows []UseRow `toml:"kernel"`
	}
	if err := DecodeStrict(name, data, &table); err != nil {
		return nil, err
	}
	for i, row := range table.Rows {
		err := row.check(gates)
		if err == nil && i > 0 && !table.Rows[i-1].Release.Less(row.Release) {
			err = fmt.Errorf("follows %s, expected ascending order without duplicates", table.Rows[i-1].Release)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: kernel %s: %w", place(name, data, `release = "`+row.Release.String()+`"`), row.Release, err)
		}
	}
	return table.Rows, nil
}

// UseKinds are the values of Use.Kind.
var UseKinds = []string{"feature", "allowed", "flag", "custom-target", "build-core", "doctest", "rustdoc", bootstrapKind}

func (row UseRow) check(gates Gates) error {
	if row.Release.IsZero() || row.Basis == "" || len(row.Files) == 0 {
		return fmt.Errorf("expected release, basis and files")
	}
	for _, file := range row.Files {
		for _, u := range file.Uses {
			_, known := gates.Find(u.Name)
			switch {
			case file.Name == "" || u.Name == "":
				return fmt.Errorf("a use in %q has no name", file.Name)
			case !slices.Contains(UseKinds, u.Kind):
				return fmt.Errorf("%s: use of unknown kind %q", file.Name, u.Kind)
			case !known && u.Kind != bootstrapKind:
				return fmt.Errorf("%s: %s is not in %s", file.Name, u.Name, gatesFile)
			}
		}
	}
	return nil
}
