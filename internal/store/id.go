package store

import (
	"fmt"
	"regexp"

	"github.com/krustup/krustup/internal/trust"
)

// ID identifies an object by its name, its version, and the first 12 digits of the digest of its inputs, such as
// rust-1.85.1-0123456789ab. It is also the name of the object's directory. The zero value identifies no object.
type ID struct{ text string }

// There is only one way to split the text, because the version starts with a digit and no part of the name does.
var idPattern = regexp.MustCompile(`^([a-z][a-z0-9_]*(?:-[a-z][a-z0-9_]*)*)-([0-9][0-9A-Za-z.+~_-]*)-([0-9a-f]{12})$`)

// NewID returns the ID of an object with a name ("rust", "gcc-aarch64-linux-gnu"), a version and a digest of its
// inputs.
func NewID(name, version string, inputs trust.Digest) (ID, error) {
	id, err := ParseID(name + "-" + version + "-" + inputs.Short())
	if err == nil && (id.Name() != name || id.Version() != version) {
		err = fmt.Errorf("object name %q, version %q: no part of the name may start with a digit", name, version)
	}
	if err != nil {
		return ID{}, err
	}
	return id, nil
}

// ParseID parses the result of String.
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

// Name returns "rust" for rust-1.85.1-0123456789ab.
func (id ID) Name() string { return id.part(1) }

// Version returns "1.85.1" for rust-1.85.1-0123456789ab.
func (id ID) Version() string { return id.part(2) }

// String returns the whole ID, or "" for the zero value.
func (id ID) String() string { return id.text }

// IsZero reports whether id is the zero value.
func (id ID) IsZero() bool { return id.text == "" }

// MarshalText encodes an ID as a string in TOML and JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.text), nil }

// UnmarshalText decodes the result of MarshalText.
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
