package version

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// Range is a constraint over versions: ">= 1.78, < 1.95", "1.96.1", "0.66.0 || 0.66.1". A version with fewer than
// three parts and no operator means the whole series ("1.96" holds 1.96.1). The zero value holds every version.
type Range struct {
	text string
	sem  *semver.Constraints
}

// ParseRange reads a constraint. Bounds compare whole versions: 6.12.5 is not in "<= 6.12", and is in "> 6.12.0".
func ParseRange(text string) (Range, error) {
	sem, err := semver.NewConstraint(text)
	if err != nil {
		return Range{}, fmt.Errorf("version range %q: expected for instance 1.96.1, 1.96 or \">= 1.78, < 1.95\": %w", text, err)
	}
	// A release candidate is a version like any other here: 7.3-rc7 is in "< 7.3" and in ">= 7.2".
	sem.IncludePrerelease = true
	return Range{text: text, sem: sem}, nil
}

// MustParseRange is ParseRange for constants in tests and tables.
func MustParseRange(text string) Range {
	r, err := ParseRange(text)
	if err != nil {
		panic(err)
	}
	return r
}

// AtLeast is the range of all versions from v on.
func AtLeast(v Version) Range { return MustParseRange(">= " + v.text) }

// Exactly is the range that holds v alone.
func Exactly(v Version) Range { return MustParseRange("= " + v.text) }

// Contains reports whether v is in the range; the zero Version is in none.
func (r Range) Contains(v Version) bool {
	if v.IsZero() {
		return false
	}
	return r.sem == nil || r.sem.Check(&v.sem)
}

// IsZero reports whether the range is the one that holds everything.
func (r Range) IsZero() bool { return r.sem == nil }

// String gives the text that ParseRange read.
func (r Range) String() string { return r.text }

// MarshalText writes the constraint as it was read.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText reads what MarshalText wrote; "" gives the zero value.
func (r *Range) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*r = Range{}
		return nil
	}
	read, err := ParseRange(string(text))
	if err != nil {
		return err
	}
	*r = read
	return nil
}
