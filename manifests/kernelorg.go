package manifests

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// KernelOrg is suppliers/kernel-org.toml: the lists of digests that kernel.org publishes, the keys that are trusted for
// them, and the components that their files become.
type KernelOrg struct {
	Bases      []KernelBase      `toml:"base"`
	Keys       []KernelKey       `toml:"key"`
	Unverified []UnverifiedKey   `toml:"unverified"`
	Hosts      []KernelHost      `toml:"host"`
	Parts      []KernelPart      `toml:"part"`
	Holes      []KernelHole      `toml:"hole"`
	Components []KernelComponent `toml:"component"`
}

// KernelBase is a URL below which the directories of parts are.
type KernelBase struct {
	Name string `toml:"name"`
	URL  string `toml:"url"` // used when no mirror is named
}

// KernelKey pins one OpenPGP key and says what it may sign: "lists" of digests, or releases of "linux".
type KernelKey struct {
	Fingerprint string `toml:"fingerprint"`
	Owner       string `toml:"owner"`
	Signs       string `toml:"signs"`
}

// UnverifiedKey is a key that signs files on kernel.org but is not trusted: its owner could not be verified.
type UnverifiedKey struct {
	Fingerprint string   `toml:"fingerprint"`
	Subkeys     []string `toml:"subkeys"` // fingerprints of the subkeys that sign
	Owner       string   `toml:"owner"`   // its claimed owner
	Signs       string   `toml:"signs"`
	Why         string   `toml:"why"` // why it is not trusted
}

// Is reports whether signer names the key: by its fingerprint, by that of a subkey, or by the 16 digits of a key ID.
func (k UnverifiedKey) Is(signer string) bool {
	return len(signer) >= 16 && slices.ContainsFunc(append([]string{k.Fingerprint}, k.Subkeys...), func(fp string) bool {
		return strings.HasSuffix(fp, signer)
	})
}

// KernelHole is a cross GCC that kernel.org never published, though it published that version for other targets or
// hosts.
type KernelHole struct {
	Version   version.Version `toml:"version"`
	Crosstool string          `toml:"crosstool"` // the host, as in KernelHost
	Triple    string          `toml:"triple"`
}

// KernelHost maps a host to the name of its directory of cross compilers.
type KernelHost struct {
	Machine   string `toml:"machine"` // as uname -m prints it
	Crosstool string `toml:"crosstool"`
}

// KernelPart is the lists of digests for files of one kind.
type KernelPart struct {
	Name      string   `toml:"name"`
	Base      string   `toml:"base"`
	Dirs      []string `toml:"dirs"`      // each has a sha256sums.asc; {host} stands for the host's crosstool name
	Files     string   `toml:"files"`     // regular expression for names without .tar.xz or .tar.gz, with a group "version"
	Optional  bool     `toml:"optional"`  // a missing list is not an error
	Signature bool     `toml:"signature"` // each file also has a .tar.sign
}

// KernelComponent says how a file of a part becomes a component. {triple} stands for the target's crosstool name.
type KernelComponent struct {
	Name     string            `toml:"name"`
	Part     string            `toml:"part"`
	Rank     int               `toml:"rank"`
	Strip    int               `toml:"strip"`
	Libclang bool              `toml:"libclang"` // it contains libclang, of the same version
	Lacks    []string          `toml:"lacks"`    // SRCARCHs that it cannot generate code for
	Keep     []string          `toml:"keep"`     // unpack only these path patterns
	Drop     []string          `toml:"drop"`     // never unpack these
	Tools    map[string]string `toml:"tools"`
	Paths    map[string]string `toml:"paths"`
}

// KernelOrgSupplier decodes and checks suppliers/kernel-org.toml.
func KernelOrgSupplier() (KernelOrg, error) {
	const name = "suppliers/kernel-org.toml"
	var k KernelOrg
	if err := decode(name, &k); err != nil {
		return KernelOrg{}, err
	}
	if err := k.check(); err != nil {
		return KernelOrg{}, fmt.Errorf("manifests/%s: %w", name, err)
	}
	return k, nil
}

func (k KernelOrg) check() error {
	return errors.Join(k.checkBases(), k.checkKeys(), k.checkParts(), k.checkComponents(), k.checkHoles())
}

// Keyring returns the keys that may sign "lists" or "linux".
func (k KernelOrg) Keyring(signs string) (*trust.Keyring, error) {
	var keys []SupplierKey
	for _, key := range k.Keys {
		if key.Signs == signs {
			keys = append(keys, SupplierKey{key.Fingerprint, key.Owner})
		}
	}
	return pinned(keys, "keys/kernel-org.asc")
}

func (k KernelOrg) checkBases() error {
	var all error
	for _, b := range k.Bases {
		all = errors.Join(all, checkHTTPS(b.URL))
	}
	return all
}

func (k KernelOrg) checkKeys() error {
	var all error
	for _, key := range k.Keys {
		if key.Signs != "lists" && key.Signs != "linux" {
			all = errors.Join(all, fmt.Errorf("key %s signs %q: expected lists or linux", key.Fingerprint, key.Signs))
		}
	}
	for _, key := range k.Unverified {
		for _, text := range append([]string{key.Fingerprint}, key.Subkeys...) {
			if _, err := trust.ParseFingerprint(text); err != nil {
				all = errors.Join(all, err)
			}
			if slices.ContainsFunc(k.Keys, func(used KernelKey) bool { return used.Fingerprint == text }) {
				all = errors.Join(all, fmt.Errorf("key %s is both pinned and unverified", text))
			}
		}
	}
	return all
}

func (k KernelOrg) checkHoles() error {
	for _, h := range k.Holes {
		if h.Version.IsZero() || h.Triple == "" || !slices.ContainsFunc(k.Hosts, func(known KernelHost) bool { return known.Crosstool == h.Crosstool }) {
			return fmt.Errorf("hole %s of %q: expected a version, a triple and a host's crosstool name", h.Version, h.Triple)
		}
	}
	return nil
}

func (k KernelOrg) checkParts() error {
	for _, p := range k.Parts {
		files, err := regexp.Compile(p.Files)
		if err != nil || files.SubexpIndex("version") < 0 {
			return fmt.Errorf("part %s: files %q: expected a regular expression with a group \"version\" (%v)", p.Name, p.Files, err)
		}
		if len(p.Dirs) == 0 || !slices.ContainsFunc(k.Bases, func(b KernelBase) bool { return b.Name == p.Base }) {
			return fmt.Errorf("part %s: expected directories and the name of a base, found %q", p.Name, p.Base)
		}
	}
	return nil
}

func (k KernelOrg) checkComponents() error {
	for _, c := range k.Components {
		if !slices.ContainsFunc(k.Parts, func(p KernelPart) bool { return p.Name == c.Part }) {
			return fmt.Errorf("component %s: unknown part %q", c.Name, c.Part)
		}
		if c.Strip < 1 {
			return fmt.Errorf("component %s: strip is %d, expected at least 1", c.Name, c.Strip)
		}
	}
	return nil
}
