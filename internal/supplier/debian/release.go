package debian

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/trust"
)

// release holds the data that is used of a suite's signed Release file.
type release struct {
	suite      string // "stable"
	codename   string // "trixie"
	date       time.Time
	validUntil time.Time // zero: never expires, as for a stable release
	byHash     bool
	files      map[string]releaseFile // by path under dists/SUITE
}

// releaseFile is one line of the SHA256 field.
type releaseFile struct {
	digest trust.Digest
	size   int64
}

// parseRelease parses the text of a Release file. name is its URL, for messages. Errors are *FormatError.
func parseRelease(name string, text []byte) (release, error) {
	var r release
	paragraphs := 0
	err := scanStanzas(name, bytes.NewReader(text), func(s stanza) error {
		paragraphs++
		for field, value := range s.fields() {
			if err := r.set(string(field), value); err != nil {
				return &FormatError{Name: name, Reason: err.Error()}
			}
		}
		return nil
	})
	if err != nil {
		return release{}, err
	}
	switch {
	case paragraphs != 1:
		return release{}, &FormatError{Name: name, Reason: fmt.Sprintf("found %d paragraphs, expected one", paragraphs)}
	case r.codename == "":
		return release{}, &FormatError{Name: name, Reason: "no Codename"}
	case r.date.IsZero():
		return release{}, &FormatError{Name: name, Reason: "no Date"}
	case r.files == nil:
		return release{}, &FormatError{Name: name, Reason: "no SHA256 sums"}
	}
	return r, nil
}

func (r *release) set(field string, value []byte) (err error) {
	switch field {
	case "Suite":
		r.suite = string(value)
	case "Codename":
		r.codename = string(value)
	case "Date":
		r.date, err = parseDate(value)
	case "Valid-Until":
		r.validUntil, err = parseDate(value)
	case "Acquire-By-Hash":
		r.byHash = string(value) == "yes"
	case "SHA256":
		r.files, err = parseSums(value)
	}
	if err != nil {
		return fmt.Errorf("field %s: %w", field, err)
	}
	return nil
}

// parseDate parses a date of a Release file, which is always in UTC: "Sat, 05 Sep 2026 10:11:12 UTC".
func parseDate(value []byte) (time.Time, error) {
	text := string(value)
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 UTC", "Mon, 2 Jan 2006 15:04:05 UTC", "Mon, 02 Jan 2006 15:04:05 +0000"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("date %q: expected a date such as %q", text, "Sat, 05 Sep 2026 10:11:12 UTC")
}

// parseSums parses lines of digest, size and path.
func parseSums(value []byte) (map[string]releaseFile, error) {
	files := map[string]releaseFile{}
	for line := range strings.Lines(string(value)) {
		parts := strings.Fields(line)
		if len(parts) == 0 {
			continue
		}
		if len(parts) != 3 {
			return nil, fmt.Errorf("line %q: expected digest, size and path", strings.TrimSpace(line))
		}
		digest, err := trust.ParseDigest(parts[0])
		if err != nil {
			return nil, err
		}
		size, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil || size < 0 {
			return nil, fmt.Errorf("size %q of %s: expected a number of bytes", parts[1], parts[2])
		}
		file := releaseFile{digest: digest, size: size}
		if other, twice := files[parts[2]]; twice && other != file {
			return nil, fmt.Errorf("%s is listed twice with different sums", parts[2])
		}
		files[parts[2]] = file
	}
	return files, nil
}

// index returns the smallest form of an architecture's index that the Release file lists, and the uncompressed form.
// The latter is always listed, even if the server has only compressed forms; ok is false if it is not.
func (r release) index(arch string) (name string, file, plain releaseFile, ok bool) {
	base := "main/binary-" + arch + "/Packages"
	plain, ok = r.files[base]
	for _, ext := range []string{".xz", ".gz", ""} {
		if file, found := r.files[base+ext]; found && ok {
			return base + ext, file, plain, true
		}
	}
	return base, releaseFile{}, releaseFile{}, false
}
