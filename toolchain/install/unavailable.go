package install

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

// UnavailableError says that no address gave a file, or none the right one. Err holds what each of them gave instead.
type UnavailableError struct {
	Name      string
	Digest    trust.Digest // of the file; of a signature, that of what it is over
	Signature bool
	Err       error
}

func (e *UnavailableError) Error() string {
	what := "SHA-256"
	if e.Signature {
		what = "the signature over SHA-256"
	}
	looked := eachError(e.Err)
	if len(looked) == 1 {
		return fmt.Sprintf("fetching %s (%s %s): %v", e.Name, what, e.Digest, looked[0])
	}
	var b strings.Builder
	fmt.Fprintf(&b, "fetching %s (%s %s), which was looked for at %d addresses:", e.Name, what, e.Digest, len(looked))
	for _, err := range looked {
		fmt.Fprintf(&b, "\n  %v", err)
	}
	return b.String()
}

// Unwrap gives what the addresses gave.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Gone reports whether every address answered, and none has the file.
func (e *UnavailableError) Gone() bool {
	return !slices.ContainsFunc(eachError(e.Err), func(err error) bool { return !errors.As(err, new(*fetch.NotFoundError)) })
}

// eachError takes joined errors apart.
func eachError(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var list []error
	for _, e := range joined.Unwrap() {
		list = append(list, eachError(e)...)
	}
	return list
}

// unavailable gives an error of the addresses its file; one of this machine stays what it is.
func unavailable(e UnavailableError) error {
	for _, err := range eachError(e.Err) {
		switch {
		case errors.As(err, new(*fetch.UnreachableError)), errors.As(err, new(*fetch.NotFoundError)), errors.As(err, new(*fetch.URLError)),
			errors.As(err, new(*trust.DigestError)), errors.As(err, new(*trust.SizeError)):
		default:
			return fmt.Errorf("fetching %s: %w", e.Name, e.Err)
		}
	}
	return &e
}
