package version

import (
	"fmt"

	"github.com/Masterminds/semver/v3"
)

// Range is a constraint on versions: ">= 1.78, < 1.95", "1.96.1", "0.66.0 || 0.66.1". A version with fewer than three
// parts and no operator means the whole series ("1.96" contains 1.96.1). The zero value contains every version.
type Range struct {
	text string
	sem  *semver.Constraints
}

// ParseRange parses a constraint in the syntax of github.com/Masterminds/semver. A bound with fewer than three parts is
// a whole series: 6.12.5 is in "<= 6.12" and in "> 6.12.0" but not in "> 6.12".
func ParseRange(text string) (Range, error) {
	sem, err := semver.NewConstraint(semantic(text))
	if err != nil {
		return Range{}, fmt.Errorf("version range %q: expected a range such as 1.96.1, 1.96 or \">= 1.78, < 1.95\": %w", text, err)
	}
	// Release candidates are ordinary versions here: 7.3-rc7 is in "< 7.3" and in ">= 7.2".
	sem.IncludePrerelease = true
	return Range{text: text, sem: sem}, nil
}

// MustParseRange is like ParseRange but panics on an error. It is for constants in tests and tables.
func MustParseRange(text string) Range {
	r, err := ParseRange(text)
	if err != nil {
		panic(err)
	}
	return r
}

// AtLeast returns the range of v and all later versions. v must not be the zero value.
func AtLeast(v Version) Range { return MustParseRange(">= " + v.text) }

// Exactly returns the range that contains only v: that of 6.12 does not contain 6.12.5. v must not be the zero value.
func Exactly(v Version) Range {
	r := MustParseRange("= " + v.sem.String()) // has all three parts
	r.text = "= " + v.text
	return r
}

// Contains reports whether v is in the range. No range contains the zero Version.
func (r Range) Contains(v Version) bool {
	if v.IsZero() {
		return false
	}
	return r.sem == nil || r.sem.Check(&v.sem)
}

// IsZero reports whether r is the zero value, which contains every version.
func (r Range) IsZero() bool { return r.sem == nil }

// String returns the text that ParseRange parsed.
func (r Range) String() string { return r.text }

// MarshalText returns the text that ParseRange parsed.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText parses what MarshalText wrote; "" is the zero value.
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
