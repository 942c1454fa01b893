package debian

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// library holds the catalogues of one architecture and the universes built from them.
type library struct {
	catalogues []*catalogue       // of the suites that have one, in order
	missing    []toolchain.Unread // suites without a catalogue that can be used
	outdated   bool               // another manifest selected a suite's packages, and Update would rebuild its catalogue
	universes  map[bool]*universe // the key is true for the one that includes stale catalogues
}

// load reads the catalogues once per process, and again after Update.
func (s *Supplier) load(arch string) (*library, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lib := s.read[arch]; lib != nil {
		return lib, nil
	}
	lib := &library{universes: map[bool]*universe{}}
	for _, suite := range s.manifest.Suites {
		dir := s.dir(suite.Name, arch)
		c, err := readCatalogue(dir, suite)
		if err != nil && suite.Base {
			return nil, err
		}
		if err != nil {
			lib.missing = append(lib.missing, toolchain.Unread{Supplier: Name, Suite: suite.Name, Err: fmt.Errorf("suite %s: %w", suite.Name, err)})
			continue
		}
		// A catalogue that another manifest selected may lack packages that the offers of this one need.
		if c != nil && c.meta.Roots == s.roots {
			// A catalogue that expired in the store is treated as one that had expired on the mirror: there may be a
			// newer one.
			c.aged = !c.meta.Stale && c.meta.expired(s.opts.Now())
			c.meta.Stale = c.meta.Stale || c.aged
			lib.catalogues = append(lib.catalogues, c)
			continue
		}
		err = readFailure(dir, suite.Name)
		switch {
		case err != nil: // Update has failed: a bad index keeps it from rebuilding the catalogue
		case c != nil:
			lib.outdated = true
			err = fmt.Errorf("suite %s has a catalogue of another version of krustup", suite.Name)
		default:
			err = fmt.Errorf("suite %s was never fetched", suite.Name)
		}
		lib.missing = append(lib.missing, toolchain.Unread{Supplier: Name, Suite: suite.Name, Err: err})
	}
	for _, stale := range []bool{false, true} {
		var used []*catalogue
		for _, c := range lib.catalogues {
			if stale || !c.meta.Stale {
				used = append(used, c)
			}
		}
		u, err := newUniverse(arch, used)
		if err != nil {
			return nil, err
		}
		lib.universes[stale] = u
	}
	s.read[arch] = lib
	return lib, nil
}

func (s *Supplier) forget(arch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.read, arch)
}

// Offers returns the offers in the catalogues. A suite that has expired, when it was fetched or since, is used only if
// the query allows stale suites. Without the base suite there are no offers: the error is a
// *toolchain.NoCatalogueError, or a *StaleError if the base suite has expired. Catalogues of another version of krustup
// are not used; the next Update rebuilds them from the stored indexes.
func (s *Supplier) Offers(q toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	names, err := s.host(q.Host)
	if err != nil {
		return nil, nil, err
	}
	lib, err := s.load(names.Arch)
	if err != nil {
		return nil, nil, err
	}
	if lib.outdated || len(lib.catalogues) == 0 || !lib.catalogues[0].suite.Base {
		return nil, lib.missing, &toolchain.NoCatalogueError{Supplier: Name, Host: q.Host}
	}
	unread := slices.Clone(lib.missing)
	for _, c := range lib.catalogues {
		if !c.meta.Stale || q.AllowStale {
			continue
		}
		stale := s.staleError(c)
		if c.suite.Base {
			return nil, unread, stale
		}
		unread = append(unread, toolchain.Unread{Supplier: Name, Suite: c.suite.Name, Err: stale})
	}
	var offers []toolchain.Offer
	for _, part := range s.parts {
		if !slices.Contains(q.Components, toolchain.Component(part.Name)) {
			continue
		}
		for _, p := range s.plans(lib.universes[q.AllowStale], part, q.Host, names, q.Target.Debian) {
			offers = append(offers, p.offer)
		}
	}
	return offers, unread, nil
}

func (s *Supplier) staleError(c *catalogue) *StaleError {
	return &StaleError{Suite: c.suite.Name, URL: c.meta.URL, ValidUntil: c.meta.ValidUntil, Now: s.opts.Now(), Kept: c.aged}
}

// Aged returns the suites whose catalogue was valid when it was fetched and has expired since. An update may fetch a
// newer one.
func (s *Supplier) Aged(host toolchain.Host) ([]*StaleError, error) {
	names, err := s.host(host)
	if err != nil {
		return nil, err
	}
	lib, err := s.load(names.Arch)
	if err != nil {
		return nil, err
	}
	var aged []*StaleError
	for _, c := range lib.catalogues {
		if c.aged {
			aged = append(aged, s.staleError(c))
		}
	}
	return aged, nil
}

// plan is an offer together with its own packages.
type plan struct {
	offer  toolchain.Offer
	part   component
	roots  []*pkg // the main package first
	values map[string]string
}

// plans returns the plans of all offers of a component. A component that generates code for one triple is offered only
// for gnu, or, if it is native, only for the host's triple.
func (s *Supplier) plans(u *universe, part component, host toolchain.Host, names manifests.DebianHost, gnu string) []plan {
	if part.Native {
		gnu = names.Multiarch
	}
	triple := strings.ReplaceAll(gnu, "_", "-")
	var plans []plan
	for _, name := range u.names {
		values, ok := part.main.match(name)
		if !ok || values["triple"] != "" && values["triple"] != triple {
			continue
		}
		values["multiarch"] = names.Multiarch
		if values["triple"] != "" {
			values["gnu"] = gnu
		}
		for _, main := range u.byName[name] {
			if p, ok := planOf(u, part, main, values); ok {
				p.offer.Host = host
				plans = append(plans, s.withLibclang(u, p)...)
			}
		}
	}
	return plans
}

