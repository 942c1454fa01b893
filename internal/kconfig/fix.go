package kconfig

import (
	"cmp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Fix is a set of changes that turns an option on. No smaller set of the same kind was found.
type Fix struct {
	Changes []Change      // the change of the option itself comes first
	Lines   []Change      // lines of a configuration fragment, with the members of a choice that the changes turn off
	Unsure  []SymbolValue // the unknown values that decide whether the option turns on; empty if it surely does
	Loses   []Change      // options with a prompt that were on and that the changes turn off as a side effect
}

// Need is a requirement of a dependency on the tools: CC_IS_CLANG = y, RUSTC_VERSION >= 108100.
type Need struct {
	Symbol string `json:"symbol"`
	Op     string `json:"op"`
	Value  string `json:"value"`
	Is     string `json:"is"` // the current value; "" if it is unknown
}

// Bounds of a search.
const (
	maxTried   = 2000 // configurations that are evaluated
	maxChanges = 10   // changes of a fix
	maxFixes   = 6    // fixes that are returned
)

// search returns the smallest sets of changes that turn an option on. It tries all sets of one change, then of two, and
// so on, where each change is a step towards meeting the first dependency that does not hold. Only the first is
// considered, because every fix has to meet it. Each set is tried by evaluating the whole configuration again, so that
// side effects count. If sure is set, an unknown dependency counts as not met. all is false if a bound ended the
// search.
func (e *Evaluation) search(name string, sure bool) (fixes []Fix, needs []Need, all bool) {
	goal := Change{Symbol: name, Value: "y", Where: e.tree.symbols[name].where()}
	level := [][]Change{{goal}}
	seen := map[string]bool{}
	tried := 0
	for len(level) > 0 && len(level[0]) <= maxChanges {
		var next [][]Change
		for _, changes := range level {
			if tried++; tried > maxTried {
				return e.best(fixes), needs, false
			}
			at := e.changed(changes)
			if value := at.Value(name); value.Holds() || !sure && !value.Fails() {
				fixes = append(fixes, at.fix(name, changes))
				continue
			}
			s := &stepper{e: at, sure: sure, changed: changes, visited: map[string]bool{}}
			for _, step := range s.on(name) {
				more := append(slices.Clone(changes), step)
				if k := key(more); !seen[k] {
					seen[k] = true
					next = append(next, more)
				}
			}
			needs = appendNeeds(needs, s.needs)
		}
		if len(fixes) > 0 {
			return e.best(fixes), needs, true
		}
		level = next
	}
	return nil, needs, len(level) == 0
}

func key(changes []Change) string {
	lines := make([]string, len(changes))
	for i, c := range changes {
		lines[i] = c.String()
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func appendNeeds(list, more []Need) []Need {
	for _, n := range more {
		if !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	return list
}

// fix returns the Fix for changes that turn the option on, or may do so.
func (e *Evaluation) fix(name string, changes []Change) Fix {
	f := Fix{Changes: changes}
	if e.Value(name).Holds() {
		return f
	}
	s := e.tree.symbols[name]
	for _, entry := range s.entries {
		for _, c := range entry.Depends {
			if holds := c.Holds(); !holds.Eval(e.condition).Holds() {
				f.Unsure = append(f.Unsure, e.unknown(holds)...)
			}
		}
	}
	return f
}

// unknown returns the symbols and macros of an expression whose values are unknown.
func (e *Evaluation) unknown(expr syntax.Expr) []SymbolValue {
	x := &explainer{e: e}
	return slices.DeleteFunc(x.values(expr), func(v SymbolValue) bool { return v.Value != "unknown" })
}

// best returns the best fixes of those of one size: sorted by whether they surely help, then by how little they turn
// off.
func (e *Evaluation) best(fixes []Fix) []Fix {
	for i := range fixes {
		fixes[i].Lines = e.lines(fixes[i].Changes)
		fixes[i].Loses = e.loses(fixes[i])
	}
	slices.SortStableFunc(fixes, func(a, b Fix) int {
		return cmp.Or(
			cmp.Compare(len(a.Unsure), len(b.Unsure)), cmp.Compare(turnedOff(a), turnedOff(b)),
			cmp.Compare(len(a.Loses), len(b.Loses)),
		)
	})
	return fixes[:min(len(fixes), maxFixes)]
}

func turnedOff(f Fix) int {
	n := 0
	for _, c := range f.Changes {
		if c.Value == "n" {
			n++
		}
	}
	return n
}

// loses returns the options that a fix turns off in addition to its own lines.
func (e *Evaluation) loses(f Fix) []Change {
	after := e.changed(f.Changes)
	var lost []Change
	for name, user := range e.values {
		if user.tri == syntax.No || slices.ContainsFunc(f.Lines, func(c Change) bool { return c.Symbol == name }) {
			continue
		}
		if s := e.tree.symbols[name]; s == nil || !s.hasPrompt() {
			continue
		}
		if e.Value(name).Holds() && after.Value(name).Fails() {
			lost = append(lost, Change{Symbol: name, Value: "n", Where: e.tree.symbols[name].where()})
		}
	}
	slices.SortFunc(lost, func(a, b Change) int { return cmp.Compare(a.Symbol, b.Symbol) })
	return lost
}

// lines returns the lines of a configuration fragment. The members of a choice that go off precede the one that goes
// on, because the last of several that are on counts.
func (e *Evaluation) lines(changes []Change) []Change {
	var lines []Change
	for _, c := range changes[1:] {
		if s := e.tree.symbols[c.Symbol]; s.choice != nil && c.Value == "y" {
			for _, other := range e.tree.members[s.choice] {
				if other != s && !e.Value(other.name).Fails() {
					lines = append(lines, Change{Symbol: other.name, Value: "n", Where: other.where()})
				}
			}
		}
		lines = append(lines, c)
	}
	return append(lines, changes[0])
}
