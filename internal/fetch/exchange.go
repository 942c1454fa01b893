package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/trust"
)

// exchange is the transport for one attempt. It turns an unexpected response into an error before its body is read, and
// ends the attempt when no data arrives.
type exchange struct {
	next   http.RoundTripper
	alarm  *alarm
	offset int64 // where to resume the file; 0: fetch all of it
	size   int64 // of the whole file; 0: not known
	atMost int64 // limit on the bytes of a file of unknown size; 0: none
}

// RoundTrip implements http.RoundTripper.
func (e *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	e.alarm.reset()
	resp, err := e.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if req.Method == http.MethodGet {
		if err := e.accept(req, resp); err != nil {
			resp.Body.Close()
			return nil, err
		}
	}
	resp.Body = &heard{resp.Body, e.alarm}
	return resp, nil
}

func (e *exchange) accept(req *http.Request, resp *http.Response) error {
	name := redact(req.URL)
	switch code := resp.StatusCode; {
	case code >= 300 && code < 400 && resp.Header.Get("Location") != "":
		return nil
	case req.Header.Get("Range") != "":
		// go-getter would append the body of any of these responses to the partial file.
		if code == http.StatusOK || code == http.StatusRequestedRangeNotSatisfiable {
			return errCannotResume
		}
		if code == http.StatusPartialContent {
			return e.acceptRange(resp.Header.Get("Content-Range"))
		}
		return &statusError{code}
	case code != http.StatusOK:
		return &statusError{code}
	case e.size > 0 && resp.ContentLength >= 0 && resp.ContentLength != e.size:
		return &trust.SizeError{Name: name, Want: e.size, Got: resp.ContentLength}
	case e.atMost > 0 && resp.ContentLength > e.atMost:
		return &trust.SizeError{Name: name, Want: e.atMost, Got: resp.ContentLength}
	}
	return nil
}

// acceptRange checks a Content-Range (RFC 9110, section 14.4): it must start at the offset and be of a file of the
// expected size.
func (e *exchange) acceptRange(contentRange string) error {
	var first, last, total int64
	if _, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &total); err != nil {
		if _, err := fmt.Sscanf(contentRange, "bytes %d-%d/", &first, &last); err != nil || !strings.HasSuffix(contentRange, "/*") {
			return errCannotResume
		}
		total = e.size
	}
	if first != e.offset || e.size > 0 && total != e.size {
		return errCannotResume
	}
	return nil
}

// alarm cancels an attempt when it is not reset in time.
type alarm struct {
	timer *time.Timer
	after time.Duration
}

// watch returns the context of one attempt and the alarm that cancels it. stop must be called.
func watch(ctx context.Context, after time.Duration) (attempt context.Context, a *alarm, stop func()) {
	attempt, cancel := context.WithCancelCause(ctx)
	a = &alarm{after: after}
	a.timer = time.AfterFunc(after, func() { cancel(&silenceError{after}) })
	return attempt, a, func() {
		a.timer.Stop()
		cancel(context.Canceled)
	}
}

func (a *alarm) reset() { a.timer.Reset(a.after) }

// heard is a body that resets the alarm with each read.
type heard struct {
	io.ReadCloser
	alarm *alarm
}

func (h *heard) Read(p []byte) (int, error) {
	n, err := h.ReadCloser.Read(p)
	h.alarm.reset()
	return n, err
}
