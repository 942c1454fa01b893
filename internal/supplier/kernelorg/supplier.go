package kernelorg

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// Name is what this supplier is called in offers, artifacts and locks.
const Name = "kernel-org"

// MirrorVariable names a mirror: a directory like https://www.kernel.org/pub, with tools/ and linux/ below it. It decides
// where bytes come from, never whether they are trusted.
const MirrorVariable = "KRUSTUP_KERNEL_MIRROR"

// Options say where a Supplier keeps things, and what it believes.
type Options struct {
	Catalogues string         // directory; the supplier writes below kernel-org/ in it
	Behind     []string       // directories like it that are only read, where it has none
	Client     *fetch.Client  // for Update
	Mirror     string         // base address in place of the manifest's, which MirrorVariable beats
	From       string         // a mirror of every supplier that krustup wrote; it beats all others
	Keyring    *trust.Keyring // nil: kernel.org's own keys, pinned in the manifest; else the only one for everything
}

// Supplier reads kernel.org's lists. It is safe for use by several goroutines at once.
type Supplier struct {
	opts     Options
	manifest manifests.KernelOrg
	rules    manifests.Rules
	files    map[string]*regexp.Regexp // by part
	lists    *trust.Keyring            // may sign lists
	linux    *trust.Keyring            // may sign releases of Linux

	mu   sync.Mutex
	read map[string]*list // by directory
}

var _ toolchain.Supplier = (*Supplier)(nil)

// New reads the manifest and the pinned keys. It touches neither the network nor the store.
func New(opts Options) (*Supplier, error) {
	manifest, err := manifests.KernelOrgSupplier()
	if err != nil {
		return nil, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return nil, err
	}
	s := &Supplier{
		opts: opts, manifest: manifest, rules: rules, files: map[string]*regexp.Regexp{}, read: map[string]*list{},
		lists: opts.Keyring, linux: opts.Keyring,
	}
	for _, p := range manifest.Parts {
		if s.files[p.Name], err = regexp.Compile(p.Files); err != nil {
			return nil, fmt.Errorf("part %s: %w", p.Name, err)
		}
	}
	if opts.Keyring != nil {
		return s, nil
	}
	if s.lists, err = manifest.Keyring("lists"); err != nil {
		return nil, err
	}
	s.linux, err = manifest.Keyring("linux")
	return s, err
}

// Name is "kernel-org".
func (s *Supplier) Name() string { return Name }

// Keyring has the keys of those who release Linux.
func (s *Supplier) Keyring() *trust.Keyring { return s.linux }

// host gives kernel.org's names for a host.
func (s *Supplier) host(h toolchain.Host) (manifests.KernelHost, error) {
	var known []string
	for _, host := range s.manifest.Hosts {
		if host.Machine == h.String() {
			return host, nil
		}
		known = append(known, host.Machine)
	}
	return manifests.KernelHost{}, fmt.Errorf("kernel-org: no tools for host %q: expected one of %s", h, strings.Join(known, ", "))
}

// catalogues are the directories of Options.
func (s *Supplier) catalogues() store.Catalogues {
	return store.Catalogues{Home: s.opts.Catalogues, Behind: s.opts.Behind}
}

// Mirrors gives the addresses that files below a base are fetched from, the next where one does not have a file, and what
// named them.
func (s *Supplier) Mirrors(base string) (addresses []string, from string, err error) {
	if s.opts.From != "" {
		return []string{s.opts.From + "/" + toolchain.MirrorDir(Name, base)}, "--from", nil
	}
	const example = "https://mirrors.edge.kernel.org/pub"
	for _, named := range []struct{ text, from string }{{os.Getenv(MirrorVariable), MirrorVariable}, {s.opts.Mirror, "configuration"}} {
		if named.text == "" {
			continue
		}
		addresses, err := fetch.ParseMirrors(named.text, example)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", named.from, err)
		}
		return addresses, named.from, nil
	}
	for _, b := range s.manifest.Bases {
		if b.Name == base {
			return []string{b.URL}, "default", nil
		}
	}
	return nil, "", fmt.Errorf("unknown base %q of kernel-org", base)
}

// Locate gives the addresses of an artifact on the mirrors in use.
func (s *Supplier) Locate(a toolchain.Artifact) ([]string, error) {
	if a.Supplier != Name || !filepath.IsLocal(a.Path) {
		return nil, fmt.Errorf("artifact %s of supplier %q, path %q: expected one of kernel-org's, with a path below its base", a.Name, a.Supplier, a.Path)
	}
	bases, _, err := s.Mirrors(a.Archive)
	if err != nil {
		return nil, err
	}
	return fetch.Under(bases, a.Path), nil
}

// Status gives every part at hand, with the date of its newest list, and says of the others that there is none.
func (s *Supplier) Status(host toolchain.Host) ([]toolchain.Status, error) {
	names, err := s.host(host)
	if err != nil {
		return nil, err
	}
	var all []toolchain.Status
	for _, p := range s.manifest.Parts {
		status := toolchain.Status{Part: p.Name}
		for _, dir := range dirs(p, names) {
			l, err := s.load(dir)
			if err != nil {
				status.Err = err
			}
			if l != nil && l.made.After(status.Date) {
				status.Date = l.made
			}
		}
		all = append(all, status)
	}
	return all, nil
}

// dirs are the directories of a part for a host.
func dirs(p manifests.KernelPart, host manifests.KernelHost) []string {
	var all []string
	for _, dir := range p.Dirs {
		all = append(all, strings.ReplaceAll(dir, "{host}", host.Crosstool))
	}
	return all
}
