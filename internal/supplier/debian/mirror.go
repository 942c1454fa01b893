package debian

import (
	"fmt"
	"os"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
)

// The environment variables that name mirrors. A mirror decides where files come from, never whether they are trusted.
const (
	MirrorVariable         = "KRUSTUP_DEBIAN_MIRROR"
	SecurityMirrorVariable = "KRUSTUP_DEBIAN_SECURITY_MIRROR"
)

const securityArchive = "debian-security"

// example is an address of an archive, for messages.
const example = "http://ftp.debian.org/debian"

// Mirror holds the addresses that one archive is fetched from.
type Mirror struct {
	Archive string   // "debian" or "debian-security"
	URL     string   // http, https or file, without a slash at the end; in Options also several, separated by spaces
	Others  []string // further addresses like URL, tried in turn if those before lack a file or are unreachable
	From    string   // what set it: a variable, a configuration file, a file of apt, "default"
}

// Mirrors returns the mirror of each archive. These can set it, in order of precedence: the variables
// KRUSTUP_DEBIAN_MIRROR and KRUSTUP_DEBIAN_SECURITY_MIRROR, the configuration, the machine's own apt configuration, and
// the manifest. If only the mirror of the main archive is set, the security archive is expected next to it, at
// debian-security.
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
			var urls []string
			for _, url := range append([]string{main.URL}, main.Others...) {
				if base, found := strings.CutSuffix(url, "/debian"); found {
					urls = append(urls, base+"/"+securityArchive)
				}
			}
			if ok = len(urls) > 0; ok {
				m = Mirror{Archive: archive.Name, URL: urls[0], Others: urls[1:], From: main.From}
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
		delete(named, securityArchive) // the one in the configuration belongs to another main archive
		if err := add("debian", main, MirrorVariable); err != nil {
			return nil, err
		}
	}
	return named, add(securityArchive, os.Getenv(SecurityMirrorVariable), SecurityMirrorVariable)
}
