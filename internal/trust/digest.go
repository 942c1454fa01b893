package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256 sum. The zero value is not a digest and matches nothing.
type Digest struct {
	hex string // 64 lower-case digits, or ""
}

// ParseDigest parses 64 lower-case hexadecimal digits.
func ParseDigest(text string) (Digest, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != text {
		return Digest{}, fmt.Errorf("SHA-256 digest %q: expected 64 lower-case hexadecimal digits", text)
	}
	return Digest{hex: text}, nil
}

// SumDigest converts the sum that crypto/sha256 returned.
func SumDigest(sum [sha256.Size]byte) Digest { return Digest{hex: hex.EncodeToString(sum[:])} }

// DigestOf returns the SHA-256 digest of data.
func DigestOf(data []byte) Digest { return SumDigest(sha256.Sum256(data)) }

// IsZero reports whether d is the zero value.
func (d Digest) IsZero() bool { return d.hex == "" }

// String returns the 64 digits, or "" for the zero value.
func (d Digest) String() string { return d.hex }

// Short returns the first 12 digits, for names that people read.
func (d Digest) Short() string { return d.hex[:min(12, len(d.hex))] }

// MarshalText makes a Digest a plain string in TOML and JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.hex), nil }

// UnmarshalText parses what MarshalText wrote; "" is the zero value.
func (d *Digest) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Digest{}
		return nil
	}
	read, err := ParseDigest(string(text))
	if err != nil {
		return err
	}
	*d = read
	return nil
}

// DigestError reports data whose digest differs from the expected one.
type DigestError struct {
	Name string // file or URL
	Want Digest
	Got  Digest
}

// Error prints both digests in full, in hexadecimal, for comparison with what the publisher states.
func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: SHA-256 is %s, expected %s", e.Name, e.Got, e.Want)
}
