package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/config"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/kconfig"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/targets"
	"github.com/krustup/krustup/toolchain"
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

// usageError is a command line that means nothing.
type usageError struct {
	text string
	hint string // the corrected line, or what to try
}

func (e *usageError) Error() string { return e.text }

// exitError carries an exit code of its own: that of a program that was run, or of a result that is not an error.
type exitError struct {
	code int
	text string // "" when all was said
	hint string
}

func (e *exitError) Error() string { return e.text }

// fail writes what went wrong and how to put it right, and gives the exit code.
func (a *app) fail(ctx context.Context, err error) int {
	var carried *exitError
	if ctx.Err() != nil && !errors.As(err, &carried) {
		a.screen().Error("interrupted: what was finished stays")
		return 130
	}
	text, hint := a.inKit(err.Error(), hint(err), err)
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
	var carried *exitError
	step, inBisect := errors.AsType[*stepError](err)
	switch {
	case inBisect:
		return step.code()
	case errors.As(err, &carried):
		return carried.code
	case is[*usageError](err), is[*config.Error](err), is[*targets.UnknownError](err), is[*kernel.NotTreeError](err), is[*kernel.ScriptError](err),
		is[*mirror.NotFoundError](err), is[*mirror.NotMirrorError](err), is[*mirror.ProgramError](err),
		is[*toolchain.UnusedError](err), is[*toolchain.ExistsError](err), is[*toolchain.DirtyTreeError](err),
		is[*toolchain.NotBuiltError](err), is[*occupiedError](err):
		return exitUsage
	case is[*toolchain.NoSetError](err), is[*toolchain.NoSourceError](err):
		return noSetCode(err)
	case is[*rustlang.NoReleaseError](err), is[*toolchain.NoRustError](err), is[*kernel.UnknownKernelError](err),
		is[*kconfig.NoSymbolError](err), is[*toolchain.MetadataError](err):
		return exitNoSet
	case unverified(err):
		return exitUnverified
	case unreachable(err), is[*mirror.LacksError](err), is[*toolchain.NotAtHandError](err), is[*toolchain.NoCatalogueError](err):
		return exitUnreached
	case is[*exec.Error](err), is[*toolchain.SpaceError](err):
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
	// --allow-stale helps because a part could not be looked at.
	other := func(remedy string) bool { return remedy != toolchain.RemedyStale }
	if noSet, ok := errors.AsType[*toolchain.NoSetError](err); ok && !slices.ContainsFunc(noSet.Remedies, other) {
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

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

// hint says how to put an error right.
func hint(err error) string {
	var (
		usage    *usageError
		carried  *exitError
		noSet    *toolchain.NoSetError
		noRust   *toolchain.NoRustError
		missing  *toolchain.NotInstalledError
		readOnly *store.ReadOnlyError
		moved    *store.MovedError
		dirty    *toolchain.DirtyTreeError
		metadata *toolchain.MetadataError
	)
	switch {
	case errors.As(err, &usage):
		return usage.hint
	case errors.As(err, &carried):
		return carried.hint
	case unusedKey(err) != "":
		return unusedKey(err)
	case is[*kernel.UnknownKernelError](err):
		return "--tree DIR reads the kernel itself; `krustup source` fetches one"
	case errors.As(err, &noSet) && slices.ContainsFunc(noSet.Unread, func(u toolchain.Unread) bool { return unsigned(u.Err) }):
		return "--allow-unsigned reads what is not signed too, and the set and its lock then say so"
	case keptHint(unread(err)) != "":
		return keptHint(unread(err))
	case errors.As(err, &noSet) && len(noSet.Remedies) > 0 && keptSuite(noSet.Unread) != "":
		return "krustup update fetches a newer catalogue of suite " + keptSuite(noSet.Unread) + "; as it is, it resolves " + strings.Join(noSet.Remedies, ", or ")
	case errors.As(err, &noSet) && len(noSet.Remedies) > 0:
		return "it resolves " + strings.Join(noSet.Remedies, ", or ")
	case is[*toolchain.NoSetError](err), is[*toolchain.NoSourceError](err):
		return unreadHint(unread(err))
	case is[*toolchain.NotLockedError](err), is[*toolchain.NoneLockedError](err):
		return "krustup lock, with the same --tree, --target, --cc and --with, locks one that does"
	case errors.As(err, &noRust) && noRust.Unmet != "" && noRust.CC == toolchain.GNU:
		return "--cc clang"
	case errors.As(err, &moved):
		return "put the store back, or install again: a moved object is made anew"
	case errors.As(err, &missing):
		return "krustup install, with the same --tree, --target, --cc, --with, --backend and --match-llvm, puts it there"
	case errors.As(err, &readOnly):
		return "KRUSTUP_HOME names another store; this one can stand behind it in KRUSTUP_STORE_PATH"
	case errors.As(err, &dirty):
		return fmt.Sprintf("make -C %s mrproper cleans it (it removes its .config), or take a fresh tree", dirty.Tree)
	case errors.As(err, &metadata) && metadata.Missing:
		return "Debian's linux-headers, for one, come without it; the build directory of a kernel has it: krustup make … -- O=DIR, and then --headers DIR (docs/module.md)"
	case errors.As(err, &metadata) && metadata.Asked != "":
		return "leave out " + metadata.Asked
	case is[*occupiedError](err):
		return "without --write the settings are printed, to be put into it by hand; --force replaces it"
	case is[*toolchain.NotBuiltError](err):
		return "--headers DIR names the build directory of a kernel, or its headers as a distribution packs them: /lib/modules/RELEASE/build"
	case is[*kernel.NotTreeError](err):
		return "--tree DIR names a kernel tree, --kernel 7.2 a release without one, and `krustup source 7.2` fetches one"
	case keptHint([]toolchain.Unread{{Err: err}}) != "":
		return keptHint([]toolchain.Unread{{Err: err}})
	case is[*debian.StaleError](err):
		return "a mirror that stands still may be an attack; --allow-stale accepts it, and the lock then says so"
	case is[*toolchain.UnvouchedError](err):
		return "a krustup.lock of your own decides by its digests, and needs nobody to vouch: --lock FILE names it"
	case is[*mirror.LacksError](err):
		return "what a lock names may be at another mirror still: without --from, or in another bundle"
	case is[*mirror.NotMirrorError](err):
		return "krustup mirror wants a directory of its own"
	case is[*mirror.ProgramError](err):
		return "make build makes a static one; --krustup FILE names another"
	case is[*toolchain.UntrustedError](err):
		return "without --supplier host, the set is one that others can have too"
	case unsigned(err):
		return "--allow-unsigned accepts it, and the set and its lock then say so"
	case is[*rustlang.NoReleaseError](err):
		return "https://releases.rs lists the releases; --with \"rust=>= 1.85\" takes a range"
	case is[*toolchain.NoCatalogueError](err):
		return "krustup update fetches it"
	case is[*toolchain.NotAtHandError](err):
		return "run it once without --offline"
	case is[*fetch.NotFoundError](err):
		return "the archive moved on: krustup update, and then again; of a lock, krustup lock --update moves to what there is, and another mirror may still have the file (krustup config)"
	case is[*fetch.UnreachableError](err):
		return "is there a network? krustup config shows the mirrors in use and what names others; https_proxy names a proxy"
	case is[*trust.DigestError](err), is[*trust.SizeError](err):
		return "nothing of it was used; a mirror that is being updated mends itself: try again, or another mirror (krustup config)"
	case is[*exec.Error](err):
		return "krustup doctor says what the host lacks"
	}
	return ""
}

// unusedKey says whose key a signature is said to be by, where that key is known and could not be verified.
func unusedKey(err error) string {
	list := []error{err}
	for _, u := range append(wholly(err), unread(err)...) {
		list = append(list, u.Err)
	}
	known, failed := manifests.KernelOrgSupplier()
	if failed != nil {
		return ""
	}
	for _, err := range list {
		bad, ok := errors.AsType[*trust.SignatureError](err)
		if !ok {
			continue
		}
		for _, key := range known.Unverified {
			if slices.ContainsFunc(bad.Found, key.Is) {
				return fmt.Sprintf("%s is said to be the key of %s, for %s, and is not used: %s; another supplier has these tools too (--supplier debian)",
					key.Fingerprint, key.Owner, key.Signs, key.Why)
			}
		}
	}
	return ""
}

// keptSuite returns the first suite whose catalogue expired in the store.
func keptSuite(list []toolchain.Unread) string {
	for _, u := range list {
		if stale, ok := errors.AsType[*debian.StaleError](u.Err); ok && stale.Kept {
			return stale.Suite
		}
	}
	return ""
}

func keptHint(list []toolchain.Unread) string {
	suite := keptSuite(list)
	if suite == "" {
		return ""
	}
	return "krustup update fetches a newer catalogue of suite " + suite + "; --allow-stale accepts the stored one, and the lock then says so"
}

// unreadHint names a suite that was left out because it expired.
func unreadHint(list []toolchain.Unread) string {
	for _, u := range list {
		if is[*debian.StaleError](u.Err) {
			return "--allow-stale reads suite " + u.Suite + " too, although its metadata expired"
		}
	}
	return ""
}
