package rustlang

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Published returns the channel manifests in the catalogues that list any of the artifacts, each under every name that
// it has on the server. It also returns the newest stable manifest, because every use of the channels begins with it.
func (s *Supplier) Published(host toolchain.Host, artifacts []toolchain.Artifact) (toolchain.Publication, error) {
	names, err := s.host(host)
	if err != nil {
		return toolchain.Publication{}, err
	}
	wanted := toolchain.Digests(Name, artifacts)
	for _, a := range artifacts {
		if a.Archive != "" {
			delete(wanted, a.Digest) // digests of binaries and crates are in krustup's data or in a crate's Cargo.lock
		}
	}
	var all toolchain.Publication
	if len(wanted) == 0 {
		return all, nil
	}
	status, err := s.Status(host)
	if err != nil {
		return all, err
	}
	for _, st := range status {
		p, err := parsePart(st.Part)
		if err != nil {
			return all, err
		}
		c, data, signature, err := s.reread(p)
		if c == nil || err != nil {
			return all, err
		}
		needed := c.names(wanted)
		if !needed && p != stable {
			continue
		}
		for _, name := range c.paths(needed) {
			all.Documents = append(all.Documents, documents(name, data, signature)...)
		}
		if !needed {
			continue
		}
		// rustup does not install a toolchain without cargo.
		files, _, err := s.has(c, names.Triple, []string{"cargo"})
		if err != nil {
			return all, err
		}
		if f, ok := files["cargo"]; ok {
			all.Beside = append(all.Beside, toolchain.Artifact{Name: "cargo " + c.release.String(), Supplier: Name, Path: f.Path, Digest: f.Digest, SignedBy: c.signer})
		}
	}
	return all, nil
}

// reread reads and verifies the files of a part again before they are passed on. c is nil if there are none.
func (s *Supplier) reread(p part) (c *catalogue, data, signature []byte, err error) {
	name := filepath.Join(s.dir(p), manifestFile)
	data, err = os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, nil
	}
	if err != nil {
		return nil, nil, nil, fmt.Errorf("reading catalogue: %w", err)
	}
	signature, err = os.ReadFile(filepath.Join(s.dir(p), signatureFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, fmt.Errorf("reading catalogue: %w", err)
	}
	c, err = s.verify(p, name, data, signature)
	return c, data, signature, err
}

// names reports whether the manifest lists one of the digests.
func (c *catalogue) names(wanted map[trust.Digest]bool) bool {
	for _, pkg := range c.packages {
		for _, target := range pkg.targets {
			for _, text := range []string{target.xzHash, target.hash} {
				if digest, err := trust.ParseDigest(text); err == nil && wanted[digest] {
					return true
				}
			}
		}
	}
	return false
}

// paths returns the paths of the manifest on the server. It returns more than the path that it was fetched from only if
// files that the manifest lists are needed.
func (c *catalogue) paths(needed bool) []string {
	own := c.part.path()
	list := []string{own}
	if !needed {
		return list
	}
	kind := "stable"
	for _, channel := range []string{"beta", "nightly"} {
		if c.part.channel == channel {
			kind = channel
		}
	}
	for _, p := range []part{{channel: kind, date: c.date}, {channel: c.release.String()}} {
		if p.path() != own && (p.date != "" || kind == "stable") {
			list = append(list, p.path())
		}
	}
	return list
}

// documents returns a manifest with its digest and its signature, under the names that they have on the server.
func documents(name string, data, signature []byte) []toolchain.Document {
	sum := fmt.Sprintf("%s  %s\n", trust.DigestOf(data), path.Base(name))
	list := []toolchain.Document{{Supplier: Name, Path: name + ".sha256", Data: []byte(sum)}}
	if signature != nil {
		list = append(list, toolchain.Document{Supplier: Name, Path: name + ".asc", Data: signature})
	}
	return append(list, toolchain.Document{Supplier: Name, Path: name, Data: data})
}
