// Package version defines the two types that all comparisons of releases use. A Version is one upstream release of a
// tool or kernel ("1.85.1", "22.1.8", "7.3-rc7"). A Range is a constraint on such releases.
//
// Invariant: versions compare by number, never by text (1.100 is newer than 1.97). A distribution's version string
// never becomes a Version: it is kept as opaque text, next to the upstream version that it contains.
package version

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Version is one upstream release. The zero value is not a version; IsZero reports it. A Version keeps the text that it
// was parsed from, so two versions that are equal by Compare can differ by ==.
type Version struct {
	text string
	sem  semver.Version
}

// Parse parses a version such as "1.85", "1.85.1" or "7.3-rc7". It refuses a leading "v" and build metadata ("+dfsg1"),
// which upstream versions do not have.
func Parse(text string) (Version, error) {
	if text == "" || text[0] < '0' || text[0] > '9' || strings.Contains(text, "+") {
		return Version{}, fmt.Errorf("version %q: expected a version such as 1.85.1 or 7.3-rc7", text)
	}
	sem, err := semver.NewVersion(semantic(text))
	if err != nil {
		return Version{}, fmt.Errorf("version %q: expected a version such as 1.85.1 or 7.3-rc7: %w", text, err)
	}
	return Version{text: text, sem: *sem}, nil
}

// prerelease matches a version or a bound of a range with a prerelease: "7.3-rc10", "1.2.3-beta".
var prerelease = regexp.MustCompile(`\b([0-9]+(?:\.[0-9]+){0,2})-([A-Za-z]+)?(0|[1-9][0-9]*)?([0-9A-Za-z.-]*)`)

// semantic writes the prereleases in text as semantic versioning requires them: "7.3-rc10" as "7.3.0-rc.10". Its rules
// compare only dot-separated numbers by value, so that rc10 would be older than rc9, and a bound without a patch level
// would be a whole series.
func semantic(text string) string {
	if !strings.Contains(text, "-") {
		return text // nearly all of them
	}
	return prerelease.ReplaceAllStringFunc(text, func(found string) string {
		part := prerelease.FindStringSubmatch(found)
		number := part[1] + strings.Repeat(".0", 2-strings.Count(part[1], "."))
		if part[2] == "" || part[3] == "" || part[4] != "" {
			return number + strings.TrimPrefix(found, part[1])
		}
		return number + "-" + part[2] + "." + part[3]
	})
}

// MustParse is like Parse but panics on an error. It is for constants in tests and tables.
func MustParse(text string) Version {
	v, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero reports whether v is the zero value.
func (v Version) IsZero() bool { return v.text == "" }

// String returns the text that Parse parsed.
func (v Version) String() string { return v.text }

// Major returns the first part of the version.
func (v Version) Major() int { return int(v.sem.Major()) }

// Minor returns the second part of the version, or 0 if the text had none.
func (v Version) Minor() int { return int(v.sem.Minor()) }

// Patch returns the third part of the version, or 0 if the text had none.
func (v Version) Patch() int { return int(v.sem.Patch()) }

// Prerelease returns the part after the dash, such as "rc7", or "".
func (v Version) Prerelease() string {
	_, after, _ := strings.Cut(v.text, "-")
	return after
}

// Series returns the first two parts: "6.12" for 6.12.107.
func (v Version) Series() string { return fmt.Sprintf("%d.%d", v.sem.Major(), v.sem.Minor()) }

// Compare returns -1 if v is older than o, +1 if it is newer, and 0 if they are equal. A prerelease is older than its
// release, rc9 is older than rc10, and parts that the text left out are 0.
func (v Version) Compare(o Version) int { return v.sem.Compare(&o.sem) }

// Less reports whether v is older than o.
func (v Version) Less(o Version) bool { return v.Compare(o) < 0 }

// MarshalText makes a Version a plain string in TOML and JSON.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.text), nil }

// UnmarshalText parses what MarshalText wrote; "" is the zero value.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	read, err := Parse(string(text))
	if err != nil {
		return err
	}
	*v = read
	return nil
}
