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

// UnreachableError reports that a URL could not be read: no network, unknown host, connection refused, timeout,
// untrusted certificate, or repeatedly interrupted or failing (5xx). Err says which.
type UnreachableError struct {
	URL string // without credentials
	Err error
}

func (e *UnreachableError) Error() string { return fmt.Sprintf("%s: unreachable: %v", e.URL, e.Err) }

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// NotFoundError reports that a server does not have (404, 410) or refuses (401, 403, ...) the file.
type NotFoundError struct {
	URL    string // without credentials
	Status int    // HTTP status; 0: a file URL
}

// Error prints the status with its HTTP text: "the server answered 404 Not Found".
func (e *NotFoundError) Error() string {
	if e.Status == 0 {
		return e.URL + ": no such file"
	}
	return fmt.Sprintf("%s: the server answered %d %s", e.URL, e.Status, http.StatusText(e.Status))
}

// URLError reports a URL that this package does not accept.
type URLError struct {
	URL    string // without credentials
	Reason string
}

func (e *URLError) Error() string { return fmt.Sprintf("URL %s: %s", e.URL, e.Reason) }

// InsecureRedirectError reports a redirect from https to a URL whose contents could be changed in transit.
type InsecureRedirectError struct {
	From, To string // without credentials
}

// Error names both ends of the redirect.
func (e *InsecureRedirectError) Error() string {
	return fmt.Sprintf("%s redirects to %s, expected https", e.From, e.To)
}

// silenceError is the cause of cancelling an attempt that received no data for too long.
type silenceError struct{ after time.Duration }

func (e *silenceError) Error() string { return fmt.Sprintf("timeout: no data for %v", e.after) }

// statusError is a response with an unexpected HTTP status.
type statusError struct{ code int }

func (e *statusError) Error() string {
	return fmt.Sprintf("the server answered %d %s", e.code, http.StatusText(e.code))
}

// busy reports whether the status is temporary.
func (e *statusError) busy() bool {
	return e.code >= 500 || e.code == http.StatusTooManyRequests || e.code == http.StatusRequestTimeout
}

// errCannotResume is exchange's error for a server that does not continue where the partial file ends.
var errCannotResume = errors.New("the server cannot resume a download")

// explain turns the error of an attempt into one of the types above, a digest or size error, or an error of the local
// disk. ctx is that of the attempt.
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

// plain removes net/http's wrapping, which repeats the URL with its user and query.
func plain(err error) error {
	var wrapped *url.Error
	for errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return fmt.Errorf("connection closed before the end of the file: %w", err)
	}
	return err
}

// spoilt reports whether the partial file must be discarded.
func spoilt(err error) bool {
	var size *trust.SizeError
	var digest *trust.DigestError
	return errors.As(err, &size) || errors.As(err, &digest) || errors.Is(err, errCannotResume)
}

// passing reports whether the failure may be temporary, so that a retry makes sense. A failure to connect is not
// retried, because without a network the error should come at once.
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

// final reports whether other URLs would fail in the same way.
func final(ctx context.Context, err error) bool {
	var disk *fs.PathError
	var rename *os.LinkError
	return ctx.Err() != nil || errors.As(err, &disk) || errors.As(err, &rename)
}
