package kernel

import (
	"bytes"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// configLine returns where a Kconfig file defines a symbol, or the zero Where if it does not.
func (t *files) configLine(name, symbol string) (Where, error) {
	file, err := t.kconfig(name)
	if err != nil {
		return Where{}, err
	}
	for _, e := range file.Entries {
		if e.Symbol == symbol {
			return Where(e.Where), nil
		}
	}
	return Where{}, nil
}

// haveRust returns the selects of HAVE_RUST in an architecture's Kconfig. It does not follow `source`, because no
// kernel up to 7.3 selects HAVE_RUST anywhere else.
func (t *files) haveRust(srcArch string) ([]HaveRust, error) {
	name := "arch/" + srcArch + "/Kconfig"
	data, ok, err := t.bytes(name)
	if err != nil || !ok || !bytes.Contains(data, []byte("HAVE_RUST")) {
		return nil, err
	}
	file, err := t.kconfig(name)
	if err != nil {
		return nil, err
	}
	return selectsOfHaveRust(file), nil
}

// kconfig parses a Kconfig file without the files that it sources. A missing file has no entries. Parse errors are
// ignored and what they affect stays unknown, because the requirements on tools do not depend on it.
func (t *files) kconfig(name string) (*syntax.File, error) {
	data, _, err := t.bytes(name)
	if err != nil {
		return nil, err
	}
	file, _ := syntax.ParseFile(name, data)
	return file, nil
}

func selectsOfHaveRust(file *syntax.File) []HaveRust {
	var found []HaveRust
	for _, e := range file.Entries {
		for _, s := range e.Selects {
			if s.Symbol == "HAVE_RUST" && !s.Imply {
				found = append(found, HaveRust{Condition: condition(e, s), Where: Where(s.Where)})
			}
		}
	}
	return found
}

// condition returns all that must hold for a select to apply: its entry is on, and so is the condition of its `if`.
func condition(e *syntax.Entry, s syntax.Select) string {
	var parts []syntax.Expr
	if !alwaysOn(e) {
		parts = append(parts, syntax.Operand{Text: e.Symbol})
	}
	for _, d := range e.Depends {
		parts = append(parts, d.Holds())
	}
	if s.If != nil {
		parts = append(parts, s.If)
	}
	if len(parts) == 0 {
		return ""
	}
	all := parts[0]
	for _, p := range parts[1:] {
		all = syntax.And{Left: all, Right: p}
	}
	return all.String()
}

// alwaysOn reports whether an entry is on without a user's choice when its dependencies hold: def_bool y, default y.
func alwaysOn(e *syntax.Entry) bool {
	for _, d := range e.Defaults {
		if d.If == nil && d.Expr.String() == "y" {
			return true
		}
	}
	return false
}
