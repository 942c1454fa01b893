package toolchain

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/targets"
)

// A Supplier turns signed catalogues into Offers. Only Update uses the network; the other methods read the catalogues
// that it stored.
type Supplier interface {
	// Name is "debian", "rust-lang", "kernel-org" or "host".
	Name() string
	// Components returns the components of which the supplier may have offers. They are known without a catalogue.
	Components() []Component
	// Update fetches and verifies the catalogues for host. If it fails, the stored ones stay.
	Update(ctx context.Context, host Host, opts UpdateOptions) error
	// Offers returns the offers in the stored catalogues, in no order, and the parts that were skipped. The error is a
	// *NoCatalogueError if Update never succeeded.
	Offers(q Query) ([]Offer, []Unread, error)
	// Complete returns the recipe of an offer. A *NoCatalogueError names what Update must fetch first; any other error
	// means that the offer cannot be installed.
	Complete(o Offer) (Recipe, error)
	// Locate returns the addresses of an artifact, best first: http, https or file URLs.
	Locate(a Artifact) ([]string, error)
	// Status returns the state of the stored metadata of each part, in the supplier's order.
	Status(host Host) ([]Status, error)
	// Published returns the stored signed files that hold the digests of the artifacts of a host, verified again, in
	// the supplier's own layout. It skips artifacts that no stored file lists, and those of other suppliers.
	Published(host Host, artifacts []Artifact) (Publication, error)
	// Keyring returns the keys that verify detached signatures over artifacts, or nil if there are none.
	Keyring() *trust.Keyring
}

// Status is the state of one part of a supplier: a suite, a channel, a list of files.
type Status struct {
	Part       string
	Date       time.Time // when its metadata was created; zero: none is stored
	ValidUntil time.Time // when its metadata expires; zero: never
	Stale      bool      // the metadata had expired and was accepted
	Unsigned   bool      // the metadata had no signature and was accepted
	Untrusted  bool      // its contents are not verified
	Err        error     // why the last Update failed to read it; nil: it succeeded
}

// UpdateOptions are the options of Supplier.Update.
type UpdateOptions struct {
	AllowStale    bool     // accept metadata past its Valid-Until, and mark what comes from it
	AllowUnsigned bool     // accept metadata without a signature, and mark what comes from it
	Parts         []string // the parts to update, from NoCatalogueError.Part; nil: all that are in use
	// Note reports one event to the user, in one line. It may be called from several goroutines at once.
	Note func(format string, args ...any)
}

// Unread is a part of a supplier, such as a suite, that was skipped because it expired, was never fetched, or the like.
// If Component is set, it is instead one tool in that part which cannot be used.
type Unread struct {
	Supplier, Suite string
	Component       Component       // of the unusable tool; "": the whole part was skipped
	Version         version.Version // of the unusable tool; zero: unknown
	Err             error           // the reason
	Unrelated       bool            // in a NoSetError: it could not have what is missing
}

// String returns what was skipped and why, in one line.
func (u Unread) String() string {
	if u.Component != "" {
		tool := string(u.Component)
		if !u.Version.IsZero() {
			tool += " " + u.Version.String()
		}
		return fmt.Sprintf("unusable: %s (%s): %v", tool, u.Suite, u.Err)
	}
	if _, absent := errors.AsType[*NeverPublishedError](u.Err); absent {
		return fmt.Sprintf("%s: %v", u.Supplier, u.Err)
	}
	return fmt.Sprintf("skipped: %v", u.Err)
}

// Query selects the offers that Supplier.Offers returns. Target matters for GCC, and for rustc's other backends.
type Query struct {
	Components    []Component
	Channel       string          // Rust: "stable", "beta", "nightly", "nightly-2026-05-20", or one release; "": releases
	Backend       targets.Backend // Rust: the backend required in addition to LLVM; "": none
	Host          Host
	Target        targets.Target
	AllowStale    bool
	AllowUnsigned bool
}

// NeverPublishedError reports that a supplier never published one version or one kind of a component that it has
// otherwise. If Version is set, an Unread with it is reported only to a user who asked for that version.
type NeverPublishedError struct {
	Component Component
	Version   version.Version
	What      string // "GCC 5.5.0 of aarch64-linux on arm64"
}

func (e *NeverPublishedError) Error() string { return e.What + " was never published" }

// NoCatalogueError reports that no usable catalogue of a supplier is stored for a host: it was never fetched, or was
// written by a krustup that looked for other packages.
type NoCatalogueError struct {
	Supplier string
	Host     Host
	Part     string // the missing part; "": all of it
}

// Error names the missing part, if the other parts of the catalogue are stored.
func (e *NoCatalogueError) Error() string {
	if e.Part != "" {
		return fmt.Sprintf("no catalogue %s of supplier %s for host %s", e.Part, e.Supplier, e.Host)
	}
	return fmt.Sprintf("no catalogue of supplier %s for host %s", e.Supplier, e.Host)
}

// Publication is the signed metadata that a supplier published for artifacts.
type Publication struct {
	Documents []Document // each before the document that holds its digest
	// Beside holds files that the supplier's own client (apt, rustup) fetches and krustup does not. Their digests are
	// in Documents.
	Beside []Artifact
}

// Document is a signed file of a supplier, or one that a signed file names, which holds the digests of other files. Its
// Data are the verified bytes as they were published.
type Document struct {
	Supplier, Archive string
	Path              string // relative to the archive's base
	Data              []byte
}

// MirrorPath returns the path of the document in a mirror written by krustup.
func (d Document) MirrorPath() string { return path.Join(MirrorDir(d.Supplier, d.Archive), d.Path) }
