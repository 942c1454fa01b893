// Package version holds the two value types that every comparison of releases goes through: Version, one upstream
// release of a tool or kernel ("1.85.1", "22.1.8", "7.3-rc7"), and Range, a constraint over such releases.
//
// Invariant: versions compare by number, never by text (1.100 is newer than 1.97), and a distribution's own version
// string never becomes a Version: it stays opaque beside the upstream version that it carries.
package version

import (
	"fmt"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Version is one upstream release. The zero value is not a version: IsZero reports it.
// Versions that are equal by Compare are not always equal by ==, because the text they were read from is kept.
type Version struct {
	text string
	sem  semver.Version
}

// Parse reads "1.85", "1.85.1" or "7.3-rc7". A leading "v" and build metadata are refused: they are not upstream's.
func Parse(text string) (Version, error) {
	if text == "" || text[0] < '0' || text[0] > '9' || strings.Contains(text, "+") {
		return Version{}, fmt.Errorf("version %q: expected numbers such as 1.85.1 or 7.3-rc7", text)
	}
	sem, err := semver.NewVersion(text)
	if err != nil {
		return Version{}, fmt.Errorf("version %q: expected numbers such as 1.85.1 or 7.3-rc7: %w", text, err)
	}
	return Version{text: text, sem: *sem}, nil
}

// MustParse is Parse for constants in tests and tables.
func MustParse(text string) Version {
	v, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return v
}

// IsZero reports whether v holds no version.
func (v Version) IsZero() bool { return v.text == "" }

// String gives the text that Parse read.
func (v Version) String() string { return v.text }

// Major, Minor and Patch give the parts; those that the text left out are 0.
func (v Version) Major() int { return int(v.sem.Major()) }

// Minor gives the second part.
func (v Version) Minor() int { return int(v.sem.Minor()) }

// Patch gives the third part.
func (v Version) Patch() int { return int(v.sem.Patch()) }

// Prerelease gives what follows the dash: "rc7", or "".
func (v Version) Prerelease() string { return v.sem.Prerelease() }

// Series gives the first two parts: "6.12" for 6.12.107.
func (v Version) Series() string { return fmt.Sprintf("%d.%d", v.sem.Major(), v.sem.Minor()) }

// Compare returns -1, 0 or +1. A prerelease is older than its release.
func (v Version) Compare(o Version) int { return v.sem.Compare(&o.sem) }

// Less reports v < o.
func (v Version) Less(o Version) bool { return v.Compare(o) < 0 }

// MarshalText and UnmarshalText make a Version a plain string in TOML and JSON.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.text), nil }

// UnmarshalText reads what MarshalText wrote; "" gives the zero value.
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
