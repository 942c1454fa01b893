package rustlang

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// maxLock bounds a Cargo.lock, in bytes.
const maxLock = 4 << 20

// CrateError reports a crate that has the pinned digest but cannot be built.
type CrateError struct{ Crate, Reason string }

func (e *CrateError) Error() string { return e.Crate + ": " + e.Reason }

// Unverified marks the error as a failed verification: the sources of the dependencies are unknown.
func (*CrateError) Unverified() bool { return true }

func crateName(c manifests.RustCrate) string { return c.Name + "-" + c.Version.String() }

func cratePath(name, version string) string { return name + "/" + name + "-" + version + ".crate" }

// crateFile returns the path of a program's own crate in the catalogues. Its Cargo.lock lists the other crates.
func (s *Supplier) crateFile(c manifests.RustCrate) string {
	return filepath.Join(s.catalogues().Dir(Name), "crates", crateName(c)+".crate")
}

// crate returns the program whose crate has a name of the form NAME-VERSION.
func (s *Supplier) crate(name string) (manifests.RustCrate, bool) {
	at := slices.IndexFunc(s.manifest.Programs, func(c manifests.RustCrate) bool { return crateName(c) == name })
	if at < 0 {
		return manifests.RustCrate{}, false
	}
	return s.manifest.Programs[at], true
}

// fetchCrate fetches a program's own crate into the catalogues.
func (s *Supplier) fetchCrate(ctx context.Context, c manifests.RustCrate) error {
	bases, _, err := s.Mirrors(Crates)
	if err != nil {
		return err
	}
	at := s.crateFile(c)
	_, err = s.opts.Client.File(ctx, fetch.Request{
		URLs: fetch.Under(bases, cratePath(c.Name, c.Version.String())), Digest: c.Digest, Partial: at + ".part", Dest: at,
	})
	return err
}

// cargoLock is Cargo.lock, in the formats before and since cargo 1.41:
// https://doc.rust-lang.org/cargo/reference/manifest.html#the-package-section
type cargoLock struct {
	Packages []struct {
		Name     string `toml:"name"`
		Version  string `toml:"version"`
		Source   string `toml:"source"`
		Checksum string `toml:"checksum"`
	} `toml:"package"`
	Metadata map[string]string `toml:"metadata"` // "checksum NAME VERSION (SOURCE)", the older form
}

const registry = "registry+https://github.com/rust-lang/crates.io-index"

// crateRecipe returns a recipe with the crates that a program is built from: its own, followed by those in its
// Cargo.lock. Their digests can be trusted because the digest of the crate that contains the Cargo.lock is pinned.
func (s *Supplier) crateRecipe(c manifests.RustCrate, host toolchain.Host) (toolchain.Recipe, error) {
	at := s.crateFile(c)
	if err := trust.VerifyFile(at, c.Digest, 0); err != nil {
		return toolchain.Recipe{}, &toolchain.NoCatalogueError{Supplier: Name, Host: host, Part: crateName(c)}
	}
	text, err := lockIn(at, crateName(c))
	if err != nil {
		return toolchain.Recipe{}, err
	}
	var lock cargoLock
	if err := toml.Unmarshal(text, &lock); err != nil {
		return toolchain.Recipe{}, &CrateError{crateName(c), "its Cargo.lock could not be parsed: " + err.Error()}
	}
	r := toolchain.Recipe{Layout: toolchain.LayoutCargo, Tools: map[string]string{c.Program: "bin/" + c.Program}}
	r.Artifacts = []toolchain.Artifact{crateArtifact(c.Name, c.Version.String(), c.Digest)}
	for _, p := range lock.Packages {
		if p.Source == "" && p.Name == c.Name && p.Version == c.Version.String() {
			continue
		}
		if p.Source != registry {
			return toolchain.Recipe{}, &CrateError{crateName(c), fmt.Sprintf("its Cargo.lock takes %s %s from %q, expected the crates.io registry", p.Name, p.Version, p.Source)}
		}
		sum := p.Checksum
		if sum == "" {
			sum = lock.Metadata[fmt.Sprintf("checksum %s %s (%s)", p.Name, p.Version, p.Source)]
		}
		digest, err := trust.ParseDigest(sum)
		if err != nil {
			return toolchain.Recipe{}, &CrateError{crateName(c), fmt.Sprintf("its Cargo.lock has no valid checksum for %s %s: %v", p.Name, p.Version, err)}
		}
		if !filepath.IsLocal(cratePath(p.Name, p.Version)) || strings.ContainsAny(p.Name+p.Version, "/\\") {
			return toolchain.Recipe{}, &CrateError{crateName(c), fmt.Sprintf("its Cargo.lock has an invalid crate name %q or version %q", p.Name, p.Version)}
		}
		r.Artifacts = append(r.Artifacts, crateArtifact(p.Name, p.Version, digest))
	}
	return r, nil
}

func crateArtifact(name, version string, digest trust.Digest) toolchain.Artifact {
	return toolchain.Artifact{Name: name + " " + version, Supplier: Name, Archive: Crates, Path: cratePath(name, version), Digest: digest}
}

// lockIn returns the Cargo.lock in a verified crate. top is the crate's first directory.
func lockIn(path, top string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading catalogue: %w", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, &CrateError{top, "it is not a crate: " + err.Error()}
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil, &CrateError{top, "it has no Cargo.lock with its dependencies"}
		}
		if err != nil {
			return nil, &CrateError{top, "it is not a crate: " + err.Error()}
		}
		if h.Name == top+"/Cargo.lock" {
			return io.ReadAll(io.LimitReader(r, maxLock))
		}
	}
}

// crateOffers returns the programs that can be built from crates, except those that are available as binaries.
func (s *Supplier) crateOffers(q toolchain.Query) []toolchain.Offer {
	var offers []toolchain.Offer
	for _, c := range s.manifest.Programs {
		ready := slices.ContainsFunc(s.manifest.Binaries, func(b manifests.RustBinary) bool {
			return b.Component == c.Component && b.Version.Compare(c.Version) == 0 && b.Machine == q.Host.String()
		})
		rank := rankRelease
		if c.Once != "" {
			rank = rankOnce
		}
		if slices.Contains(q.Components, toolchain.Component(c.Component)) && !ready {
			offers = append(offers, toolchain.Offer{
				Component: toolchain.Component(c.Component), Version: c.Version, Label: crateName(c) + ", built here", Supplier: Name,
				Suite: "crates.io", Rank: rank, Host: q.Host, Key: crateName(c), Built: true, Once: c.Once,
			})
		}
	}
	return offers
}
