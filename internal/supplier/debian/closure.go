package debian

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxAttempts bounds how often a closure is started. One or two attempts are enough for Debian's archive.
const maxAttempts = 500

// solver computes the closure of some packages over their dependencies. It chooses one version of every name: the
// newest one of the lowest rank that satisfies the dependency. Packages that come from one version of one source take
// precedence, because they are built and tested together.
//
// The solver is greedy and learns from failures. If a chosen package does not satisfy a relation, the solver starts
// again and applies that relation to the name from the start. If then no version of the name is left, the package that
// has the relation was the wrong choice, and is excluded. The result is deterministic.
type solver struct {
	universe *universe
	roots    []*pkg
	rank     int                 // maximum rank of suites
	omit     omission            // decides which dependencies are ignored
	learned  map[string][]lesson // by the name that the relations restrict
	excluded map[*pkg]bool

	chosen map[string]*pkg
	needs  map[string][]string // names of the chosen packages that a chosen package needs
	parent map[string]string   // the package that a name was first chosen for
}

// omission reports whether a dependency of a package on a name is ignored.
type omission func(by *pkg, name string) bool

// lesson is a relation, learned in an earlier attempt, that applies before the package that has it is chosen.
type lesson struct {
	relation
	by *pkg
}

// again is the error of an attempt after which the solver must learn something and start again.
type again struct{ learn func() }

func (*again) Error() string { return "a chosen package does not satisfy a dependency" }

// closure returns the packages in unpacking order: a package comes after those that it needs, and otherwise the order
// is that of the names. The error is an *UnsatisfiableError if a dependency cannot be satisfied.
func (u *universe) closure(roots []*pkg, rank int, omit omission) ([]*pkg, error) {
	s := &solver{universe: u, roots: roots, rank: rank, omit: omit, learned: map[string][]lesson{}, excluded: map[*pkg]bool{}}
	for range maxAttempts {
		err := s.attempt()
		var retry *again
		if !errors.As(err, &retry) {
			if err != nil {
				return nil, err
			}
			return s.order(), nil
		}
		retry.learn()
	}
	return nil, fmt.Errorf("dependencies of %s: no consistent choice in %d attempts", roots[0], maxAttempts)
}

func (s *solver) attempt() error {
	s.chosen, s.needs, s.parent = map[string]*pkg{}, map[string][]string{}, map[string]string{}
	queue := slices.Clone(s.roots)
	for _, p := range s.roots {
		s.chosen[p.name] = p
	}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		clauses, err := p.dependencies()
		if err != nil {
			return err
		}
		for _, c := range clauses {
			next, err := s.settle(p, c)
			if err != nil {
				return err
			}
			if next == nil {
				continue
			}
			s.needs[p.name] = append(s.needs[p.name], next.name)
			if s.chosen[next.name] == nil {
				s.chosen[next.name] = next
				s.parent[next.name] = p.name
				queue = append(queue, next)
			}
		}
	}
	return nil
}

// settle returns the package that satisfies a clause of p, or nil if the clause is ignored.
func (s *solver) settle(p *pkg, c clause) (*pkg, error) {
	for _, r := range c {
		if chosen := s.satisfied(r); chosen != nil {
			return chosen, nil
		}
	}
	for _, r := range c {
		// An ignored package counts as satisfied: the host has it, or no program that krustup runs needs it.
		if s.chosen[r.name] == nil && s.omit(p, r.name) {
			return nil, nil
		}
		if found := s.best(p, r); found != nil {
			return found, nil
		}
	}
	for _, r := range c {
		if err := s.lessonOf(p, r); err != nil {
			return nil, err
		}
	}
	if !s.isRoot(p) {
		// Another version of p may not have this clause. If no other version is left, report this one.
		if others := s.universe.byName[p.name]; slices.ContainsFunc(others, func(o *pkg) bool { return o != p && s.allowed(o) }) {
			return nil, &again{func() { s.exclude(p) }}
		}
	}
	return nil, s.unsatisfiable(p, c)
}

