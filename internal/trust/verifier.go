package trust

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
)

// SizeError reports data that is longer or shorter than expected.
type SizeError struct {
	Name string // file or URL
	Want int64  // bytes
	Got  int64  // bytes; reading stops as soon as it is more than Want
}

// Error does not print Got for data that is too long: reading stopped, so it is not the whole size.
func (e *SizeError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("%s: more than the expected %d bytes", e.Name, e.Want)
	}
	return fmt.Sprintf("%s: %d bytes, expected %d", e.Name, e.Got, e.Want)
}

// Verifier is a writer that counts and hashes the bytes that it passes on to another writer.
type Verifier struct {
	w     io.Writer
	name  string
	want  Digest
	size  int64
	count int64
	hash  hash.Hash
}

// NewVerifier returns a Verifier that passes what is written to it on to w. size is the exact size in bytes, and no
// more than that ever reaches w; 0 or less means that the size is unknown. name is a file or URL and is used in
// messages.
func NewVerifier(w io.Writer, name string, want Digest, size int64) *Verifier {
	return &Verifier{w: w, name: name, want: want, size: size, hash: sha256.New()}
}

// Write passes p on. It returns a *SizeError at the first byte beyond the expected size, after passing on those before.
func (v *Verifier) Write(p []byte) (int, error) {
	keep := p
	if v.size > 0 && int64(len(p)) > v.size-v.count {
		keep = p[:v.size-v.count]
	}
	n, err := v.w.Write(keep)
	v.hash.Write(keep[:n])
	v.count += int64(n)
	if err == nil && len(keep) < len(p) {
		err = &SizeError{Name: v.name, Want: v.size, Got: v.count + int64(len(p)-len(keep))}
	}
	return n, err
}

// Count returns the number of bytes that were passed on.
func (v *Verifier) Count() int64 { return v.count }

// Verify checks the size and the digest of the bytes that were passed on. It returns nil, a *SizeError or a
// *DigestError.
func (v *Verifier) Verify() error {
	if v.size > 0 && v.count != v.size {
		return &SizeError{Name: v.name, Want: v.size, Got: v.count}
	}
	got := SumDigest([sha256.Size]byte(v.hash.Sum(nil)))
	if v.want.IsZero() || got != v.want {
		return &DigestError{Name: v.name, Want: v.want, Got: got}
	}
	return nil
}

// VerifyFile checks the size and the digest of a file as a Verifier does, and returns the same errors. It does not read
// a file whose size is wrong.
func VerifyFile(path string, want Digest, size int64) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	if size > 0 && info.Size() != size {
		return &SizeError{Name: path, Want: size, Got: info.Size()}
	}
	v := NewVerifier(io.Discard, path, want, size)
	if _, err := io.Copy(v, file); err != nil {
		return fmt.Errorf("verifying: %w", err)
	}
	return v.Verify()
}
