package debian

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// Name is the name of this supplier in offers, artifacts and locks.
const Name = "debian"

// Options configure a Supplier.
type Options struct {
	Catalogues string           // directory of catalogues; the supplier writes below debian/ in it
	Base       []string         // more such directories, which are only read, and only if Catalogues has no catalogue
	Partial    string           // directory for unfinished downloads, on the same file system
	Client     *fetch.Client    // for Update
	Now        func() time.Time // nil: time.Now
	Mirrors    []Mirror         // mirrors in the configuration; see Supplier.Mirrors for the precedence
	From       string           // a mirror of all suppliers that krustup wrote; takes precedence over all other addresses
	Apt        string           // apt's configuration directory; "": /etc/apt
	Keyring    *trust.Keyring   // for all archives; nil: Debian's keys, which are pinned in the manifest
}

// Supplier reads Debian's archive. It is safe for use by several goroutines at once.
type Supplier struct {
	opts     Options
	manifest manifests.Debian
	keyrings map[string]*trust.Keyring // by archive
	parts    []component
	names    []template   // names of all packages that belong to a component
	roots    trust.Digest // digest of all data that decides which packages a catalogue contains

	mu   sync.Mutex
	read map[string]*library // cache of catalogues by architecture
}

var _ toolchain.Supplier = (*Supplier)(nil)

// component is a manifest's component with its templates parsed.
type component struct {
	manifests.DebianComponent
	main, libclang template
	same, newest   []template
}

// New returns a Supplier. It reads the embedded manifest and the pinned keys, and accesses neither network nor store.
func New(opts Options) (*Supplier, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Apt == "" {
		opts.Apt = "/etc/apt"
	}
	manifest, err := manifests.DebianSupplier()
	if err != nil {
		return nil, err
	}
	s := &Supplier{opts: opts, manifest: manifest, read: map[string]*library{}}
	if s.keyrings, err = keyrings(manifest, opts.Keyring); err != nil {
		return nil, err
	}
	for _, c := range manifest.Components {
		part, err := parseComponent(c)
		if err != nil {
			return nil, fmt.Errorf("component %s: %w", c.Name, err)
		}
		s.parts = append(s.parts, part)
		s.names = append(append(append(s.names, part.main), part.same...), part.newest...)
		if c.Libclang != "" {
			s.names = append(s.names, part.libclang)
		}
	}
	s.roots, err = rootsDigest(manifest)
	return s, err
}

// keyrings returns one keyring for each archive, so that the key of one archive cannot sign another.
func keyrings(m manifests.Debian, instead *trust.Keyring) (map[string]*trust.Keyring, error) {
	rings := map[string]*trust.Keyring{}
	data, err := manifests.DebianKeys()
	if err != nil {
		return nil, err
	}
	for _, archive := range m.Archives {
		if instead != nil {
			rings[archive.Name] = instead
			continue
		}
		var pinned []trust.Fingerprint
		for _, key := range m.Keys {
			if !slices.Contains(key.Archives, archive.Name) {
				continue
			}
			fp, err := trust.ParseFingerprint(key.Fingerprint)
			if err != nil {
				return nil, err
			}
			pinned = append(pinned, fp)
		}
		file := trust.KeyFile{Name: "manifests/keys/debian-archive.asc", Data: data}
		if rings[archive.Name], err = trust.NewKeyring([]trust.KeyFile{file}, pinned); err != nil {
			return nil, fmt.Errorf("keys of archive %s: %w", archive.Name, err)
		}
	}
	return rings, nil
}

func parseComponent(c manifests.DebianComponent) (component, error) {
	part := component{DebianComponent: c}
	var err error
	if part.main, err = parseTemplate(c.Main); err != nil {
		return part, err
	}
	if part.libclang, err = parseTemplate(c.Libclang); err != nil {
		return part, err
	}
	if part.same, err = parseTemplates(c.Same); err != nil {
		return part, err
	}
	part.newest, err = parseTemplates(c.Newest)
	return part, err
}

