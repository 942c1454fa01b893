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
	Archive string   // "debian" or "debian-security"
	URL     string   // http, https or file, without a slash at its end; in Options several may stand with spaces between
	Others  []string // like URL: asked in turn for what those before do not have, or cannot be reached for
	From    string   // what named it: a variable, a file of apt's, "default"
}

// Mirrors gives the mirror of each archive, and those that stand behind it. The first that names one counts: the variables KRUSTUP_DEBIAN_MIRROR and
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
			var beside []string
			for _, url := range append([]string{main.URL}, main.Others...) {
				if base, found := strings.CutSuffix(url, "/debian"); found {
					beside = append(beside, base+"/"+securityArchive)
				}
			}
			if ok = len(beside) > 0; ok {
				m = Mirror{Archive: archive.Name, URL: beside[0], Others: beside[1:], From: main.From}
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
		bases, err := fetch.ParseMirrors(text, example)
		if err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
		named[archive] = Mirror{Archive: archive, URL: bases[0], Others: bases[1:], From: from}
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
