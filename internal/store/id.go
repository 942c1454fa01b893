package store

import (
	"fmt"
	"regexp"

	"github.com/krustup/krustup/internal/trust"
)

// ID names an object: what it is, its version, and the first 12 digits of the digest of what went into it, such as
// rust-1.85.1-0123456789ab. It is also the name of the object's directory. The zero value names no object.
type ID struct{ text string }

// The name has no part that begins with a digit, and the version begins with one: so the text divides in one way only.
var idPattern = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:-[a-z][a-z0-9_]*)*)-([0-9][0-9A-Za-z.+~_-]*)-([0-9a-f]{12})$`)

// NewID names the object of that name ("rust", "gcc-aarch64-linux-gnu") and version with inputs of that digest.
func NewID(name, version string, inputs trust.Digest) (ID, error) {
	id, err := ParseID(name + "-" + version + "-" + inputs.Short())
	if err == nil && (id.Name() != name || id.Version() != version) {
		err = fmt.Errorf("object name %q, version %q: the name must not have a part that begins with a digit", name, version)
	}
	if err != nil {
		return ID{}, err
	}
	return id, nil
}

// ParseID reads what String gives.
func ParseID(text string) (ID, error) {
	if len(text) > 200 || !idPattern.MatchString(text) {
		return ID{}, fmt.Errorf("object %q: expected name-version-digest such as rust-1.85.1-0123456789ab", text)
	}
	return ID{text}, nil
}

func (id ID) part(n int) string {
	if parts := idPattern.FindStringSubmatch(id.text); parts != nil {
		return parts[n]
	}
	return ""
}

// Name gives "rust" of rust-1.85.1-0123456789ab.
func (id ID) Name() string { return id.part(1) }

// Version gives "1.85.1" of rust-1.85.1-0123456789ab.
func (id ID) Version() string { return id.part(2) }

// String gives the whole.
func (id ID) String() string { return id.text }

// IsZero reports whether id names no object.
func (id ID) IsZero() bool { return id.text == "" }

// MarshalText makes an ID a plain string in TOML and JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText reads what MarshalText wrote.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = ID{}
		return nil
	}
	read, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = read
	return nil
}
