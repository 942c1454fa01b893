package rustlang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
)

// The ranks of offers, in order of preference: releases, channels, and crates whose digest was found in one place only.
const (
	rankRelease = iota
	rankChannel
	rankOnce
)

// Offers returns binaries, crates, and every known stable release, from krustup's data and from the stable manifest in
// the catalogues. If the query names a channel or a release, it also returns the offers of that. The error is a
// *toolchain.NoCatalogueError with the name of the part if a manifest must be fetched first.
func (s *Supplier) Offers(q toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	host, err := s.host(q.Host)
	if err != nil {
		return nil, nil, err
	}
	var wanted []toolchain.Component
	for _, c := range s.manifest.Components {
		if slices.Contains(q.Components, toolchain.Component(c.Name)) {
			wanted = append(wanted, toolchain.Component(c.Name))
		}
	}
	offers := append(s.binaryOffers(q), s.crateOffers(q)...)
	if len(wanted) == 0 {
		return offers, nil, nil
	}
	newest, err := s.at(stable, q)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range wanted {
		for _, r := range s.releases(newest) {
			o := s.offer(c, q.Host, r)
			o.Unsigned = q.AllowUnsigned && s.onlyUnsigned(o)
			offers = append(offers, o)
		}
	}
	named, unread, err := s.named(q, host, wanted)
	if err != nil {
		return nil, nil, err
	}
	return append(offers, named...), unread, nil
}

// at returns a part for a query, or a *toolchain.NoCatalogueError if there is none that the query can use. An unsigned
// part can be used only if the query accepts it.
func (s *Supplier) at(p part, q toolchain.Query) (*catalogue, error) {
	c, err := s.load(p)
	if err != nil || c == nil || c.signer == "" && !q.AllowUnsigned {
		named := p.String()
		if p == stable {
			named = "" // what an update without named parts fetches
		}
		return nil, &toolchain.NoCatalogueError{Supplier: Name, Host: q.Host, Part: named}
	}
	return c, nil
}

// releases returns the releases in krustup's data, preceded by that of the stable manifest if it is not among them.
func (s *Supplier) releases(newest *catalogue) []manifests.RustRelease {
	list := s.manifest.Releases
	if slices.ContainsFunc(list, func(r manifests.RustRelease) bool { return r.Version.Compare(newest.release) == 0 }) {
		return list
	}
	return append([]manifests.RustRelease{{Version: newest.release, Date: newest.date}}, list...)
}

func (s *Supplier) offer(c toolchain.Component, host toolchain.Host, r manifests.RustRelease) toolchain.Offer {
	o := toolchain.Offer{
		Component: c, Version: r.Version, Label: r.Version.String(), Supplier: Name, Suite: stable.String(), Rank: rankRelease,
		Host: host, Key: key(part{channel: r.Version.String()}, host, c),
	}
	if c == toolchain.Rust {
		o.LLVM = r.LLVM
		if o.LLVM.IsZero() {
			o.LLVM = s.bundled(r.Version)
		}
	}
	return o
}

// bundled returns the major version of the LLVM that a rustc bundles, or the zero value if it is unknown.
func (s *Supplier) bundled(rustc version.Version) version.Version {
	major, ok := s.rules.BundledLLVM(rustc)
	if !ok {
		return version.Version{}
	}
	return version.MustParse(strconv.Itoa(major))
}

// onlyUnsigned reports whether the catalogues have an offer's manifest only without a signature.
func (s *Supplier) onlyUnsigned(o toolchain.Offer) bool {
	p := part{channel: o.Version.String()}
	if _, err := s.manifestOf(p, o); err == nil {
		return false
	}
	o.Unsigned = true
	_, err := s.manifestOf(p, o)
	return err == nil
}

// key returns the key of an offer: the part of its manifest, the host and the component.
func key(p part, host toolchain.Host, c toolchain.Component) string {
	return p.String() + "/" + host.String() + "/" + string(c)
}

// named returns the offers of the channel or release that a query names.
func (s *Supplier) named(q toolchain.Query, host manifests.RustHost, wanted []toolchain.Component) ([]toolchain.Offer, []toolchain.Unread, error) {
	p, err := parsePart(q.Channel)
	if err != nil {
		return nil, nil, nil // the query names a range of releases, or nothing
	}
	known := func(r manifests.RustRelease) bool { return r.Version.String() == p.channel }
	if p.isRelease() && slices.ContainsFunc(s.manifest.Releases, known) {
		return nil, nil, nil
	}
	if p.backend = q.Backend; p.backend != "" && q.Target.Name != "" && q.Target.GNU != host.Machine+"-linux-gnu" {
		what := fmt.Sprintf("rustc_codegen_gcc on %s with a libgccjit for %s", host.Machine, q.Target.Name)
		return nil, []toolchain.Unread{{Supplier: Name, Suite: p.String(), Err: &toolchain.NeverPublishedError{Component: toolchain.Rust, What: what}}}, nil
	}
	c, err := s.at(p, q)
	if err != nil {
		return nil, nil, err
	}
	var offers []toolchain.Offer
	var unread []toolchain.Unread
	for _, component := range wanted {
		_, missing, err := s.has(c, host.Triple, s.packages(component, p.backend, host))
		if err == nil && len(missing) > 0 {
			err = &MissingError{p.String(), host.Triple, missing}
		}
		if err != nil {
			unread = append(unread, toolchain.Unread{Supplier: Name, Suite: p.String(), Err: err})
			continue
		}
		offers = append(offers, c.offer(component, q.Host))
	}
	return offers, unread, nil
}

