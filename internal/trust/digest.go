package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Digest is a SHA-256 sum. The zero value is no digest and matches nothing.
type Digest struct {
	hex string // 64 lower-case digits, or ""
}

// ParseDigest reads 64 lower-case hexadecimal digits.
func ParseDigest(text string) (Digest, error) {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != sha256.Size || hex.EncodeToString(raw) != text {
		return Digest{}, fmt.Errorf("SHA-256 digest %q: expected 64 lower-case hexadecimal digits", text)
	}
	return Digest{hex: text}, nil
}

// SumDigest wraps the sum of a finished hash.
func SumDigest(sum [sha256.Size]byte) Digest { return Digest{hex: hex.EncodeToString(sum[:])} }

// DigestOf hashes data.
func DigestOf(data []byte) Digest { return SumDigest(sha256.Sum256(data)) }

// IsZero reports whether d is no digest.
func (d Digest) IsZero() bool { return d.hex == "" }

// String gives the 64 digits.
func (d Digest) String() string { return d.hex }

// Short gives the first 12 digits, for names that people read.
func (d Digest) Short() string { return d.hex[:min(12, len(d.hex))] }

// MarshalText makes a Digest a plain string in TOML and JSON.
func (d Digest) MarshalText() ([]byte, error) { return []byte(d.hex), nil }

// UnmarshalText reads what MarshalText wrote.
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

// DigestError says that bytes are not the ones that were promised.
type DigestError struct {
	Name string // file or URL
	Want Digest
	Got  Digest
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: SHA-256 is %s, expected %s", e.Name, e.Got, e.Want)
}
