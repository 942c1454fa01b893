package manifests

import (
	"fmt"
	"slices"
	"sync"

	"github.com/krustup/krustup/internal/version"
)

// UseRow is what one release of Linux uses that is not stable, read from its tree beforehand.
type UseRow struct {
	Release version.Version `toml:"release"`
	Basis   string          `toml:"basis"` // what it was read from
	Files   []UseFile       `toml:"file"`
}

// UseFile is a file of a tree and what it uses.
type UseFile struct {
	Name string `toml:"name"`
	Uses []Use  `toml:"uses"`
}

// Use is one use; internal/kernel says what the fields mean.
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

// Uses gives what releases use, oldest first. They are read once; nobody may write into them.
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

// bootstrapKind is the one kind of use that is no gate.
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
			err = fmt.Errorf("stands after %s, expected the oldest first and each once", table.Rows[i-1].Release)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: kernel %s: %w", place(name, data, `release = "`+row.Release.String()+`"`), row.Release, err)
		}
	}
	return table.Rows, nil
}

// UseKinds are the kinds of uses.
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
				return fmt.Errorf("%s: use of kind %q", file.Name, u.Kind)
			case !known && u.Kind != bootstrapKind:
				return fmt.Errorf("%s: %s is not in %s", file.Name, u.Name, gatesFile)
			}
		}
	}
	return nil
}
