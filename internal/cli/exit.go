package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// The exit codes of every command (README, "Exit codes"). An interrupted command exits with 130.
const (
	ExitDone        = 0
	ExitFailed      = 1 // any other failure
	ExitUsage       = 2 // wrong command line, configuration or input
	ExitNoSet       = 3 // no set meets the requirements
	ExitUnverified  = 4 // verification failed, or the lock does not match the request
	ExitUnreachable = 5 // a server is unreachable, or a file is missing offline
	ExitHost        = 6 // the host lacks something that the command needs
)

// fail prints an error with its hint, and returns the exit code.
func (a *App) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !Is[*ExitError](err) {
		a.Screen().Error("interrupted: finished downloads and objects are kept")
		return 130
	}
	text, hint := inKit(a, err.Error(), hint(err), err)
	if text != "" {
		a.Screen().ErrorAt(place(err), "%s", text)
	}
	if hint != "" {
		a.Screen().Hint("%s", hint)
	}
	return ExitCode(err)
}

// place returns the file that an error is about, the zero Place if it is about none.
func place(err error) term.Place {
	if at, ok := errors.AsType[*manifests.DecodeError](err); ok {
		return InWorkspace(term.Place{File: at.Name, Line: at.Line, Column: at.Column})
	}
	if lock, ok := errors.AsType[*toolchain.LockError](err); ok {
		return InWorkspace(term.Place{File: lock.Path})
	}
	return term.Place{}
}

// InWorkspace makes the path of a file relative to the job's checkout, as GitHub Actions expects it. Other paths, and
// all paths outside of GitHub Actions, stay as they are.
func InWorkspace(at term.Place) term.Place {
	top := os.Getenv("GITHUB_WORKSPACE")
	abs, err := filepath.Abs(at.File)
	if top == "" || err != nil {
		return at
	}
	if rel, err := filepath.Rel(top, abs); err == nil && filepath.IsLocal(rel) {
		at.File = rel
	}
	return at
}

// ExitCode returns the exit code for an error. No other code maps errors to exit codes.
func ExitCode(err error) int {
	if own, ok := errors.AsType[coded](err); ok {
		return own.ExitCode()
	}
	switch {
	case Is[*UsageError](err), Is[*config.Error](err), Is[*targets.UnknownError](err), Is[*kernel.NotTreeError](err), Is[*kernel.ScriptError](err),
		Is[*mirror.NotFoundError](err), Is[*mirror.NotMirrorError](err), Is[*mirror.ProgramError](err),
		Is[*toolchain.UnusedError](err), Is[*install.ExistsError](err), Is[*kbuild.DirtyTreeError](err),
		Is[*kbuild.NotBuiltError](err), Is[*kbuild.NotConfigError](err), Is[*kbuild.NameError](err):
		return ExitUsage
	case Is[*toolchain.NoSetError](err), Is[*toolchain.NoSourceError](err):
		return noSetCode(err)
	case Is[*rustlang.NoReleaseError](err), Is[*toolchain.NoRustError](err), Is[*kernel.UnknownUsesError](err),
		Is[*kconfig.NoSymbolError](err), Is[*kbuild.MetadataError](err):
		return ExitNoSet
	case unverified(err):
		return ExitUnverified
	case unreachable(err), Is[*mirror.MissingError](err), Is[*install.MissingFilesError](err), Is[*toolchain.NoCatalogueError](err):
		return ExitUnreachable
	case Is[*exec.Error](err), Is[*install.SpaceError](err):
		return ExitHost
	}
	return ExitFailed
}

// noSetCode returns the exit code for a search that found nothing. It is ExitUnverified or ExitUnreachable if a supplier
// that could have what is missing could not be verified or reached: an entire supplier, or a part of one when no change
// of the request would help. Else it is ExitNoSet.
func noSetCode(err error) int {
	code := ExitNoSet
	for _, u := range append(unreadSuppliers(err), unreadParts(err)...) {
		if unverified(u.Err) {
			return ExitUnverified
		}
		if unreachable(u.Err) {
			code = ExitUnreachable
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
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok && !helped(noSet) {
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

// unverified reports whether something failed verification.
func unverified(err error) bool {
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
