package trust

import (
	"encoding/hex"
	"fmt"
	"strings"
)

// fingerprintSize is the length of a version 4 fingerprint in bytes (RFC 9580, section 5.5.4.2). Version 6 keys have
// longer ones; no archive that krustup reads is signed by such a key yet.
const fingerprintSize = 20

// Fingerprint names an OpenPGP primary key. The zero value is no fingerprint.
type Fingerprint struct {
	hex string // 40 upper-case digits, or ""
}

// ParseFingerprint reads 40 hexadecimal digits of either case, with or without the spaces that people print them with.
func ParseFingerprint(text string) (Fingerprint, error) {
	digits := strings.ToUpper(strings.Join(strings.Fields(text), ""))
	raw, err := hex.DecodeString(digits)
	if err != nil || len(raw) != fingerprintSize {
		return Fingerprint{}, fmt.Errorf("OpenPGP fingerprint %q: expected 40 hexadecimal digits", text)
	}
	return Fingerprint{hex: digits}, nil
}

// fingerprintOf wraps the fingerprint of a parsed key; that of a key of another version than 4 is the zero value.
func fingerprintOf(raw []byte) Fingerprint {
	if len(raw) != fingerprintSize {
		return Fingerprint{}
	}
	return Fingerprint{hex: strings.ToUpper(hex.EncodeToString(raw))}
}

// IsZero reports whether f is no fingerprint.
func (f Fingerprint) IsZero() bool { return f.hex == "" }

// String gives the 40 digits.
func (f Fingerprint) String() string { return f.hex }

// MarshalText makes a Fingerprint a plain string in TOML and JSON.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.hex), nil }

// UnmarshalText reads what MarshalText wrote; "" gives the zero value.
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
