package trust

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// fingerprintSize is the length in bytes of a version 4 fingerprint (RFC 9580, section 5.5.4.2). Version 6 keys have
// longer fingerprints, but none of the archives that krustup reads is signed with such a key yet.
const fingerprintSize = 20

// Fingerprint names an OpenPGP primary key of version 4. The zero value is not a fingerprint.
type Fingerprint struct {
	hex string // 40 upper-case digits, or ""
}

// ParseFingerprint parses 40 hexadecimal digits in either case, with or without spaces between them.
func ParseFingerprint(text string) (Fingerprint, error) {
	digits := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != fingerprintSize {
		return Fingerprint{}, fmt.Errorf("OpenPGP fingerprint %q: expected 40 hexadecimal digits", text)
	}
	return Fingerprint{hex: digits}, nil
}

// fingerprintOf converts the fingerprint of a parsed key. It returns the zero value for a key of any version but 4.
func fingerprintOf(raw []byte) Fingerprint {
	if len(raw) != fingerprintSize {
		return Fingerprint{}
	}
	return Fingerprint{hex: strings.ToUpper(hex.EncodeToString(raw))}
}

// IsZero reports whether f is the zero value.
func (f Fingerprint) IsZero() bool { return f.hex == "" }

// String returns the 40 digits in upper case, or "" for the zero value.
func (f Fingerprint) String() string { return f.hex }

// MarshalText makes a Fingerprint a plain string in TOML and JSON.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.hex), nil }

// UnmarshalText parses what MarshalText wrote; "" is the zero value.
func (f *Fingerprint) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*f = Fingerprint{}
		return nil
	}
	read, err := ParseFingerprint(string(text))
	if err != nil {
		return err
	}
	*f = read
	return nil
}
