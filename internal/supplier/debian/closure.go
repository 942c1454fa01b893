package debian

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxAttempts bounds how often a closure is begun again. Real ones are begun once or twice.
const maxAttempts = 500

// solver works out the closure of some packages over their dependencies: of every name one version, from the lowest
// rank that satisfies, and the newest inside it. Only the packages that one source made at one version stay together
// before that: they are built and tested for one another.
//
// It is greedy, and learns from what fails. A relation that a chosen package does not admit is held against its name
// from the start when the whole begins again; when no version is left then, the package that made the relation is
// what had been chosen wrongly, and is barred. The same packages give the same closure every time.
type solver struct {
	universe *universe
	roots    []*pkg
	rank     int // of suites, at most
	omit     func(name string) bool
	learned  map[string][]lesson // by the name that they are about
	barred   map[*pkg]bool

	chosen map[string]*pkg
	needs  map[string][]string // names of chosen packages that a chosen package needs
	parent map[string]string   // the package that first asked for it
}

// lesson is a relation that is known to matter before the package that has it is met.
type lesson struct {
	relation
	by *pkg
}

// again says that the closure has to begin again, because something was learned.
type again struct{ learn func() }

func (*again) Error() string { return "a package was chosen that does not fit" }

// closure gives the packages in unpacking order: what a package needs comes before it, and otherwise names decide.
func (u *universe) closure(roots []*pkg, rank int, omit func(string) bool) ([]*pkg, error) {
	s := &solver{universe: u, roots: roots, rank: rank, omit: omit, learned: map[string][]lesson{}, barred: map[*pkg]bool{}}
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

// settle finds the package that satisfies a clause of p; nil when the clause is cut.
func (s *solver) settle(p *pkg, c clause) (*pkg, error) {
	for _, r := range c {
		if chosen := s.satisfied(r); chosen != nil {
			return chosen, nil
		}
	}
	for _, r := range c {
		// What is cut counts as there: the host has it, or nothing that runs here needs it.
		if s.chosen[r.name] == nil && s.omit(r.name) {
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
		// Another version of p may not need this. When none is left either, the last one is what to tell about.
		if others := s.universe.byName[p.name]; slices.ContainsFunc(others, func(o *pkg) bool { return o != p && s.allowed(o) }) {
			return nil, &again{func() { s.bar(p) }}
		}
	}
	return nil, s.unsatisfiable(p, c)
}

// candidates gives what may be chosen for a relation. A package that is cut does not come in by what it provides either:
// catalogues do not have it.
func (s *solver) candidates(r relation) []*pkg {
	return slices.DeleteFunc(s.universe.candidates(r, s.rank), func(p *pkg) bool { return p.name != r.name && s.omit(p.name) })
}

// best gives the first candidate that nothing learned speaks against, from p's own source if there is one.
func (s *solver) best(p *pkg, r relation) *pkg {
	var first *pkg
	for _, candidate := range s.candidates(r) {
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

// lessonOf finds out whether a relation of p could be satisfied if something else had been chosen.
func (s *solver) lessonOf(p *pkg, r relation) error {
	for _, candidate := range s.candidates(r) {
		chosen := s.chosen[candidate.name]
		switch {
		case s.barred[candidate] || chosen != nil && s.isRoot(chosen):
		case s.allowed(candidate):
			return &again{func() {
				s.learned[candidate.name] = append(s.learned[candidate.name], lesson{relationTo(candidate, r), p})
			}}
		default:
			// It is what was learned from other packages that speaks against it.
			for _, l := range s.learned[candidate.name] {
				if !l.admits(candidate.version) && !s.isRoot(l.by) && l.by != p {
					return &again{func() { s.bar(l.by) }}
				}
			}
		}
	}
	return nil
}

// relationTo is r as a relation to the candidate itself, which may only provide the name that r has.
func relationTo(candidate *pkg, r relation) relation {
	if candidate.name == r.name {
		return r
	}
	return relation{name: candidate.name, operator: "=", version: candidate.version}
}

// bar excludes a package, and forgets what it asked of others.
func (s *solver) bar(p *pkg) {
	s.barred[p] = true
	for name, list := range s.learned {
		s.learned[name] = slices.DeleteFunc(list, func(l lesson) bool { return l.by == p })
	}
}

func (s *solver) allowed(p *pkg) bool {
	if s.barred[p] || p.from.suite.Rank > s.rank {
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

// order walks from the roots, names in order, and gives each package after those that it needs. Where packages need
// one another, the walk decides which is first.
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
