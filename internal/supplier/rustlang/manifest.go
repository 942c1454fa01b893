package rustlang

import (
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
)

// channel holds the data that is used of a channel manifest of version 2:
// https://forge.rust-lang.org/infra/channel-layout.html,
// https://github.com/rust-lang/rust/blob/1.95.0/src/tools/build-manifest/src/manifest.rs
type channel struct {
	version  string // version of the format
	date     string // "2026-04-16"
	packages map[string]*channelPackage
}

type channelPackage struct {
	version string
	targets map[string]*channelTarget
}

type channelTarget struct {
	available                bool
	url, hash, xzURL, xzHash string
}

// ManifestError reports a channel manifest that is invalid or not the requested one, even if its signature is good.
type ManifestError struct {
	URL    string
	Reason string
}

func (e *ManifestError) Error() string { return e.URL + ": " + e.Reason }

// Unverified marks the error as a failed verification.
func (*ManifestError) Unverified() bool { return true }

// release returns the version of rustc in the channel and its full text, such as "1.95.0 (59807616e 2026-04-14)".
func (c *channel) release(name string) (version.Version, string, error) {
	label := ""
	if rustc := c.packages["rustc"]; rustc != nil {
		label = rustc.version
	}
	text, _, _ := strings.Cut(label, " ")
	v, err := version.Parse(text)
	if err != nil {
		return v, label, &ManifestError{name, fmt.Sprintf("rustc has version %q, expected a version such as \"1.95.0 (59807616e 2026-04-14)\"", label)}
	}
	return v, label, nil
}

// file is the location of a package's two tarballs.
type file struct {
	Path     string       `json:"path"` // below the base, "dist/2026-04-16/rustc-1.95.0-x86_64-unknown-linux-gnu.tar.xz"
	Digest   trust.Digest `json:"sha256"`
	Gz       string       `json:"gz"`
	GzDigest trust.Digest `json:"gz-sha256"`
}

// files returns the wanted packages that are available for a host. Every address must be below the base that the
// manifest was signed for; a mirror replaces the base later.
func (c *channel) files(name, base, triple string, wanted []string) (map[string]file, error) {
	found := map[string]file{}
	for _, pkg := range wanted {
		target := c.packages[pkg].target(triple)
		if target == nil || !target.available {
			continue
		}
		f, err := target.file(base)
		if err != nil {
			return nil, &ManifestError{name, fmt.Sprintf("package %s for %s: %v", pkg, triple, err)}
		}
		found[pkg] = f
	}
	return found, nil
}

// target returns the package for a host, or the one for all hosts. It returns nil if there is neither.
func (p *channelPackage) target(triple string) *channelTarget {
	if p == nil {
		return nil
	}
	if t := p.targets[triple]; t != nil {
		return t
	}
	return p.targets["*"]
}

func (t *channelTarget) file(base string) (f file, err error) {
	if f.Path, err = below(base, t.xzURL); err != nil {
		return f, err
	}
	if f.Gz, err = below(base, t.url); err != nil {
		return f, err
	}
	if f.Digest, err = trust.ParseDigest(t.xzHash); err != nil {
		return f, err
	}
	f.GzDigest, err = trust.ParseDigest(t.hash)
	return f, err
}

// below returns the path of an address below base + "/dist/", relative to base.
func below(base, address string) (string, error) {
	rel, ok := strings.CutPrefix(address, base+"/")
	if !ok || !strings.HasPrefix(rel, "dist/") || path.Clean(rel) != rel || strings.Contains(rel, "\\") {
		return "", fmt.Errorf("address %q: expected an address below %s/dist/", address, base)
	}
	if u, err := url.Parse(rel); err != nil || u.RawQuery != "" || u.Fragment != "" || u.Path != rel {
		return "", fmt.Errorf("address %q: expected a plain path below %s/dist/", address, base)
	}
	return rel, nil
}
