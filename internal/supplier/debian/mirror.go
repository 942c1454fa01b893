package debian

import (
	"fmt"
	"os"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
)

// The variables that name mirrors. They decide where bytes come from, never whether they are trusted.
const (
	MirrorVariable         = "KRUSTUP_DEBIAN_MIRROR"
	SecurityMirrorVariable = "KRUSTUP_DEBIAN_SECURITY_MIRROR"
)

const securityArchive = "debian-security"

// example is what the address of an archive looks like.
const example = "http://ftp.debian.org/debian"

// Mirror is where one archive is fetched from.
type Mirror struct {
	Archive string // "debian" or "debian-security"
	URL     string // http, https or file, without a slash at its end
	From    string // what named it: a variable, a file of apt's, "default"
}

// Mirrors gives the mirror of each archive. The first that names one counts: the variables KRUSTUP_DEBIAN_MIRROR and
// KRUSTUP_DEBIAN_SECURITY_MIRROR, the configuration, the machine's own apt configuration, the manifest.
// When only the main archive is named, the security archive is looked for beside it.
func (s *Supplier) Mirrors() ([]Mirror, error) {
	named, err := s.namedMirrors()
	if err != nil {
		return nil, err
	}
	if _, main := named["debian"]; !main {
		for archive, m := range aptMirrors(s.opts.Apt) {
			if _, ok := named[archive]; !ok {
				named[archive] = m
			}
		}
	}
	var mirrors []Mirror
	for _, archive := range s.manifest.Archives {
		m, ok := named[archive.Name]
		if main, known := named["debian"]; !ok && known && archive.Name == securityArchive {
			if base, found := strings.CutSuffix(main.URL, "/debian"); found {
				m, ok = Mirror{Archive: archive.Name, URL: base + "/" + securityArchive, From: main.From}, true
			}
		}
		if !ok {
			m = Mirror{Archive: archive.Name, URL: archive.URL, From: "default"}
		}
		mirrors = append(mirrors, m)
	}
	return mirrors, nil
}

func (s *Supplier) namedMirrors() (map[string]Mirror, error) {
	named := map[string]Mirror{}
	add := func(archive, text, from string) error {
		if text == "" {
			return nil
		}
		base, err := fetch.ParseMirror(text, example)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		named[archive] = Mirror{Archive: archive, URL: base, From: from}
		return nil
	}
	for _, m := range s.opts.Mirrors {
		if err := add(m.Archive, m.URL, m.From); err != nil {
			return nil, err
		}
	}
	if main := os.Getenv(MirrorVariable); main != "" {
		delete(named, securityArchive) // that of the configuration stood beside another
		if err := add("debian", main, MirrorVariable); err != nil {
			return nil, err
		}
	}
	return named, add(securityArchive, os.Getenv(SecurityMirrorVariable), SecurityMirrorVariable)
}