// candidates returns the packages that may be chosen for a relation of by. An ignored package is not chosen for a name that
// it provides either, because catalogues do not contain it.
func (s *solver) candidates(by *pkg, r relation) []*pkg {
	return slices.DeleteFunc(s.universe.candidates(r, s.rank), func(p *pkg) bool { return p.name != r.name && s.omit(by, p.name) })
}

// best returns the first candidate that the lessons allow, and prefers one from p's own source.
func (s *solver) best(p *pkg, r relation) *pkg {
	var first *pkg
	for _, candidate := range s.candidates(p, r) {
		if s.chosen[candidate.name] != nil || !s.allowed(candidate) {
			continue
		}
		if candidate.sameSource(p) {
			return candidate
		}
		if first == nil {
			first = candidate
		}
	}
	return first
}

// lessonOf returns an *again error if a relation of p could be satisfied by different choices, and nil if not.
func (s *solver) lessonOf(p *pkg, r relation) error {
	for _, candidate := range s.candidates(p, r) {
		chosen := s.chosen[candidate.name]
		switch {
		case s.excluded[candidate] || chosen != nil && s.isRoot(chosen):
		case s.allowed(candidate):
			return &again{func() {
				s.learned[candidate.name] = append(s.learned[candidate.name], lesson{relationTo(candidate, r), p})
			}}
		default:
			// A lesson from another package rules it out: exclude that package.
			for _, l := range s.learned[candidate.name] {
				if !l.admits(candidate.version) && !s.isRoot(l.by) && l.by != p {
					return &again{func() { s.exclude(l.by) }}
				}
			}
		}
	}
	return nil
}

// relationTo returns r as a relation to the candidate's own name, because the candidate may only provide the name in r.
func relationTo(candidate *pkg, r relation) relation {
	if candidate.name == r.name {
		return r
	}
	return relation{name: candidate.name, operator: "=", version: candidate.version}
}

// exclude excludes a package and drops the lessons from its relations.
func (s *solver) exclude(p *pkg) {
	s.excluded[p] = true
	for name, list := range s.learned {
		s.learned[name] = slices.DeleteFunc(list, func(l lesson) bool { return l.by == p })
	}
}

func (s *solver) allowed(p *pkg) bool {
	if s.excluded[p] || p.from.suite.Rank > s.rank {
		return false
	}
	for _, l := range s.learned[p.name] {
		if !l.admits(p.version) {
			return false
		}
	}
	return true
}

func (s *solver) isRoot(p *pkg) bool { return slices.Contains(s.roots, p) }

func (s *solver) satisfied(r relation) *pkg {
	if p := s.chosen[r.name]; p != nil && s.universe.satisfies(p, r) {
		return p
	}
	for _, provided := range s.universe.providers[r.name] {
		if s.chosen[provided.name] == provided.pkg && s.universe.satisfies(provided.pkg, r) {
			return provided.pkg
		}
	}
	return nil
}

func (s *solver) unsatisfiable(p *pkg, c clause) error {
	chain := []string{p.name}
	for name := s.parent[p.name]; name != ""; name = s.parent[name] {
		chain = append(chain, name)
	}
	slices.Reverse(chain)
	e := &UnsatisfiableError{Package: p.String(), Relation: c.String(), Chain: chain}
	for _, r := range c {
		for _, found := range s.universe.byName[r.name] {
			e.Found = append(e.Found, found.String()+" in "+found.from.suite.Name)
		}
	}
	return e
}

// order returns the chosen packages, each after those that it needs. It walks from the roots in the order of names; if
// packages need each other, the walk decides which comes first.
func (s *solver) order() []*pkg {
	var list []*pkg
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, next := range slices.Compact(slices.Sorted(slices.Values(s.needs[name]))) {
			visit(next)
		}
		list = append(list, s.chosen[name])
	}
	names := map[string]bool{}
	for _, p := range s.roots {
		names[p.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		visit(name)
	}
	return list
}
