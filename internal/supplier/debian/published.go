package debian

import (
	"fmt"
	"os"
	"path"
	"path/filepath"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// Published returns the Release file and the index of every suite that the artifacts come from, and of the suites that
// take precedence over those. With the same suites, the same closures are chosen again.
func (s *Supplier) Published(host toolchain.Host, artifacts []toolchain.Artifact) (toolchain.Publication, error) {
	names, err := s.host(host)
	if err != nil {
		return toolchain.Publication{}, err
	}
	lib, err := s.load(names.Arch)
	if err != nil {
		return toolchain.Publication{}, err
	}
	var all toolchain.Publication
	for _, c := range lib.neededFor(toolchain.Digests(Name, artifacts)) {
		p, err := s.published(c, names.Arch)
		if err != nil {
			return toolchain.Publication{}, fmt.Errorf("suite %s: %w", c.suite.Name, err)
		}
		all.Documents = append(all.Documents, p.Documents...)
		all.Beside = append(all.Beside, p.Beside...)
	}
	return all, nil
}

// neededFor returns, for each wanted package, the first catalogue that has it, and all catalogues of no higher rank
// than those. An expired catalogue is included only for a package that no other has.
func (lib *library) neededFor(wanted map[trust.Digest]bool) []*catalogue {
	needed := map[*catalogue]bool{}
	highest := -1
	for _, stale := range []bool{false, true} {
		for _, c := range lib.catalogues {
			if c.meta.Stale != stale {
				continue
			}
			for _, p := range c.packages {
				if wanted[p.digest] {
					delete(wanted, p.digest)
					needed[c], highest = true, max(highest, c.suite.Rank)
				}
			}
		}
	}
	var list []*catalogue
	for _, c := range lib.catalogues {
		if needed[c] || c.suite.Rank <= highest && !c.meta.Stale {
			list = append(list, c)
		}
	}
	return list
}

// published verifies and returns the files of one suite.
func (s *Supplier) published(c *catalogue, arch string) (toolchain.Publication, error) {
	dir := s.dir(c.suite.Name, arch)
	signed, err := readStored(dir, c.meta.Release)
	if err != nil {
		return toolchain.Publication{}, err
	}
	text, _, err := s.keyrings[c.suite.Archive].VerifyClearsigned(c.meta.URL, signed)
	if err != nil {
		return toolchain.Publication{}, err
	}
	rel, err := parseRelease(c.meta.URL, text)
	if err != nil {
		return toolchain.Publication{}, err
	}
	index, err := readStored(dir, c.meta.Index)
	if err != nil {
		return toolchain.Publication{}, err
	}
	root := "dists/" + c.suite.Name
	name := "main/binary-" + arch + "/Packages" + path.Ext(c.meta.Index.Name)
	p := toolchain.Publication{Documents: []toolchain.Document{
		{Supplier: Name, Archive: c.suite.Archive, Path: path.Join(root, rel.served(name)), Data: index},
		{Supplier: Name, Archive: c.suite.Archive, Path: path.Join(root, "InRelease"), Data: signed},
	}}
	// apt fails without the English descriptions if the Release file lists them.
	for _, ext := range []string{".xz", ".gz", ".bz2"} {
		name := "main/i18n/Translation-en" + ext
		if file, ok := rel.files[name]; ok {
			p.Beside = append(p.Beside, toolchain.Artifact{
				Name: "Translation-en of " + c.suite.Name, Supplier: Name, Archive: c.suite.Archive,
				Path: path.Join(root, rel.served(name)), Size: file.size, Digest: file.digest, SignedBy: c.meta.signer(),
			})
			break
		}
	}
	return p, nil
}

// served returns the path at which a file is requested first. It is the path by digest if the archive supports that,
// because a mirror that is being updated then has both the old file and the new one.
func (r release) served(name string) string {
	if !r.byHash {
		return name
	}
	return path.Dir(name) + "/by-hash/SHA256/" + r.files[name].digest.String()
}

func readStored(dir string, f storedFile) ([]byte, error) {
	name := filepath.Join(dir, f.Name)
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("reading catalogue: %w", err)
	}
	if got := trust.DigestOf(data); got != f.Digest {
		return nil, &trust.DigestError{Name: name, Want: f.Digest, Got: got}
	}
	return data, nil
}
