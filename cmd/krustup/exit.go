package main

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
	exitDone       = 0
	exitFailed     = 1
	exitUsage      = 2
	exitNoSet      = 3
	exitUnverified = 4
	exitUnreached  = 5
	exitHost       = 6
)

// fail writes what went wrong and how to put it right, and gives the exit code.
func (a *app) fail(ctx context.Context, err error) int {
	if ctx.Err() != nil && !is[*exitError](err) {
		a.screen().Error("interrupted: what was finished stays")
		return 130
	}
	text, hint := inKit(a, err.Error(), hint(err), err)
	if text != "" {
		a.screen().ErrorAt(place(err), "%s", text)
	}
	if hint != "" {
		a.screen().Hint("%s", hint)
	}
	return exitCode(err)
}

// place is the file that an error is about, for those that have one.
func place(err error) term.Place {
	if at, ok := errors.AsType[*manifests.DecodeError](err); ok {
		return inWorkspace(term.Place{File: at.Name, Line: at.Line, Column: at.Column})
	}
	if lock, ok := errors.AsType[*toolchain.LockError](err); ok {
		return inWorkspace(term.Place{File: lock.Path})
	}
	return term.Place{}
}

// inWorkspace names a file as GitHub Actions knows it: relative to the checkout of the job.
func inWorkspace(at term.Place) term.Place {
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

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	if own, ok := errors.AsType[coded](err); ok {
		return own.ExitCode()
	}
	switch {
	case is[*usageError](err), is[*config.Error](err), is[*targets.UnknownError](err), is[*kernel.NotTreeError](err), is[*kernel.ScriptError](err),
		is[*mirror.NotFoundError](err), is[*mirror.NotMirrorError](err), is[*mirror.ProgramError](err),
		is[*toolchain.UnusedError](err), is[*install.ExistsError](err), is[*kbuild.DirtyTreeError](err),
		is[*kbuild.NotBuiltError](err):
		return exitUsage
	case is[*toolchain.NoSetError](err), is[*toolchain.NoSourceError](err):
		return noSetCode(err)
	case is[*rustlang.NoReleaseError](err), is[*toolchain.NoRustError](err), is[*kernel.UnknownKernelError](err),
		is[*kconfig.NoSymbolError](err), is[*kbuild.MetadataError](err):
		return exitNoSet
	case unverified(err):
		return exitUnverified
	case unreachable(err), is[*mirror.LacksError](err), is[*install.NotAtHandError](err), is[*toolchain.NoCatalogueError](err):
		return exitUnreached
	case is[*exec.Error](err), is[*install.SpaceError](err):
		return exitHost
	}
	return exitFailed
}

// noSetCode is 4 or 5 where a supplier that was asked because no other will do could not be verified or reached, and
// where nothing that was asked stands in the way and a part of the archive that might have had a set could not.
func noSetCode(err error) int {
	code := exitNoSet
	for _, u := range append(wholly(err), unread(err)...) {
		if unverified(u.Err) {
			return exitUnverified
		}
		if unreachable(u.Err) {
			code = exitUnreached
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
	if is[*rustlang.NoReleaseError](err) {
		return false
	}
	earlier, ok := errors.AsType[*debian.FailedError](err)
	return is[*fetch.UnreachableError](err) || is[*fetch.NotFoundError](err) || ok && earlier.Kind == debian.FailureUnreachable
}

func unverified(err error) bool {
	// What every supplier's own errors say of themselves.
	if own, ok := errors.AsType[interface {
		error
		Unverified() bool
	}](err); ok && own.Unverified() {
		return true
	}
	return is[*trust.DigestError](err) || is[*trust.SizeError](err) || is[*trust.SignatureError](err) ||
		is[*archive.HostileError](err) || is[*archive.FormatError](err) ||
		is[*toolchain.LockError](err) || is[*toolchain.NotLockedError](err) || is[*toolchain.NoneLockedError](err)
}

// unsigned tells metadata without a signature from one that is wrong: only the first can be accepted.
func unsigned(err error) bool {
	missing, ok := errors.AsType[*trust.SignatureError](err)
	return ok && missing.Missing
}
