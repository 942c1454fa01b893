package debian

import (
	"fmt"
	"strings"
	"time"
)

const dateFormat = "2 Jan 2006 15:04 UTC"

// StaleError reports a Release file that is past its Valid-Until: the mirror is stale, or this is a freeze attack that
// withholds newer packages from this machine.
type StaleError struct {
	Suite      string
	URL        string
	ValidUntil time.Time
	Now        time.Time
	Kept       bool `json:"-"` // it was valid when it was fetched, and expired in the store
}

// Error prints both times in UTC, so that a wrong clock of this machine shows.
func (e *StaleError) Error() string {
	if e.Kept {
		return fmt.Sprintf("the stored catalogue of suite %s expired on %s; it is now %s",
			e.Suite, e.ValidUntil.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
	}
	return fmt.Sprintf("%s: the Release file of suite %s expired on %s; it is now %s",
		e.URL, e.Suite, e.ValidUntil.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
}

// Unverified marks the error as a failed verification.
func (*StaleError) Unverified() bool { return true }

// ReplayError reports a Release file that is older than the one in the catalogue.
type ReplayError struct {
	Suite string
	URL   string
	Date  time.Time // of the Release file
	Seen  time.Time // date of the one in the catalogue
}

// Error prints both dates in UTC.
func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s: the Release file of suite %s is dated %s, older than the one of %s that was seen before",
		e.URL, e.Suite, e.Date.UTC().Format(dateFormat), e.Seen.UTC().Format(dateFormat))
}

// Unverified marks the error as a failed verification.
func (*ReplayError) Unverified() bool { return true }

// FutureError reports a Release file that is dated in the future. The clock of this machine may be wrong instead.
type FutureError struct {
	Suite string
	URL   string
	Date  time.Time
	Now   time.Time
}

// Error names both causes: a wrong date in the Release file, and a wrong clock of this machine.
func (e *FutureError) Error() string {
	return fmt.Sprintf("%s: the Release file of suite %s is dated %s, but it is now %s: the Release file or the clock of this machine is wrong",
		e.URL, e.Suite, e.Date.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
}

// Unverified marks the error as a failed verification.
func (*FutureError) Unverified() bool { return true }

// SuiteError reports that a mirror served another suite than the requested one.
type SuiteError struct {
	URL  string
	Want string // codename
	Got  string
}

func (e *SuiteError) Error() string {
	return fmt.Sprintf("%s: the Release file has codename %q, expected %q", e.URL, e.Got, e.Want)
}

// Unverified marks the error as a failed verification.
func (*SuiteError) Unverified() bool { return true }

// IndexError reports a signed Release file that lists no index for an architecture.
type IndexError struct {
	URL   string
	Index string // "main/binary-amd64/Packages"
}

// Error lists the compressions that were looked for.
func (e *IndexError) Error() string {
	return fmt.Sprintf("%s: the Release file does not list %s with .xz, .gz or no extension", e.URL, e.Index)
}

// Unverified marks the error as a failed verification.
func (*IndexError) Unverified() bool { return true }

// FormatError reports signed text in an invalid format.
type FormatError struct {
	Name   string // file or URL
	Reason string
}

func (e *FormatError) Error() string { return e.Name + ": " + e.Reason }

// Unverified marks the error as a failed verification.
func (*FormatError) Unverified() bool { return true }

// FailedError reports why an earlier run of krustup could not read a suite.
type FailedError struct {
	Suite string
	When  time.Time
	What  string
	Kind  FailureKind
}

// Error dates the failure, because the suite may be readable by now.
func (e *FailedError) Error() string {
	return fmt.Sprintf("suite %s could not be read on %s: %s", e.Suite, e.When.UTC().Format(dateFormat), e.What)
}

// Unverified reports whether the earlier failure was a failed verification.
func (e *FailedError) Unverified() bool { return e.Kind == FailureUnverified }

// UnsatisfiableError reports a dependency that no available package satisfies.
type UnsatisfiableError struct {
	Package  string   // package that has the dependency, with its version
	Relation string   // the dependency, with its alternatives
	Chain    []string // names from the component's package down to Package
	Found    []string // available packages of that name, with version and suite
}

// Error adds the chain of dependencies, from the component's package down, if it is longer than one.
func (e *UnsatisfiableError) Error() string {
	found := "no package of that name is available"
	if len(e.Found) > 0 {
		found = "available: " + strings.Join(e.Found, ", ")
	}
	text := fmt.Sprintf("%s depends on %s: %s", e.Package, e.Relation, found)
	if len(e.Chain) > 1 {
		text += " (needed by " + strings.Join(e.Chain, " > ") + ")"
	}
	return text
}

// UnknownOfferError reports an offer that the catalogues do not have, or no longer have.
type UnknownOfferError struct{ Key string }

func (e *UnknownOfferError) Error() string {
	return fmt.Sprintf("debian's catalogues have no offer %q", e.Key)
}
