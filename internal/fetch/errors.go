package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/krustup/krustup/internal/trust"
)

// UnreachableError says that a place gave no usable answer: no network, no such host, refused, silent for too long,
// a certificate that is not trusted, cut off or failing (5xx) again and again. Err says which.
type UnreachableError struct {
	URL string // without credentials
	Err error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("%s: not reachable: %v", e.URL, e.Err) }

// Unwrap gives the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// NotFoundError says that a place answered and does not have (404, 410) or not give (401, 403, ...) the file.
type NotFoundError struct {
	URL    string // without credentials
	Status int    // of HTTP; 0: a file URL
}

func (e *NotFoundError) Error() string {
	if e.Status == 0 {
		return e.URL + ": no such file"
	}
	return fmt.Sprintf("%s: the server answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// URLError says that an address is not one that this package follows.
type URLError struct {
	URL    string // without credentials
	Reason string
}

func (e *URLError) Error() string { return fmt.Sprintf("address %s: %s", e.URL, e.Reason) }

// InsecureRedirectError says that an https address sends on to one that anybody on the way could change.
type InsecureRedirectError struct {
	From, To string // without credentials
}

func (e *InsecureRedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, expected https", e.From, e.To)
}

// silenceError is the cause with which an attempt is cancelled when nothing comes for too long.
type silenceError struct{ after time.Duration }

func (e *silenceError) Error() string { return fmt.Sprintf("nothing came for %v", e.after) }

// statusError is an answer other than the file.
type statusError struct{ code int }

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
}

// busy reports answers that may be another one in a moment.
func (e *statusError) busy() bool {
	return e.code >= 500 || e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout
}

// errCannotResume is how exchange tells of a server that does not go on where the partial file ends.
var errCannotResume = errors.New("the server does not send the rest of a file")

// explain gives what went wrong in an attempt as one of the types above, a digest or size error, or an error of the
// local disk. ctx is the attempt's own.
func explain(ctx context.Context, src source, err error) error {
	var silence *silenceError
	var status *statusError
	var size *trust.SizeError
	var digest *trust.DigestError
	var disk *fs.PathError
	switch cause := context.Cause(ctx); {
	case errors.As(cause, &silence):
		return &UnreachableError{URL: src.String(), Err: silence}
	case cause != nil:
		return fmt.Errorf("fetching %s: %w", src, cause)
	case errors.As(err, &size):
		size.Name = src.String()
		return size
	case errors.As(err, &digest):
		digest.Name = src.String()
		return digest
	case errors.Is(err, errCannotResume):
		return errCannotResume
	case errors.As(err, &status) && !status.busy() && status.code >= 400:
		return &NotFoundError{URL: src.String(), Status: status.code}
	case errors.As(err, &disk):
		return fmt.Errorf("fetching %s: %w", src, disk)
	}
	return &UnreachableError{URL: src.String(), Err: plain(err)}
}

// plain takes off net/http's wrapping, which repeats the address with its user and query.
func plain(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("the connection was cut: %w", err)
	}
	return err
}

// spoilt reports that the partial file cannot become the file.
func spoilt(err error) bool {
	var size *trust.SizeError
	var digest *trust.DigestError
	return errors.As(err, &size) || errors.As(err, &digest) || errors.Is(err, errCannotResume)
}

// passing reports whether another try a little later is worth it. A host that cannot be connected to is not asked
// again: offline, the answer is to come at once.
func passing(err error) bool {
	var unreachable *UnreachableError
	if !errors.As(err, &unreachable) {
		return false
	}
	var operation *net.OpError
	var certificate *tls.CertificateVerificationError
	var redirect *InsecureRedirectError
	switch {
	case errors.As(err, &operation) && (operation.Op == "dial" || operation.Op == "proxyconnect"):
		return false
	case errors.As(err, &certificate), errors.As(err, &redirect):
		return false
	}
	return true
}

// final reports that no other address can help.
func final(ctx context.Context, err error) bool {
	var disk *fs.PathError
	var rename *os.LinkError
	return ctx.Err() != nil || errors.As(err, &disk) || errors.As(err, &rename)
}
