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

// Name is the name of this supplier in offers, artifacts and locks.
const Name = "kernel-org"

// MirrorVariable is the environment variable that names a mirror: a directory like https://www.kernel.org/pub, with
// tools/ and linux/ below it. A mirror decides where files come from, never whether they are trusted.
const MirrorVariable = "KRUSTUP_KERNEL_MIRROR"

// Options configure a Supplier.
type Options struct {
	Catalogues string         // directory of catalogues; the supplier writes below kernel-org/ in it
	Base       []string       // more such directories, which are only read, and only if Catalogues has no catalogue
	Client     *fetch.Client  // for Update
	Mirror     string         // base address in place of the manifest's; MirrorVariable takes precedence
	From       string         // a mirror of all suppliers that krustup wrote; takes precedence over all other addresses
	Keyring    *trust.Keyring // for lists and releases; nil: kernel.org's keys, which are pinned in the manifest
}

// Supplier reads kernel.org's lists. It is safe for use by several goroutines at once.
type Supplier struct {
	opts     Options
	manifest manifests.KernelOrg
	rules    manifests.Rules
	files    map[string]*regexp.Regexp // by part
	lists    *trust.Keyring            // keys that may sign lists
	linux    *trust.Keyring            // keys that may sign releases of Linux

	mu   sync.Mutex
	read map[string]*list // by directory
}

var _ toolchain.Supplier = (*Supplier)(nil)

// New returns a Supplier. It reads the embedded manifest and the pinned keys, and accesses neither network nor store.
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

// Name returns "kernel-org".
func (s *Supplier) Name() string { return Name }

// Components returns those of the manifest.
func (s *Supplier) Components() []toolchain.Component {
	var list []toolchain.Component
	for _, c := range s.manifest.Components {
		list = append(list, toolchain.Component(c.Name))
	}
	return list
}

// Keyring returns the keys that may sign releases of Linux.
func (s *Supplier) Keyring() *trust.Keyring { return s.linux }

// host returns kernel.org's names for a host.
func (s *Supplier) host(h toolchain.Host) (manifests.KernelHost, error) {
	var known []string
	for _, host := range s.manifest.Hosts {
		if host.Machine == h.String() {
			return host, nil
		}
		known = append(known, host.Machine)
	}
	return manifests.KernelHost{}, fmt.Errorf("kernel-org has no tools for host %q: expected one of %s", h, strings.Join(known, ", "))
}

// catalogues returns the directories of Options.
func (s *Supplier) catalogues() store.Catalogues {
	return store.Catalogues{Home: s.opts.Catalogues, Base: s.opts.Base}
}

// Mirrors returns the addresses that the files of a base are fetched from, in the order in which they are tried, and
// what set them: "--from", MirrorVariable, "configuration" or "default".
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

// Locate returns the addresses of an artifact on the configured mirrors.
func (s *Supplier) Locate(a toolchain.Artifact) ([]string, error) {
	if a.Supplier != Name || !filepath.IsLocal(a.Path) {
		return nil, fmt.Errorf("artifact %s of supplier %q, path %q: expected an artifact of kernel-org with a path below its base", a.Name, a.Supplier, a.Path)
	}
	bases, _, err := s.Mirrors(a.Archive)
	if err != nil {
		return nil, err
	}
	return fetch.Under(bases, a.Path), nil
}

// Status returns the status of every part, with the date of its newest list. The date is zero if the part has no list
// in the catalogues.
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

// dirs returns the directories of a part for a host.
func dirs(p manifests.KernelPart, host manifests.KernelHost) []string {
	var all []string
	for _, dir := range p.Dirs {
		all = append(all, strings.ReplaceAll(dir, "{host}", host.Crosstool))
	}
	return all
}
