package cli

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/kernel"
	"github.com/krustup/krustup/internal/mirror"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/supplier/debian"
	"github.com/krustup/krustup/internal/supplier/rustlang"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
	"github.com/krustup/krustup/toolchain/kbuild"
)

// hint returns how to put an error right, "" when nothing is known. The first entry of hints that applies decides.
func hint(err error) string {
	for _, entry := range hints() {
		if text := entry(err); text != "" {
			return text
		}
	}
	return ""
}

// hinter returns the hint for an error, "" when the error is not its own.
type hinter func(error) string

// on applies to errors that have an E in their chain.
func on[E error](text func(E) string) hinter {
	return func(err error) string {
		if e, ok := errors.AsType[E](err); ok {
			return text(e)
		}
		return ""
	}
}

// always is on with the same text for every E.
func always[E error](text string) hinter { return on(func(E) string { return text }) }

// hints returns the table of hints. An entry that is nearer to what the user asked stands before a more general one.
func hints() []hinter {
	return []hinter{
		on(func(e *UsageError) string { return e.Hint }),
		on(func(e *ExitError) string { return e.Hint }),
		unusedKey,
		always[*kernel.UnknownKernelError]("--tree DIR reads the kernel itself; `krustup source` fetches one"),
		on(noSetHint),
		on(func(e *toolchain.NoSourceError) string { return unreadHint(e.Unread) }),
		always[*toolchain.NotLockedError](lockHint),
		always[*toolchain.NoneLockedError](lockHint),
		on(func(e *toolchain.NoRustError) string {
			if e.Unmet != "" && e.CC == toolchain.GNU {
				return "--cc clang"
			}
			return ""
		}),
		always[*store.MovedError]("put the store back, or install again: a moved object is made anew"),
		always[*install.NotInstalledError]("krustup install, with the same --tree, --target, --cc, --with, --backend and --match-llvm, puts it there"),
		always[*store.ReadOnlyError]("KRUSTUP_HOME names another store; this one can stand behind it in KRUSTUP_STORE_PATH"),
		on(func(e *kbuild.DirtyTreeError) string {
			return fmt.Sprintf("make -C %s mrproper cleans it (it removes its .config), or take a fresh tree", e.Tree)
		}),
		on(metadataHint),
		always[*kbuild.NotBuiltError]("--headers DIR names the build directory of a kernel, or its headers as a distribution packs them: /lib/modules/RELEASE/build"),
		always[*kernel.NotTreeError]("--tree DIR names a kernel tree, --kernel 7.2 a release without one, and `krustup source 7.2` fetches one"),
		always[*debian.StaleError]("a mirror that stands still may be an attack; --allow-stale accepts it, and the lock then says so"),
		always[*toolchain.UnvouchedError]("a krustup.lock of your own decides by its digests, and needs nobody to vouch: --lock FILE names it"),
		always[*mirror.LacksError]("what a lock names may be at another mirror still: without --from, or in another bundle"),
		always[*mirror.NotMirrorError]("krustup mirror wants a directory of its own"),
		always[*mirror.ProgramError]("make build makes a static one; --krustup FILE names another"),
		always[*toolchain.UntrustedError]("without --supplier host, the set is one that others can have too"),
		func(err error) string {
			if unsigned(err) {
				return "--allow-unsigned accepts it, and the set and its lock then say so"
			}
			return ""
		},
		always[*rustlang.NoReleaseError]("https://releases.rs lists the releases; --with \"rust=>= 1.85\" takes a range"),
		always[*toolchain.NoCatalogueError]("krustup update fetches it"),
		always[*install.NotAtHandError]("run it once without --offline"),
		always[*fetch.NotFoundError]("the archive moved on: krustup update, and then again; of a lock, krustup lock --update moves to what there is, and another mirror may still have the file (krustup config)"),
		always[*fetch.UnreachableError]("is there a network? krustup config shows the mirrors in use and what names others; https_proxy names a proxy"),
		always[*trust.DigestError](mirrorHint),
		always[*trust.SizeError](mirrorHint),
		always[*exec.Error]("krustup doctor says what the host lacks"),
	}
}

const (
	lockHint   = "krustup lock, with the same --tree, --target, --cc and --with, locks one that does"
	mirrorHint = "nothing of it was used; a mirror that is being updated mends itself: try again, or another mirror (krustup config)"
)

func noSetHint(e *toolchain.NoSetError) string {
	switch {
	case slices.ContainsFunc(e.Unread, func(u toolchain.Unread) bool { return unsigned(u.Err) }):
		return "--allow-unsigned reads what is not signed too, and the set and its lock then say so"
	case len(e.Remedies) > 0:
		return "it resolves " + strings.Join(e.Remedies, ", or ")
	}
	return unreadHint(e.Unread)
}

func metadataHint(e *kbuild.MetadataError) string {
	switch {
	case e.Missing:
		return "Debian's linux-headers, for one, come without it; the build directory of a kernel has it: krustup make … -- O=DIR, and then --headers DIR (docs/module.md)"
	case e.Asked != "":
		return "leave out " + e.Asked
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

// unreadHint names a suite that was left out because it expired.
func unreadHint(list []toolchain.Unread) string {
	for _, u := range list {
		if Is[*debian.StaleError](u.Err) {
			return "--allow-stale reads suite " + u.Suite + " too, although its metadata expired"
		}
	}
	return ""
}
