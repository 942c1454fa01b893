package install

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

// UnavailableError reports that no URL served the right file. Err joins the errors of each URL.
type UnavailableError struct {
	Name      string
	Digest    trust.Digest // of the file; for a signature, of the signed file
	Signature bool
	Err       error
}

// Error returns one line for one URL, else one line for each URL that was tried.
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
	fmt.Fprintf(&b, "fetching %s (%s %s), tried at %d addresses:", e.Name, what, e.Digest, len(looked))
	for _, err := range looked {
		fmt.Fprintf(&b, "\n  %v", err)
	}
	return b.String()
}

// Unwrap returns the errors of the URLs.
func (e *UnavailableError) Unwrap() error { return e.Err }

// Gone reports whether every URL answered that it does not have the file.
func (e *UnavailableError) Gone() bool {
	return !slices.ContainsFunc(eachError(e.Err), func(err error) bool { return !errors.As(err, new(*fetch.NotFoundError)) })
}

// eachError returns the parts of joined errors.
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

// unavailable adds the file to the errors of its URLs. An error of this machine, such as a full disk, is unchanged.
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
