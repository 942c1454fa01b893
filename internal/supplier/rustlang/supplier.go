package rustlang

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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
const Name = "rust-lang"

// The archives that artifacts come from, by the names of their mirrors in a configuration.
const (
	Dist   = Name     // static.rust-lang.org; its artifacts have an empty Archive
	Crates = "crates" // crates of the registry crates.io
	GitHub = "github" // binaries of releases on github.com
)

// Archives lists all archives.
var Archives = []string{Dist, Crates, GitHub}

// The environment variables that name mirrors of Dist, Crates and GitHub. A mirror decides where files come from, never
// whether they are trusted.
const (
	MirrorVariable = "KRUSTUP_RUST_MIRROR"
	CratesVariable = "KRUSTUP_CRATES_MIRROR"
	GitHubVariable = "KRUSTUP_GITHUB_MIRROR"
)

// Options configure a Supplier.
type Options struct {
	Catalogues string            // directory of catalogues; the supplier writes below rust-lang/ in it
	Base       []string          // more such directories, which are only read, and only if Catalogues has no catalogue
	Client     *fetch.Client     // for Update
	Mirrors    map[string]string // addresses by archive, in place of the manifest's; the variables take precedence
	From       string            // a mirror of all suppliers that krustup wrote; takes precedence over all other addresses
	Keyring    *trust.Keyring    // for manifests; nil: the Rust project's key, which is pinned in the supplier's manifest
}

// Supplier reads the Rust project's channels. It is safe for use by several goroutines at once.
type Supplier struct {
	opts     Options
	manifest manifests.RustLang
	rules    manifests.Rules
	keyring  *trust.Keyring

	mu   sync.Mutex
	read map[part]*catalogue
}

var _ toolchain.Supplier = (*Supplier)(nil)

// New returns a Supplier. It reads the embedded manifest and the pinned key, and accesses neither network nor store.
func New(opts Options) (*Supplier, error) {
	manifest, err := manifests.RustLangSupplier()
	if err != nil {
		return nil, err
	}
	rules, err := manifests.LoadRules()
	if err != nil {
		return nil, err
	}
	s := &Supplier{opts: opts, manifest: manifest, rules: rules, keyring: opts.Keyring, read: map[part]*catalogue{}}
	if s.keyring == nil {
		s.keyring, err = manifest.Keyring()
	}
	return s, err
}

// Name returns "rust-lang".
func (s *Supplier) Name() string { return Name }

// Components returns those of the channels, of the crates and of the binaries.
func (s *Supplier) Components() []toolchain.Component {
	var list []toolchain.Component
	for _, c := range s.manifest.Components {
		list = append(list, toolchain.Component(c.Name))
	}
	for _, c := range s.manifest.Programs {
		list = append(list, toolchain.Component(c.Component))
	}
	for _, b := range s.manifest.Binaries {
		list = append(list, toolchain.Component(b.Component))
	}
	return list
}

// Keyring returns nil, because artifacts have no signatures: the digest of each is in a signed manifest or pinned.
func (s *Supplier) Keyring() *trust.Keyring { return nil }

// host returns the Rust project's names for a host.
func (s *Supplier) host(h toolchain.Host) (manifests.RustHost, error) {
	var known []string
	for _, host := range s.manifest.Hosts {
		if host.Machine == h.String() {
			return host, nil
		}
		known = append(known, host.Machine)
	}
	return manifests.RustHost{}, fmt.Errorf("rust-lang has no packages for host %q: expected one of %s", h, strings.Join(known, ", "))
}

// catalogues returns the directories of Options.
func (s *Supplier) catalogues() store.Catalogues {
	return store.Catalogues{Home: s.opts.Catalogues, Base: s.opts.Base}
}

// Mirrors returns the addresses that the files of an archive are fetched from, in the order in which they are tried,
// and what set them: "--from", the name of the variable, "configuration" or "default".
func (s *Supplier) Mirrors(archive string) (bases []string, from string, err error) {
	var variable, own string
	inKit := archive
	switch archive {
	case Dist:
		variable, own, inKit = MirrorVariable, s.manifest.Base, ""
	case Crates:
		variable, own = CratesVariable, s.manifest.Crates
	case GitHub:
		variable, own = GitHubVariable, s.manifest.GitHub
	default:
		return nil, "", fmt.Errorf("rust-lang has no archive %q: expected one of %s", archive, strings.Join(Archives, ", "))
	}
	if s.opts.From != "" {
		return []string{s.opts.From + "/" + toolchain.MirrorDir(Name, inKit)}, "--from", nil
	}
	for _, named := range []struct{ text, from string }{{os.Getenv(variable), variable}, {s.opts.Mirrors[archive], "configuration"}} {
		if named.text == "" {
			continue
		}
		bases, err := fetch.ParseMirrors(named.text, own)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %w", named.from, err)
		}
		return bases, named.from, nil
	}
	return []string{own}, "default", nil
}

// Locate returns the addresses of an artifact on the configured mirrors.
func (s *Supplier) Locate(a toolchain.Artifact) ([]string, error) {
	if a.Supplier != Name || !filepath.IsLocal(a.Path) {
		return nil, fmt.Errorf("artifact %s of supplier %q, path %q: expected an artifact of rust-lang with a path below its base", a.Name, a.Supplier, a.Path)
	}
	bases, _, err := s.Mirrors(cmp.Or(a.Archive, Dist))
	if err != nil {
		return nil, err
	}
	return fetch.Under(bases, a.Path), nil
}

// Status returns the status of every part in the catalogues, with the date of its manifest. If there is none, it
// returns the stable channel with a zero date.
func (s *Supplier) Status(toolchain.Host) ([]toolchain.Status, error) {
	entries, err := os.ReadDir(s.catalogues().Dir(Name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("reading catalogues: %w", err)
	}
	var list []toolchain.Status
	for _, e := range entries {
		p, err := parsePart(e.Name())
		if err != nil || !e.IsDir() {
			continue
		}
		status := toolchain.Status{Part: p.String()}
		c, err := s.load(p)
		if status.Err = err; c != nil {
			status.Unsigned = c.signer == ""
			status.Date, _ = time.Parse(time.DateOnly, c.date)
		}
		list = append(list, status)
	}
	if len(list) == 0 {
		list = []toolchain.Status{{Part: stable.String()}}
	}
	return list, nil
}
