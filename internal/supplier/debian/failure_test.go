package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

func TestFailureKinds(t *testing.T) {
	cases := []struct {
		err  error
		want FailureKind
	}{
		{&trust.SignatureError{}, FailureUnverified},
		{&trust.DigestError{}, FailureUnverified},
		{&trust.SizeError{}, FailureUnverified},
		{&ReplayError{}, FailureUnverified},
		{&FutureError{}, FailureUnverified},
		{&SuiteError{}, FailureUnverified},
		{&IndexError{}, FailureUnverified},
		{&FormatError{}, FailureUnverified},
		{&archive.FormatError{Err: errors.New("corrupt")}, FailureUnverified},
		{&archive.HostileError{}, FailureUnverified},
		{&archive.ConflictError{}, FailureUnverified},
		{&fetch.UnreachableError{Err: context.DeadlineExceeded}, FailureUnreachable},
		{&fetch.NotFoundError{}, FailureUnreachable},
		{fmt.Errorf("%w; %w", &fetch.NotFoundError{}, &trust.DigestError{}), FailureUnverified}, // one address each
		{&fetch.URLError{}, FailureOther},
		{os.ErrPermission, FailureOther},
	}
	for _, c := range cases {
		dir := t.TempDir()
		if err := writeFailure(dir, time.Now(), fmt.Errorf("suite sid: %w", c.err)); err != nil {
			t.Fatal(err)
		}
		got, ok := errors.AsType[*FailedError](readFailure(dir, "sid"))
		if !ok || got.Kind != c.want || got.Suite != "sid" {
			t.Errorf("%T was read back as %#v, expected kind %q", c.err, got, c.want)
		}
	}
}

// TestFailureFiles reads files that other versions of krustup wrote, and invalid ones.
func TestFailureFiles(t *testing.T) {
	const when = `"when": "2026-01-02T03:04:05Z"`
	cases := []struct{ name, text, want string }{
		{"without a kind", `{` + when + `, "what": "404"}`, "other: suite sid could not be read on 2 Jan 2026 03:04 UTC: 404"},
		{"kind of a later version", `{` + when + `, "what": "404", "kind": "moonphase"}`, "other: suite sid could not be read on 2 Jan 2026 03:04 UTC: 404"},
		{"this version", `{` + when + `, "what": "404", "kind": "unreachable"}`, "unreachable: suite sid could not be read on 2 Jan 2026 03:04 UTC: 404"},
		{
			"expired, without a kind", `{` + when + `, "what": "x", "stale": {"Suite": "sid", "URL": "u", "ValidUntil": "2026-01-01T00:00:00Z", "Now": "2026-01-02T00:00:00Z"}}`,
			"stale: u: the Release file of suite sid expired on 1 Jan 2026 00:00 UTC; it is now 2 Jan 2026 00:00 UTC",
		},
		{"not JSON", `{`, "another error"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "failed.json"), []byte(c.text), 0o644); err != nil {
				t.Fatal(err)
			}
			err := readFailure(dir, "sid")
			got := "another error"
			if failed, ok := errors.AsType[*FailedError](err); ok {
				got = string(failed.Kind) + ": " + err.Error()
			} else if is[*StaleError](err) {
				got = "stale: " + err.Error()
			}
			if got != c.want {
				t.Errorf("got %s (%v), expected %s", got, err, c.want)
			}
		})
	}
}
