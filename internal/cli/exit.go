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

// The exit codes of every command (README).
const (
	ExitDone        = 0
	ExitFailed      = 1
	ExitUsage       = 2
	ExitNoSet       = 3
	ExitUnverified  = 4
	ExitUnreachable = 5
	ExitHost        = 6
)

// fail writes what went wrong and how to put it right, and gives the exit code.
func (a *App) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !Is[*ExitError](err) {
		a.Screen().Error("interrupted: what was finished stays")
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

// place is the file that an error is about, for those that have one.
func place(err error) term.Place {
	if at, ok := errors.AsType[*manifests.DecodeError](err); ok {
		return InWorkspace(term.Place{File: at.Name, Line: at.Line, Column: at.Column})
	}
	if lock, ok := errors.AsType[*toolchain.LockError](err); ok {
		return InWorkspace(term.Place{File: lock.Path})
	}
	return term.Place{}
}

// InWorkspace names a file as GitHub Actions knows it: relative to the checkout of the job.
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

// ExitCode is the one place where errors become exit codes.
func ExitCode(err error) int {
	if own, ok := errors.AsType[coded](err); ok {
		return own.ExitCode()
	}
	switch {
	case Is[*UsageError](err), Is[*config.Error](err), Is[*targets.UnknownError](err), Is[*kernel.NotTreeError](err), Is[*kernel.ScriptError](err),
		Is[*mirror.NotFoundError](err), Is[*mirror.NotMirrorError](err), Is[*mirror.ProgramError](err),
		Is[*toolchain.UnusedError](err), Is[*install.ExistsError](err), Is[*kbuild.DirtyTreeError](err),
		Is[*kbuild.NotBuiltError](err):
		return ExitUsage
	case Is[*toolchain.NoSetError](err), Is[*toolchain.NoSourceError](err):
		return noSetCode(err)
	case Is[*rustlang.NoReleaseError](err), Is[*toolchain.NoRustError](err), Is[*kernel.UnknownKernelError](err),
		Is[*kconfig.NoSymbolError](err), Is[*kbuild.MetadataError](err):
		return ExitNoSet
	case unverified(err):
		return ExitUnverified
	case unreachable(err), Is[*mirror.LacksError](err), Is[*install.NotAtHandError](err), Is[*toolchain.NoCatalogueError](err):
		return ExitUnreachable
	case Is[*exec.Error](err), Is[*install.SpaceError](err):
		return ExitHost
	}
	return ExitFailed
}

// noSetCode is 4 or 5 where a supplier that was asked because no other will do could not be verified or reached, and
// where nothing that was asked stands in the way and a part of the archive that might have had a set could not.
func noSetCode(err error) int {
	code := ExitNoSet
	for _, u := range append(wholly(err), unread(err)...) {
		if unverified(u.Err) {
			return ExitUnverified
		}
		if unreachable(u.Err) {
			code = ExitUnreachable
		}
	}
	return code
}

// wholly gives the suppliers of which nothing could be looked at.
func wholly(err error) []toolchain.Unread {
	noSet, ok := errors.AsType[*toolchain.NoSetError](err)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(noSet.Unread), func(u toolchain.Unread) bool { return u.Suite != "" })
}

// unread gives what could not be looked at when nothing was found, where no other change would have helped.
func unread(err error) []toolchain.Unread {
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok && len(noSet.Remedies) == 0 {
		return noSet.Unread
	}
	if noSource, ok := errors.AsType[*toolchain.NoSourceError](err); ok {
		return noSource.Unread
	}
	return nil
}

// unreachable tells what is not there now from a release that there is not.
func unreachable(err error) bool {
	if Is[*rustlang.NoReleaseError](err) {
		return false
	}
	earlier, ok := errors.AsType[*debian.FailedError](err)
	return Is[*fetch.UnreachableError](err) || Is[*fetch.NotFoundError](err) || ok && earlier.Kind == debian.FailureUnreachable
}

func unverified(err error) bool {
	// What every supplier's own errors say of themselves.
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

// unsigned tells metadata without a signature from one that is wrong: only the first can be accepted.
func unsigned(err error) bool {
	missing, ok := errors.AsType[*trust.SignatureError](err)
	return ok && missing.Missing
}
