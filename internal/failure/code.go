// Package failure says what an error means to the user: the exit code, and how to fix it.
package failure

import (
	"errors"
	"os/exec"
	"slices"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// The exit codes of every command (README, "Exit codes").
const (
	Done        = 0
	Failed      = 1 // any other failure
	Usage       = 2 // wrong command line, configuration or input
	NoSet       = 3 // no set meets the requirements
	Unverified  = 4 // verification failed, or the lock does not match the request
	Unreachable = 5 // a server is unreachable, or a file is missing offline
	Host        = 6 // the host lacks something that the command needs
	Interrupted = 130
)

// coded is an error that determines the exit code itself.
type coded interface {
	error
	ExitCode() int
}

// advised is an error that has its own hint.
type advised interface {
	error
	Advice() string
}

// Code returns the exit code for an error. No other code maps errors to exit codes.
func Code(err error) int {
	if own, ok := errors.AsType[coded](err); ok {
		return own.ExitCode()
	}
	switch {
	case Is[*config.Error](err), Is[*targets.UnknownError](err), Is[*kernel.NotTreeError](err), Is[*kernel.ScriptError](err),
		Is[*mirror.NotFoundError](err), Is[*mirror.NotMirrorError](err), Is[*mirror.ProgramError](err),
		Is[*toolchain.UnusedError](err), Is[*install.ExistsError](err), Is[*kbuild.DirtyTreeError](err),
		Is[*kbuild.NotBuiltError](err), Is[*kbuild.NotConfigError](err), Is[*kbuild.NameError](err):
		return Usage
	case Is[*toolchain.NoSetError](err), Is[*toolchain.NoSourceError](err):
		return noSetCode(err)
	case Is[*rustlang.NoReleaseError](err), Is[*toolchain.NoRustError](err), Is[*kernel.UnknownUsesError](err),
		Is[*kconfig.NoSymbolError](err), Is[*kbuild.MetadataError](err):
		return NoSet
	case Refused(err):
		return Unverified
	case unreachable(err), Is[*mirror.MissingError](err), Is[*install.MissingFilesError](err), Is[*toolchain.NoCatalogueError](err):
		return Unreachable
	case Is[*exec.Error](err), Is[*install.SpaceError](err):
		return Host
	}
	return Failed
}

// noSetCode returns the exit code for a search that found nothing. It is Unverified or Unreachable if a supplier
// that could have what is missing could not be verified or reached: an entire supplier, or a part of one when no change
// of the request would help. Else it is NoSet.
func noSetCode(err error) int {
	code := NoSet
	for _, u := range append(unreadSuppliers(err), unreadParts(err)...) {
		if Refused(u.Err) {
			return Unverified
		}
		if unreachable(u.Err) {
			code = Unreachable
		}
	}
	return code
}

// unreadSuppliers returns the suppliers of which nothing could be read, and which could have what is missing.
func unreadSuppliers(err error) []toolchain.Unread {
	noSet, ok := errors.AsType[*toolchain.NoSetError](err)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(noSet.Possible(), func(u toolchain.Unread) bool { return u.Suite != "" })
}

// unreadParts returns what could not be read and could have what is missing, if no change of the request would help.
func unreadParts(err error) []toolchain.Unread {
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok && !Helped(noSet) {
		return noSet.Possible()
	}
	if noSource, ok := errors.AsType[*toolchain.NoSourceError](err); ok && !noSource.NoSeries {
		return noSource.Unread
	}
	return nil
}

// unreachable reports whether a file or server cannot be reached now. A release that does not exist is not such a case,
// although the server answers 404 for it.
func unreachable(err error) bool {
	if Is[*rustlang.NoReleaseError](err) {
		return false
	}
	earlier, ok := errors.AsType[*debian.FailedError](err)
	return Is[*fetch.UnreachableError](err) || Is[*fetch.NotFoundError](err) || ok && earlier.Kind == debian.FailureUnreachable
}

// Refused reports whether something failed verification.
func Refused(err error) bool {
	// Errors of a supplier's own report it themselves.
	if own, ok := errors.AsType[interface {
		error
		Unverified() bool
	}](err); ok && own.Unverified() {
		return true
	}
	return Is[*trust.DigestError](err) || Is[*trust.SizeError](err) || Is[*trust.SignatureError](err) ||
		Is[*archive.HostileError](err) || Is[*archive.FormatError](err) ||
		Is[*toolchain.LockError](err) || Is[*toolchain.NotLockedError](err) || Is[*toolchain.NoneLockedError](err)
}

// unsigned reports whether metadata has no signature. A wrong signature is a different case: it can never be accepted.
func unsigned(err error) bool {
	missing, ok := errors.AsType[*trust.SignatureError](err)
	return ok && missing.Missing
}

// Helped reports whether a change of the request would help a search that found nothing. --allow-stale counts only
// because a part could not be read.
func Helped(e *toolchain.NoSetError) bool {
	return slices.ContainsFunc(e.Remedies, func(remedy string) bool { return remedy != toolchain.RemedyStale })
}

// Is reports whether err has an E in its chain.
func Is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
