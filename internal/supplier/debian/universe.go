package debian

import (
	"cmp"
	"slices"
)

// universe combines the packages of several catalogues. A lower rank takes precedence over a newer version.
type universe struct {
	arch       string
	catalogues []*catalogue
	byName     map[string][]*pkg
	providers  map[string][]provider
	names      []string // sorted
}

// provider is a package that provides another name.
type provider struct {
	*pkg
	version string // version of the name that it provides, "" if it has none
}

// comparePackages orders packages by name, with the newest version of a name first.
func comparePackages(a, b *pkg) int {
	return cmp.Or(cmp.Compare(a.name, b.name), compareVersions(b.version, a.version), cmp.Compare(a.arch, b.arch), cmp.Compare(a.path, b.path))
}

func newUniverse(arch string, catalogues []*catalogue) (*universe, error) {
	u := &universe{arch: arch, catalogues: catalogues, byName: map[string][]*pkg{}, providers: map[string][]provider{}}
	for _, c := range catalogues {
		for _, p := range c.packages {
			if p.arch == arch || p.arch == "all" {
				u.byName[p.name] = append(u.byName[p.name], p)
			}
		}
	}
	for name, list := range u.byName {
		slices.SortStableFunc(list, func(a, b *pkg) int {
			return cmp.Or(cmp.Compare(a.from.suite.Rank, b.from.suite.Rank), comparePackages(a, b))
		})
		u.byName[name] = withoutRepeats(list)
		u.names = append(u.names, name)
	}
	slices.Sort(u.names)
	for _, name := range u.names {
		for _, p := range u.byName[name] {
			if err := u.addProvides(p); err != nil {
				return nil, err
			}
		}
	}
	for _, list := range u.providers {
		slices.SortStableFunc(list, func(a, b provider) int {
			return cmp.Compare(a.from.suite.Rank, b.from.suite.Rank)
		})
	}
	return u, nil
}

// withoutRepeats drops packages that a lower rank has in the same version, because a version has the same bytes in
// every suite.
func withoutRepeats(list []*pkg) []*pkg {
	var kept []*pkg
	for _, p := range list {
		if !slices.ContainsFunc(kept, func(k *pkg) bool { return k.version == p.version && k.arch == p.arch }) {
			kept = append(kept, p)
		}
	}
	return kept
}

func (u *universe) addProvides(p *pkg) error {
	if p.provides == "" {
		return nil
	}
	clauses, err := parseClauses(p.provides)
	if err != nil {
		return &FormatError{Name: p.from.meta.URL, Reason: "package " + p.String() + ": " + err.Error()}
	}
	for _, c := range clauses {
		for _, r := range c {
			provided := provider{pkg: p}
			if r.operator == "=" {
				provided.version = r.version
			}
			u.providers[r.name] = append(u.providers[r.name], provided)
		}
	}
	return nil
}

// runs reports whether packages of this architecture can satisfy a relation's qualifier.
func (u *universe) runs(r relation) bool {
	return r.qualifier == "" || r.qualifier == "any" || r.qualifier == "native" || r.qualifier == u.arch
}

// satisfies reports whether a package, by its own name or by what it provides, satisfies a relation.
func (u *universe) satisfies(p *pkg, r relation) bool {
	if !u.runs(r) {
		return false
	}
	if p.name == r.name && r.admits(p.version) {
		return true
	}
	for _, provided := range u.providers[r.name] {
		if provided.pkg == p && provided.admittedBy(r) {
			return true
		}
	}
	return false
}

// admittedBy implements Debian policy 7.5: a name provided without a version satisfies no relation with a version.
func (p provider) admittedBy(r relation) bool {
	return r.operator == "" || p.version != "" && r.admits(p.version)
}

// candidates returns the packages that satisfy a relation, best first: packages of that name before those that provide
// it.
func (u *universe) candidates(r relation, rank int) []*pkg {
	if !u.runs(r) {
		return nil
	}
	var list []*pkg
	for _, p := range u.byName[r.name] {
		if p.from.suite.Rank <= rank && r.admits(p.version) {
			list = append(list, p)
		}
	}
	for _, provided := range u.providers[r.name] {
		if provided.from.suite.Rank <= rank && provided.admittedBy(r) && provided.name != r.name {
			list = append(list, provided.pkg)
		}
	}
	return list
}
