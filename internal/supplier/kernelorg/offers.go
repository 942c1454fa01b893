package kernelorg

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// Offers returns the offers for the components, host and target of a query, from the lists in the catalogues. The
// second result names cross compilers for that host and target that were never published. The error is a
// *toolchain.NoCatalogueError with the name of the part if its lists must be fetched first.
func (s *Supplier) Offers(q toolchain.Query) ([]toolchain.Offer, []toolchain.Unread, error) {
	host, err := s.host(q.Host)
	if err != nil {
		return nil, nil, err
	}
	var offers []toolchain.Offer
	for _, c := range s.manifest.Components {
		if !slices.Contains(q.Components, toolchain.Component(c.Name)) || slices.Contains(c.Lacks, q.Target.SrcArch) {
			continue
		}
		found, err := s.find(c, host, q.Host, q.Target.Crosstool)
		if err != nil {
			return nil, nil, err
		}
		for _, f := range found {
			offers = append(offers, f.offer)
		}
	}
	if !slices.Contains(q.Components, toolchain.GCC) {
		return offers, nil, nil
	}
	return offers, s.holes(host, q.Target.Crosstool), nil
}

// holes returns the cross compilers for a host and a triple that were never published.
func (s *Supplier) holes(host manifests.KernelHost, triple string) []toolchain.Unread {
	var list []toolchain.Unread
	for _, h := range s.manifest.Holes {
		if h.Crosstool == host.Crosstool && h.Triple == triple {
			what := fmt.Sprintf("GCC %s of %s on %s", h.Version, h.Triple, h.Crosstool)
			list = append(list, toolchain.Unread{Supplier: Name, Suite: "crosstool", Err: &toolchain.NeverPublishedError{Component: toolchain.GCC, Version: h.Version, What: what}})
		}
	}
	return list
}

// found is an offer and the file that it comes from.
type found struct {
	offer toolchain.Offer
	part  manifests.KernelPart
	list  *list
	stem  string            // name of the file without .tar.xz
	named map[string]string // fields of the name: version, machine, crosstool, triple, llvm
}

// find returns every offer of a component for a host. If the file names contain a triple, it must match.
func (s *Supplier) find(c manifests.KernelComponent, names manifests.KernelHost, host toolchain.Host, triple string) ([]found, error) {
	at := slices.IndexFunc(s.manifest.Parts, func(p manifests.KernelPart) bool { return p.Name == c.Part })
	p := s.manifest.Parts[at]
	var all []found
	for _, dir := range dirs(p, names) {
		l, err := s.load(dir)
		if err != nil || l == nil {
			return nil, &toolchain.NoCatalogueError{Supplier: Name, Host: host, Part: p.Name}
		}
		for _, stem := range l.stems() {
			f := found{part: p, list: l, stem: stem, named: s.match(p, stem)}
			if f.named == nil || !f.fits(names, triple) {
				continue
			}
			v, err := version.Parse(f.named["version"])
			if err != nil {
				continue // not a release of this component
			}
			if f.offer, err = s.offer(f, c, v, host); err == nil {
				all = append(all, f)
			}
		}
	}
	return all, nil
}

// stems returns the sorted names of the tarballs without their extensions, each once.
func (l *list) stems() []string {
	seen := map[string]bool{}
	for name := range l.files {
		for _, end := range []string{".tar.xz", ".tar.gz"} {
			if stem, ok := strings.CutSuffix(name, end); ok {
				seen[stem] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// match returns the fields of a file name, or nil if the name does not belong to the part.
func (s *Supplier) match(p manifests.KernelPart, stem string) map[string]string {
	form := s.files[p.Name]
	groups := form.FindStringSubmatch(stem)
	if groups == nil {
		return nil
	}
	named := map[string]string{}
	for i, name := range form.SubexpNames() {
		if name != "" {
			named[name] = groups[i]
		}
	}
	return named
}

func (f found) fits(host manifests.KernelHost, triple string) bool {
	is := func(key, want string) bool {
		got, ok := f.named[key]
		return !ok || got == want
	}
	return is("machine", host.Machine) && is("crosstool", host.Crosstool) && is("triple", triple)
}

func (s *Supplier) offer(f found, c manifests.KernelComponent, v version.Version, host toolchain.Host) (toolchain.Offer, error) {
	o := toolchain.Offer{
		Component: toolchain.Component(c.Name), Version: v, Label: f.stem, Supplier: Name, Suite: c.Part, Rank: c.Rank, Host: host,
		Triple: f.named["triple"], Key: path.Join(f.list.dir, f.stem) + "#" + c.Name,
	}
	llvm := f.named["llvm"]
	if llvm == "" {
		if c.Libclang {
			o.Libclang = v
		}
		return o, nil
	}
	inside, err := version.Parse(llvm)
	switch {
	case c.Libclang:
		o.Version, o.Libclang = inside, inside
	case o.Component == toolchain.Rust:
		o.LLVM = inside
		// If the major version differs from the one that rustc bundles, the tarball combines the Rust project's binaries
		// with that LLVM: https://github.com/nathanchance/env, python/pgo-llvm-builder/stitch_rust.py
		if own, known := s.rules.BundledLLVM(v); err == nil && known && own != inside.Major() {
			o.LLVM = version.MustParse(strconv.Itoa(own))
		}
	}
	return o, err
}

// Complete returns the recipe of an offer.
func (s *Supplier) Complete(o toolchain.Offer) (toolchain.Recipe, error) {
	host, err := s.host(o.Host)
	if err != nil {
		return toolchain.Recipe{}, err
	}
	for _, c := range s.manifest.Components {
		if c.Name != string(o.Component) || c.Part != o.Suite {
			continue
		}
		all, err := s.find(c, host, o.Host, o.Triple)
		if err != nil {
			return toolchain.Recipe{}, err
		}
		for _, f := range all {
			if f.offer.Key == o.Key {
				return f.recipe(c), nil
			}
		}
	}
	return toolchain.Recipe{}, fmt.Errorf("kernel-org no longer offers %s %s: run krustup update and resolve again", o.Component, o.Label)
}

func (f found) recipe(c manifests.KernelComponent) toolchain.Recipe {
	a := toolchain.Artifact{Name: f.stem, Supplier: Name, Archive: f.part.Base, Keep: c.Keep, SignedBy: f.list.signer}
	at := func(end string) (toolchain.Encoding, bool) {
		digest, ok := f.list.files[f.stem+end]
		return toolchain.Encoding{Path: path.Join(f.list.dir, f.stem+end), Digest: digest}, ok
	}
	first, ok := at(".tar.xz")
	second, gz := at(".tar.gz")
	switch {
	case ok && gz:
		a.Instead = &second
	case gz:
		first = second
	}
	a.Path, a.Digest = first.Path, first.Digest
	if f.part.Signature {
		a.Signature = path.Join(f.list.dir, f.stem+".tar.sign")
	}
	r := toolchain.Recipe{
		Layout: toolchain.LayoutTar, Artifacts: []toolchain.Artifact{a}, Strip: c.Strip, Drop: c.Drop,
		Tools: map[string]string{}, Paths: map[string]string{},
	}
	fill := strings.NewReplacer("{triple}", f.named["triple"]).Replace
	for name, at := range c.Tools {
		r.Tools[fill(name)] = fill(at)
	}
	for key, at := range c.Paths {
		r.Paths[key] = fill(at)
	}
	return r
}
