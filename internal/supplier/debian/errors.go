package debian

import (
	"fmt"
	"strings"
	"time"
)

const dateFormat = "2 Jan 2006 15:04 UTC"

// StaleError says that a Release file is past its Valid-Until: the mirror is out of date, or somebody keeps newer
// packages from this machine.
type StaleError struct {
	Suite      string
	URL        string
	ValidUntil time.Time
	Now        time.Time
	Kept       bool `json:"-"` // it was valid when it was fetched, and expired in the store
}

func (e *StaleError) Error() string {
	if e.Kept {
		return fmt.Sprintf("the stored catalogue of suite %s expired on %s, now it is %s",
			e.Suite, e.ValidUntil.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
	}
	return fmt.Sprintf("%s: the Release file of suite %s expired on %s, now it is %s",
		e.URL, e.Suite, e.ValidUntil.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
}

// Unverified tells that what was read cannot be believed.
func (*StaleError) Unverified() bool { return true }

// ReplayError says that a Release file is older than one that was seen before.
type ReplayError struct {
	Suite string
	URL   string
	Date  time.Time
	Seen  time.Time
}

func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s: the Release file of suite %s is of %s, older than the one of %s that was seen before",
		e.URL, e.Suite, e.Date.UTC().Format(dateFormat), e.Seen.UTC().Format(dateFormat))
}

// Unverified tells that what was read cannot be believed.
func (*ReplayError) Unverified() bool { return true }

// FutureError says that a Release file is dated in the future, or that the clock of this machine is wrong.
type FutureError struct {
	Suite string
	URL   string
	Date  time.Time
	Now   time.Time
}

func (e *FutureError) Error() string {
	return fmt.Sprintf("%s: the Release file of suite %s is dated %s, now it is %s",
		e.URL, e.Suite, e.Date.UTC().Format(dateFormat), e.Now.UTC().Format(dateFormat))
}

// Unverified tells that what was read cannot be believed.
func (*FutureError) Unverified() bool { return true }

// SuiteError says that a mirror served another suite than the one that was asked for.
type SuiteError struct {
	URL  string
	Want string // codename
	Got  string
}

func (e *SuiteError) Error() string {
	return fmt.Sprintf("%s: the Release file is of codename %q, expected %q", e.URL, e.Got, e.Want)
}

// Unverified tells that what was read cannot be believed.
func (*SuiteError) Unverified() bool { return true }

// IndexError says that a signed Release file lists no index of packages for an architecture.
type IndexError struct {
	URL   string
	Index string // "main/binary-amd64/Packages"
}

func (e *IndexError) Error() string {
	return fmt.Sprintf("%s: the Release file lists no %s with .xz, .gz or no extension", e.URL, e.Index)
}

// Unverified tells that what was read cannot be believed.
func (*IndexError) Unverified() bool { return true }

// FormatError says that signed text does not have the form that it should have.
type FormatError struct {
	Name   string // file or URL
	Reason string
}

func (e *FormatError) Error() string { return e.Name + ": " + e.Reason }

// Unverified tells that what was read cannot be believed.
func (*FormatError) Unverified() bool { return true }

// FailedError is why a suite could not be read when it was last tried, by an earlier run of krustup.
type FailedError struct {
	Suite string
	When  time.Time
	What  string
	Kind  FailureKind
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("suite %s could not be read on %s: %s", e.Suite, e.When.UTC().Format(dateFormat), e.What)
}

// Unverified tells that what was read then could not be believed.
func (e *FailedError) Unverified() bool { return e.Kind == FailureUnverified }

// UnsatisfiableError says that no package on offer satisfies a dependency.
type UnsatisfiableError struct {
	Package  string   // that has the dependency, with its version
	Relation string   // the dependency, with its alternatives
	Chain    []string // from the component's package down to Package
	Found    []string // packages of that name that are on offer, with version and suite
}

func (e *UnsatisfiableError) Error() string {
	found := "no package of that name is on offer"
	if len(e.Found) > 0 {
		found = "on offer: " + strings.Join(e.Found, ", ")
	}
	text := fmt.Sprintf("%s depends on %s: %s", e.Package, e.Relation, found)
	if len(e.Chain) > 1 {
		text += " (needed by " + strings.Join(e.Chain, " > ") + ")"
	}
	return text
}

// UnknownOfferError says that the catalogues at hand no longer hold an offer.
type UnknownOfferError struct{ Key string }

func (e *UnknownOfferError) Error() string {
	return fmt.Sprintf("debian's catalogues have no offer %q", e.Key)
}
