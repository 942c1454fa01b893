package trust

import (
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
)

// SizeError says that there are more or fewer bytes than were promised.
type SizeError struct {
	Name string // file or URL
	Want int64  // bytes
	Got  int64  // bytes; when more than Want, reading stopped there
}

func (e *SizeError) Error() string {
	if e.Got > e.Want {
		return fmt.Sprintf("%s: more than the expected %d bytes", e.Name, e.Want)
	}
	return fmt.Sprintf("%s: %d bytes, expected %d", e.Name, e.Got, e.Want)
}

// Verifier passes bytes on to a writer while it counts and hashes them.
type Verifier struct {
	w     io.Writer
	name  string
	want  Digest
	size  int64
	count int64
	hash  hash.Hash
}

// NewVerifier checks what is written through it to w. A size above 0 is exact, and no more than that ever reaches w;
// 0 or less means that the size is not known. name is the file or URL for messages.
func NewVerifier(w io.Writer, name string, want Digest, size int64) *Verifier {
	return &Verifier{w: w, name: name, want: want, size: size, hash: sha256.New()}
}

// Write passes p on. It fails with a *SizeError at the byte that is one too many; those before it have been passed on.
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

// Count gives the bytes that went through.
func (v *Verifier) Count() int64 { return v.count }

// Verify says whether what went through is all that was promised: nil, a *SizeError or a *DigestError.
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

// VerifyFile checks a file as a Verifier does. A file of another size is not read.
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
