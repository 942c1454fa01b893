package failure

import (
	"cmp"
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

// Hint returns how to fix an error, "" if there is no hint. It takes the first entry of hints that applies.
func Hint(err error) string {
	for _, entry := range hints() {
		if text := entry(err); text != "" {
			return text
		}
	}
	return ""
}

// hinter returns the hint for an error, "" if it has none for this error.
type hinter func(error) string

// on returns a hinter for errors that have an E in their chain.
func on[E error](text func(E) string) hinter {
	return func(err error) string {
		if e, ok := errors.AsType[E](err); ok {
			return text(e)
		}
		return ""
	}
}

// always returns a hinter with the same text for every error that has an E in its chain.
func always[E error](text string) hinter { return on(func(E) string { return text }) }

// hints returns the table of hints, specific entries before general ones.
func hints() []hinter {
	return []hinter{
		on(func(e advised) string { return e.Advice() }),
		on(func(e *store.UnreadableError) string {
			return fmt.Sprintf("nothing replaces it, because an older catalogue could not be told from a newer one: make it readable, or `rm -r %s` and run krustup update, which then trusts what the mirror has, as at the first use", e.Path)
		}),
		unusedKey,
		on(func(e *kernel.UnknownUsesError) string {
			return fmt.Sprintf("--tree DIR reads a kernel tree; --kernel %s is near", e.Nearest[0])
		}),
		on(noSetHint),
		on(func(e *toolchain.NoSourceError) string {
			parts := unreadParts(e)
			return cmp.Or(agedHint(agedSuite(parts)), unreadHint(parts))
		}),
		always[*toolchain.NotLockedError](lockHint),
		always[*toolchain.NoneLockedError](lockHint),
		on(func(e *toolchain.NoRustError) string {
			if e.Unmet != "" && e.CC == toolchain.GNU {
				return "--cc clang"
			}
			return ""
		}),
		always[*store.MovedError]("move the store back, or run krustup install again, which rebuilds its objects"),
		always[*install.NotInstalledError]("krustup install with the same --tree, --target, --cc, --with, --backend and --match-llvm installs it"),
		always[*store.ReadOnlyError]("set KRUSTUP_HOME to a writable directory; KRUSTUP_STORE_PATH can name this store as its base store"),
		on(func(e *kbuild.DirtyTreeError) string {
			return fmt.Sprintf("make -C %s ARCH=%s mrproper cleans the tree (and removes its .config); or use another tree", e.Tree, e.Arch)
		}),
		on(metadataHint),
		on(notConfigHint),
		always[*kbuild.NameError]("move the directory, or name another one"),
		always[*kbuild.NotBuiltError]("--headers DIR names a kernel's build directory or a distribution's kernel headers, such as /lib/modules/RELEASE/build"),
		on(func(e *kernel.NotTreeError) string {
			if e.Incomplete {
				return "check out the whole tree (git sparse-checkout disable), or use another one: `krustup source 7.2` fetches a tree"
			}
			return "--tree DIR names a kernel tree, --kernel 7.2 a release without a tree; `krustup source 7.2` fetches a tree"
		}),
		on(func(e *debian.StaleError) string {
			if e.Kept {
				return agedHint(e.Suite)
			}
			return "stale metadata can mean a freeze attack; --allow-stale accepts it, and the lock then records that"
		}),
		always[*toolchain.UnvouchedError]("a krustup.lock of your own needs no signed metadata, because its digests decide: --lock FILE names it"),
		always[*mirror.MissingError]("another mirror or bundle may still have the files of the lock: try without --from, or with another one"),
		always[*mirror.NotMirrorError]("krustup mirror DIR takes an empty directory, or one that krustup mirror wrote"),
		always[*mirror.ProgramError]("`make build` builds a static krustup; --krustup FILE names another one"),
		always[*toolchain.UntrustedError]("leave out --supplier host to choose a set that other machines can install"),
		func(err error) string {
			if unsigned(err) {
				return "--allow-unsigned accepts it; the set and its lock then record that"
			}
			return ""
		},
		always[*rustlang.NoReleaseError]("https://releases.rs lists the releases; --with \"rust=>= 1.85\" requires a range"),
		always[*toolchain.NoCatalogueError]("krustup update fetches it"),
		always[*install.MissingFilesError]("run it once without --offline"),
		always[*fetch.NotFoundError]("the archive no longer has this file: run krustup update and try again; for a lock, krustup lock --update moves it to available versions, or another mirror may still have the file (krustup config)"),
		always[*fetch.UnreachableError]("check the network; krustup config prints the mirrors in use and where each is set; https_proxy sets a proxy"),
		always[*trust.DigestError](mirrorHint),
		always[*trust.SizeError](mirrorHint),
		always[*exec.Error]("krustup doctor lists what the host lacks"),
	}
}

const (
	lockHint   = "krustup lock with the same --tree, --target, --cc and --with locks a set that fits"
	mirrorHint = "the file was not used; if the mirror is being updated, this passes: try again later, or use another mirror (krustup config)"
)

// noSetHint suggests a change of the request that lets the search find a set.
func noSetHint(e *toolchain.NoSetError) string {
	switch {
	case slices.ContainsFunc(e.Possible(), func(u toolchain.Unread) bool { return unsigned(u.Err) }):
		return "--allow-unsigned also reads metadata without a signature; the set and its lock then record that"
	case len(unreadParts(e)) > 0:
		return cmp.Or(agedHint(agedSuite(e.Possible())), remedyHint(e), unreadHint(e.Possible()))
	case len(e.Remedies) > 0 && agedSuite(e.Possible()) != "":
		return "krustup update fetches a newer catalogue of suite " + agedSuite(e.Possible()) + "; without it, " + remedyHint(e)
	}
	return cmp.Or(remedyHint(e), unreadHint(e.Possible()))
}

func remedyHint(e *toolchain.NoSetError) string {
	if len(e.Remedies) == 0 {
		return ""
	}
	return "it resolves " + strings.Join(e.Remedies, ", or ")
}

// agedSuite returns the first suite whose stored catalogue has expired, "" if there is none.
func agedSuite(list []toolchain.Unread) string {
	for _, u := range list {
		if stale, ok := errors.AsType[*debian.StaleError](u.Err); ok && stale.Kept {
			return stale.Suite
		}
	}
	return ""
}

func agedHint(suite string) string {
	if suite == "" {
		return ""
	}
	return "krustup update fetches a newer catalogue of suite " + suite + "; --allow-stale accepts the stored one, and the lock then records that"
}

// metadataHint says where the missing Rust metadata of a kernel can come from, or which option it does not allow.
func metadataHint(e *kbuild.MetadataError) string {
	switch {
	case e.Missing:
		return "distributions such as Debian leave it out of their kernel headers, but a build directory has it: krustup make … -- O=DIR, then --headers DIR (docs/module.md)"
	case e.Asked != "":
		return "leave out " + e.Asked
	}
	return ""
}

// notConfigHint says how a configuration comes out of a file that is none.
func notConfigHint(e *kbuild.NotConfigError) string {
	switch e.Found {
	case kbuild.AnnotationsFile:
		return "in Ubuntu's kernel source, debian/scripts/misc/annotations --arch amd64 --flavour generic --export writes the configuration of one flavour"
	case kbuild.BinaryFile, kbuild.LargeFile:
		return "scripts/extract-ikconfig prints the configuration of a kernel image that was built with CONFIG_IKCONFIG"
	case kbuild.UTF16File:
		return "iconv -f UTF-16 -t UTF-8 converts it"
	}
	return ""
}

// unusedKey returns a hint if a signature is by a key of the manifest whose owner could not be verified.
func unusedKey(err error) string {
	list := []error{err}
	for _, u := range append(unreadSuppliers(err), unreadParts(err)...) {
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
				return fmt.Sprintf("key %s is said to belong to %s, for %s, but is not used: %s; another supplier also has these tools (--supplier debian)",
					key.Fingerprint, key.Owner, key.Signs, key.Why)
			}
		}
	}
	return ""
}

// unreadHint suggests to fetch a catalogue that --offline kept from being fetched, or else --allow-stale if a suite was
// left out because its metadata expired.
func unreadHint(list []toolchain.Unread) string {
	for _, u := range list {
		if Is[*toolchain.NoCatalogueError](u.Err) {
			return "krustup update fetches the missing catalogue of " + u.Supplier
		}
	}
	for _, u := range list {
		if stale, ok := errors.AsType[*debian.StaleError](u.Err); ok {
			return "--allow-stale also reads suite " + stale.Suite + ", whose metadata expired"
		}
	}
	return ""
}