// offer returns the offer of a component in a channel.
func (c *catalogue) offer(component toolchain.Component, host toolchain.Host) toolchain.Offer {
	o := toolchain.Offer{
		Component: component, Version: c.release, Label: c.label, Supplier: Name, Suite: c.part.String(), Rank: rankChannel,
		Host: host, Unsigned: c.signer == "", Key: key(c.part, host, component),
	}
	switch {
	case c.part.isRelease():
		o.Rank = rankRelease
	case c.part.channel == stable.channel:
		o.Channel = c.part.channel
	default:
		o.Channel = c.part.channel + "-" + c.date
	}
	if component == toolchain.Rust && c.part.backend != "" {
		o.Backends = []targets.Backend{c.part.backend}
	}
	return o
}

// packages returns the names of a component's packages. Those of a backend belong to the component rust.
func (s *Supplier) packages(component toolchain.Component, backend targets.Backend, host manifests.RustHost) []string {
	var list []string
	for _, c := range s.manifest.Components {
		if c.Name == string(component) {
			list = append(list, c.Packages...)
		}
	}
	for _, b := range s.manifest.Backends {
		if b.Name == string(backend) && component == toolchain.Rust {
			list = append(list, b.Packages...)
		}
	}
	for i := range list {
		list[i] = fill(list[i], host)
	}
	return list
}

func fill(text string, host manifests.RustHost) string {
	return strings.NewReplacer("{host}", host.Triple, "{machine}", host.Machine).Replace(text)
}

// Complete returns the recipe of an offer. The error is a *toolchain.NoCatalogueError with the name of the part if the
// manifest of the release or the crate must be fetched first.
func (s *Supplier) Complete(o toolchain.Offer) (toolchain.Recipe, error) {
	host, err := s.host(o.Host)
	if err != nil {
		return toolchain.Recipe{}, err
	}
	if r, ok := s.binary(o.Key); ok && o.Supplier == Name {
		return r, nil
	}
	if c, ok := s.crate(o.Key); ok && o.Supplier == Name {
		return s.crateRecipe(c, o.Host)
	}
	name, _, _ := strings.Cut(o.Key, "/")
	p, err := parsePart(name)
	if err != nil || o.Supplier != Name {
		return toolchain.Recipe{}, fmt.Errorf("offer %q is not an offer of rust-lang", o.Key)
	}
	c, err := s.manifestOf(p, o)
	if err != nil {
		return toolchain.Recipe{}, err
	}
	wanted := s.packages(o.Component, p.backend, host)
	files, missing, err := s.has(c, host.Triple, wanted)
	if err == nil && len(missing) > 0 {
		err = &MissingError{p.String(), host.Triple, missing}
	}
	if err != nil {
		return toolchain.Recipe{}, err
	}
	recipe := s.recipe(o.Component, p.backend, host)
	for _, pkg := range wanted {
		f := files[pkg]
		recipe.Artifacts = append(recipe.Artifacts, toolchain.Artifact{
			Name: pkg + " " + c.release.String(), Supplier: Name, Path: f.Path, Digest: f.Digest, SignedBy: c.signer,
			Instead: &toolchain.Encoding{Path: f.Gz, Digest: f.GzDigest},
		})
	}
	return recipe, nil
}

// manifestOf returns the manifest of an offer. For the newest release, the manifest of the stable channel will do.
func (s *Supplier) manifestOf(p part, o toolchain.Offer) (*catalogue, error) {
	q := toolchain.Query{Host: o.Host, AllowUnsigned: o.Unsigned}
	if p.isRelease() {
		if c, err := s.at(stable, q); err == nil && c.release.String() == p.channel {
			return c, nil
		}
	}
	return s.at(p, q)
}

func (s *Supplier) recipe(component toolchain.Component, backend targets.Backend, host manifests.RustHost) toolchain.Recipe {
	recipe := toolchain.Recipe{Layout: toolchain.LayoutRust, Drop: s.manifest.Unpack.Drop, Links: map[string]string{}}
	for _, c := range s.manifest.Components {
		if c.Name == string(component) {
			recipe.Tools, recipe.Paths = c.Tools, c.Paths
		}
	}
	for _, b := range s.manifest.Backends {
		if b.Name == string(backend) && component == toolchain.Rust {
			for link, target := range b.Links {
				recipe.Links[fill(link, host)] = fill(target, host)
			}
		}
	}
	return recipe
}