// rootsDigest returns a digest of the data that decides which packages a catalogue contains. A krustup with another
// manifest rebuilds its catalogues from the stored indexes.
func rootsDigest(m manifests.Debian) (trust.Digest, error) {
	type names struct {
		Main, Libclang string
		Same, Newest   []string
	}
	var all struct {
		Components []names
		Omit, Kept []string
	}
	for _, c := range m.Components {
		all.Components = append(all.Components, names{c.Main, c.Libclang, c.Same, c.Newest})
	}
	all.Omit, all.Kept = m.Dependencies.Omit, m.Dependencies.Kept
	data, err := json.Marshal(all)
	return trust.DigestOf(data), err
}

// isPartOf reports whether a package belongs to the component with that main package. The component's own dependency on
// it is never ignored: Debian's rustc has its libraries only through libstd-rust-dev, and whatever else depends on rustc
// needs them too.
func (s *Supplier) isPartOf(name, main string) bool {
	for _, part := range s.parts {
		values, ok := part.main.match(main)
		if ok && slices.ContainsFunc(part.same, func(t template) bool { return fill(t.text, values) == name }) {
			return true
		}
	}
	return false
}

// isRoot reports whether the name of a package matches a component.
func (s *Supplier) isRoot(name string) bool {
	for _, t := range s.names {
		if _, ok := t.match(name); ok {
			return true
		}
	}
	return false
}

// isCut reports whether dependencies on a package are ignored for all components.
func (s *Supplier) isCut(name string) bool {
	return matchesAny(s.manifest.Dependencies.Omit, name) && !matchesAny(s.manifest.Dependencies.Kept, name)
}

// Name returns "debian".
func (s *Supplier) Name() string { return Name }

// Components returns those of the manifest.
func (s *Supplier) Components() []toolchain.Component {
	var list []toolchain.Component
	for _, part := range s.parts {
		list = append(list, toolchain.Component(part.Name))
	}
	return list
}

// Keyring returns nil, because packages have no signatures: a signed Release file covers the digest of each.
func (s *Supplier) Keyring() *trust.Keyring { return nil }

// host returns Debian's names for a host.
func (s *Supplier) host(h toolchain.Host) (manifests.DebianHost, error) {
	for _, known := range s.manifest.Hosts {
		if known.Machine == h.String() {
			return known, nil
		}
	}
	return manifests.DebianHost{}, fmt.Errorf("debian has no packages for host %q", h)
}

// catalogues returns the directories of Options.
func (s *Supplier) catalogues() store.Catalogues {
	return store.Catalogues{Home: s.opts.Catalogues, Base: s.opts.Base}
}

// dir returns the directory of a suite's catalogue.
func (s *Supplier) dir(suite, arch string) string {
	return filepath.Join(s.catalogues().Dir(Name), suite, arch)
}

// Locate returns the addresses of an artifact on the configured mirrors.
func (s *Supplier) Locate(a toolchain.Artifact) ([]string, error) {
	if a.Supplier != Name || !filepath.IsLocal(a.Path) {
		return nil, fmt.Errorf("artifact %s of supplier %q, path %q: expected an artifact of debian with a path inside the archive", a.Name, a.Supplier, a.Path)
	}
	bases, err := s.bases(a.Archive)
	if err != nil {
		return nil, err
	}
	return fetch.Under(bases, a.Path), nil
}

// bases returns the addresses of an archive on the configured mirrors, in the order in which they are tried, without a
// slash at the end.
func (s *Supplier) bases(archive string) ([]string, error) {
	if s.opts.From != "" {
		return []string{s.opts.From + "/" + toolchain.MirrorDir(Name, archive)}, nil
	}
	mirrors, err := s.Mirrors()
	if err != nil {
		return nil, err
	}
	var known []string
	for _, m := range mirrors {
		if m.Archive == archive {
			return append([]string{m.URL}, m.Others...), nil
		}
		known = append(known, m.Archive)
	}
	return nil, fmt.Errorf("debian has no archive %q: expected one of %s", archive, strings.Join(known, ", "))
}
