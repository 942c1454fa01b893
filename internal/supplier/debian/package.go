package debian

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/krustup/krustup/internal/trust"
)

// pkg is one binary package of an index, with the fields that are used.
type pkg struct {
	name       string
	version    string
	arch       string // the host's, or "all"
	source     string // as in the index: "", "rustc" or "rustc (1.85.1+dfsg1-1)"
	preDepends string
	depends    string
	provides   string
	path       string // relative to the base of the archive
	size       int64  // bytes
	installed  int64  // KiB, as estimated by dpkg-gencontrol
	digest     trust.Digest
	from       *catalogue
}

func (p *pkg) String() string { return p.name + " " + p.version }

// parsePackage parses a paragraph of an index. name is the index, for messages. Errors are *FormatError.
func parsePackage(name string, s stanza) (*pkg, error) {
	p := &pkg{}
	for field, value := range s.fields() {
		if err := p.set(string(field), value); err != nil {
			return nil, &FormatError{Name: name, Reason: fmt.Sprintf("package %q: %v", p.name, err)}
		}
	}
	switch {
	case p.name == "" || p.version == "" || p.arch == "":
		return nil, &FormatError{Name: name, Reason: fmt.Sprintf("paragraph %.60q: expected Package, Version and Architecture", s)}
	case p.digest.IsZero() || p.size <= 0:
		return nil, &FormatError{Name: name, Reason: fmt.Sprintf("package %s: expected SHA256 and Size", p)}
	// The path becomes part of an address and of a file name in the store.
	case !filepath.IsLocal(p.path) || filepath.Clean(p.path) != p.path || strings.ContainsAny(p.path, "?#%\\ "):
		return nil, &FormatError{Name: name, Reason: fmt.Sprintf("package %s: file name %q: expected a path inside the archive", p, p.path)}
	}
	return p, nil
}

func (p *pkg) set(field string, value []byte) (err error) {
	switch field {
	case "Package":
		if p.name = string(value); !isPackageName(p.name) {
			return errors.New("expected a name of letters, digits, plus, minus and dots")
		}
	case "Version":
		p.version = string(value)
	case "Architecture":
		p.arch = string(value)
	case "Source":
		p.source = string(value)
	case "Pre-Depends":
		p.preDepends = string(value)
	case "Depends":
		p.depends = string(value)
	case "Provides":
		p.provides = string(value)
	case "Filename":
		p.path = strings.TrimPrefix(string(value), "./")
	case "Size":
		p.size, err = strconv.ParseInt(string(value), 10, 64)
	case "Installed-Size":
		p.installed, err = strconv.ParseInt(string(value), 10, 64)
	case "SHA256":
		p.digest, err = trust.ParseDigest(string(value))
	}
	return err
}

// writeTo writes the package in the format that parsePackage parses.
func (p *pkg) writeTo(w io.Writer) error {
	var b bytes.Buffer
	field := func(name, value string) {
		if value != "" {
			b.WriteString(name + ": " + value + "\n")
		}
	}
	field("Package", p.name)
	field("Source", p.source)
	field("Version", p.version)
	field("Architecture", p.arch)
	field("Pre-Depends", p.preDepends)
	field("Depends", p.depends)
	field("Provides", p.provides)
	field("Installed-Size", strconv.FormatInt(p.installed, 10))
	field("Filename", p.path)
	field("Size", strconv.FormatInt(p.size, 10))
	field("SHA256", p.digest.String())
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

// sourceName returns the name of the source package that the package was built from.
func (p *pkg) sourceName() string {
	name, _, _ := strings.Cut(p.source, " ")
	if name == "" {
		return p.name
	}
	return name
}

// sourceVersion returns the version of the source package. A rebuild (+b1) has its own package version, but the same
// source version as the packages that were not rebuilt.
func (p *pkg) sourceVersion() string {
	if _, rest, ok := strings.Cut(p.source, "("); ok {
		return strings.TrimSuffix(strings.TrimSpace(rest), ")")
	}
	return p.version
}

// sameSource reports whether two packages come from the same version of the same source package.
func (p *pkg) sameSource(o *pkg) bool {
	return p.sourceName() == o.sourceName() && p.sourceVersion() == o.sourceVersion()
}

// dependencies returns the clauses that must be satisfied for the package to run.
func (p *pkg) dependencies() ([]clause, error) {
	clauses, err := parseClauses(p.preDepends + "," + p.depends)
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", p, err)
	}
	return clauses, nil
}

// unpackedBound returns an upper bound of the package's unpacked size in bytes. Installed-Size is an estimate that
// counts every file in whole KiB on the build machine's file system. Twice that, plus a MiB for very small packages,
// accepts every honest package and still stops one that would fill a disk.
func (p *pkg) unpackedBound() int64 { return 2*p.installed<<10 + 1<<20 }
