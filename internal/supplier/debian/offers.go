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

// library is the catalogues of one architecture as they were read, and the universes made of them.
type library struct {
	catalogues []*catalogue // of the suites that have one, in order
	missing    []toolchain.Unread
	outdated   bool               // a suite's was made by another manifest, and Update would make it anew
	universes  map[bool]*universe // by whether stale catalogues are in it
}

// load reads the catalogues once a process; Update makes it read them again.
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
		if err != nil {
			return nil, err
		}
		// What another manifest left out of a catalogue may be just what this one's offers are made of.
		if c != nil && c.meta.Roots == s.roots {
			// What expired in the store counts as what expired on the mirror: without an update nobody knows what is newer.
			c.aged = !c.meta.Stale && c.meta.expired(s.opts.Now())
			c.meta.Stale = c.meta.Stale || c.aged
			lib.catalogues = append(lib.catalogues, c)
			continue
		}
		err = readFailure(dir, suite.Name)
		switch {
		case err != nil: // Update tried; a bad index keeps it from making the catalogue anew
		case c != nil:
			lib.outdated = true
			err = fmt.Errorf("suite %s has a catalogue of another krustup", suite.Name)
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

// Offers lists what the catalogues hold. A suite that has expired, when it was fetched or since, gives offers only when
// the query allows them. Without the base suite there are none: the error is a *toolchain.NoCatalogueError, or the
// *StaleError of a base suite that expired. Catalogues that another krustup made count as
// none, since the next Update makes them anew from the indexes at hand.
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

// Aged returns the suites whose catalogue was valid when it was fetched and has expired since: an update may bring a
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

// plan is an offer with the packages that it was made of.
type plan struct {
	offer  toolchain.Offer
	part   component
	roots  []*pkg // the main package first
	values map[string]string
}

// plans finds every offer of a component. One that makes code for one triple is offered for gnu alone, or for the host's
// own.
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

// planOf makes a plan of a main package; ok is false when the packages that belong to it are not on offer at the same
// version, as it happens while a new version enters the archive.
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

// addSame puts the packages of the main package's source version among the plan's roots.
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

// addNewest puts in packages that have to be of the main package's time.
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

// withLibclang turns the plan of a component that comes with a libclang into one plan for each libclang there is.
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
				continue // a clang's own libclang, and no other
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

// llvmOf gives the version of LLVM that rustc is linked with, as its packages' dependencies tell: rustc, then
// libstd-rust-dev, then libstd-rust-1.85 with librustc_driver, then libllvm19.
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

// find makes the plan of an offer again, by its key.
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
