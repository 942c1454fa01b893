package debian

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
)

// FailureKind is the kind of failure that kept a suite from being read, for callers that decide on it.
type FailureKind string

// The kinds of failure.
const (
	FailureStale       FailureKind = "stale"       // its metadata has expired
	FailureUnverified  FailureKind = "unverified"  // it was fetched, but verification failed
	FailureUnreachable FailureKind = "unreachable" // it could not be fetched
	FailureOther       FailureKind = "other"       // a disk error, an invalid address, ...
)

// kindOf returns the kind of an error of Update. If several addresses failed in different ways, it is the most serious.
func kindOf(err error) FailureKind {
	switch {
	case is[*StaleError](err):
		return FailureStale
	case is[*trust.SignatureError](err), is[*trust.DigestError](err), is[*trust.SizeError](err),
		is[*ReplayError](err), is[*FutureError](err), is[*SuiteError](err), is[*IndexError](err), is[*FormatError](err),
		is[*archive.FormatError](err), is[*archive.HostileError](err), is[*archive.ConflictError](err):
		return FailureUnverified
	case is[*fetch.UnreachableError](err), is[*fetch.NotFoundError](err):
		return FailureUnreachable
	}
	return FailureOther
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// failure is failed.json, which records why the last update of a suite failed.
type failure struct {
	When  time.Time   `json:"when"`
	What  string      `json:"what"`
	Kind  FailureKind `json:"kind,omitempty"`  // missing in files of the first version of krustup
	Stale *StaleError `json:"stale,omitempty"` // set for stale metadata, because a caller can offer to accept it
}

// writeFailure records err for later runs; nil removes the record.
func writeFailure(dir string, now time.Time, err error) error {
	path := filepath.Join(dir, "failed.json")
	if err == nil {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("writing catalogue: %w", err)
		}
		return nil
	}
	f := failure{When: now, What: err.Error(), Kind: kindOf(err)}
	errors.As(err, &f.Stale)
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	return disk.ReplaceFile(path, append(data, '\n'))
}

// readFailure returns the recorded failure as a *StaleError or a *FailedError. It returns nil if the last update
// succeeded or there was none.
func readFailure(dir, suite string) error {
	name := filepath.Join(dir, "failed.json")
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading catalogue: %w", err)
	}
	var f failure
	if err := json.Unmarshal(data, &f); err != nil {
		return fmt.Errorf("reading catalogue %s: %w", name, err)
	}
	if f.Stale != nil {
		return f.Stale
	}
	switch f.Kind {
	case FailureStale, FailureUnverified, FailureUnreachable, FailureOther:
	default: // a kind of another version of krustup
		f.Kind = FailureOther
	}
	return &FailedError{Suite: suite, When: f.When, What: f.What, Kind: f.Kind}
}