// planOf returns the plan of a main package. ok is false if the packages that belong to it are not available in the
// same version, as happens while a new version enters the archive.
func planOf(u *universe, part component, main *pkg, values map[string]string) (plan, bool) {
	release, err := upstreamOf(main.version)
	if err != nil {
		return plan{}, false
	}
	rank := main.from.suite.Rank
	p := plan{part: part, roots: []*pkg{main}, values: values}
	if !p.addSame(u, rank) || !p.addNewest(u, rank) {
		return plan{}, false
	}
	p.offer = toolchain.Offer{
		Component: toolchain.Component(part.Name), Version: release, Label: main.version,
		Supplier: Name, Suite: main.from.suite.Name, Rank: rank,
		Triple: values["gnu"], Key: u.arch + "/" + main.name + "=" + main.version,
	}
	if p.offer.Component == toolchain.Rust {
		p.offer.LLVM = llvmOf(u, p.roots, rank)
	}
	p.offer.Stale = p.stale()
	return p, true
}

// addSame adds the packages that must have the same source version as the main package. It reports whether all exist.
func (p *plan) addSame(u *universe, rank int) bool {
	for _, t := range p.part.same {
		list := u.byName[fill(t.text, p.values)]
		found := slices.IndexFunc(list, func(c *pkg) bool {
			return c.from.suite.Rank <= rank && c.sameSource(p.roots[0])
		})
		if found < 0 {
			return false
		}
		p.roots = append(p.roots, list[found])
	}
	return true
}

// addNewest adds the packages that are needed in their newest version, up to a rank. It reports whether all exist.
func (p *plan) addNewest(u *universe, rank int) bool {
	for _, t := range p.part.newest {
		var newest *pkg
		for _, c := range u.byName[fill(t.text, p.values)] {
			if c.from.suite.Rank <= rank && (newest == nil || compareVersions(c.version, newest.version) > 0) {
				newest = c
			}
		}
		if newest == nil {
			return false
		}
		p.roots = append(p.roots, newest)
	}
	return true
}

func (p *plan) stale() bool {
	return slices.ContainsFunc(p.roots, func(r *pkg) bool { return r.from.meta.Stale })
}

// withLibclang returns one plan for each available libclang if the component needs one, else the plan itself. If
// libclang is optional, the plan without it comes first, and only a libclang of the same source is combined with it.
func (s *Supplier) withLibclang(u *universe, alone plan) []plan {
	if alone.part.Libclang == "" {
		return []plan{alone}
	}
	var plans []plan
	if alone.part.Optional {
		plans = append(plans, alone)
	}
	for _, name := range u.names {
		values, ok := alone.part.libclang.match(name)
		if !ok {
			continue
		}
		for _, lib := range u.byName[name] {
			if alone.part.Optional && !lib.sameSource(alone.roots[0]) {
				continue // clang takes only its own libclang
			}
			release, err := upstreamOf(lib.version)
			if err != nil {
				continue
			}
			p := alone
			p.roots = append(slices.Clone(alone.roots), lib)
			p.values = map[string]string{"multiarch": alone.values["multiarch"], "major": values["major"], "t64": values["t64"]}
			p.offer.Libclang = release
			if lib.from.suite.Rank > p.offer.Rank {
				p.offer.Rank, p.offer.Suite = lib.from.suite.Rank, lib.from.suite.Name
			}
			p.offer.Stale = p.stale()
			p.offer.Key += "+" + lib.name + "=" + lib.version
			plans = append(plans, p)
		}
	}
	return plans
}

var libllvm = regexp.MustCompile(`^libllvm([0-9]+)(t64)?$`)

// llvmOf returns the version of LLVM that rustc is linked with. It follows the dependencies from rustc to
// libstd-rust-dev, to libstd-rust-1.85 with librustc_driver, and to libllvm19. It returns the zero value if it finds
// none.
func llvmOf(u *universe, roots []*pkg, rank int) version.Version {
	queue := slices.Clone(roots)
	seen := map[string]bool{}
	for len(queue) > 0 {
		p := queue[0]
		queue = queue[1:]
		clauses, err := p.dependencies()
		if err != nil || seen[p.name] {
			continue
		}
		seen[p.name] = true
		for _, r := range slices.Concat(clauses...) {
			major := libllvm.FindStringSubmatch(r.name)
			if major == nil && !strings.HasPrefix(r.name, "libstd-rust-") {
				continue
			}
			found := u.candidates(r, rank)
			if len(found) == 0 {
				continue
			}
			if major == nil {
				queue = append(queue, found[0])
				continue
			}
			if release, err := upstreamOf(found[0].version); err == nil {
				return release
			}
		}
	}
	return version.Version{}
}

// find returns the plan of an offer, by its key, and the universe that it comes from.
func (s *Supplier) find(o toolchain.Offer) (plan, *universe, error) {
	names, err := s.host(o.Host)
	if err != nil {
		return plan{}, nil, err
	}
	lib, err := s.load(names.Arch)
	if err != nil {
		return plan{}, nil, err
	}
	u := lib.universes[o.Stale]
	for _, part := range s.parts {
		if part.Name != string(o.Component) {
			continue
		}
		plans := s.plans(u, part, o.Host, names, o.Triple)
		at := slices.IndexFunc(plans, func(p plan) bool { return p.offer.Key == o.Key })
		if at >= 0 {
			return plans[at], u, nil
		}
	}
	return plan{}, nil, &UnknownOfferError{Key: cmp.Or(o.Key, string(o.Component))}
}
