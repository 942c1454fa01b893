package rustlang

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/internal/version"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

const (
	maxManifest  = 32 << 20 // bytes; the largest manifest of the Rust project has 1 MB
	maxSignature = 64 << 10 // bytes
	// backDays is the number of days before the newest nightly that are searched for one with all wanted packages.
	backDays = 30
)

// NoReleaseError reports a channel, a day or a release that the server does not have.
type NoReleaseError struct {
	Part string
	Near []string // nearest known releases
	Err  error
}

// Error suggests the nearest releases, if any are known.
func (e *NoReleaseError) Error() string {
	text := fmt.Sprintf("rust-lang has no %s", e.Part)
	if len(e.Near) > 0 {
		text += "; the nearest known releases are " + strings.Join(e.Near, ", ")
	}
	return fmt.Sprintf("%s (%v)", text, e.Err)
}

// Unwrap returns the error of the fetch, usually a *fetch.NotFoundError. A caller that tests for both
// must test for *NoReleaseError first.
func (e *NoReleaseError) Unwrap() error { return e.Err }

// ReplayError reports a manifest from a server that is older than the one in the catalogues.
type ReplayError struct{ URL, Have, Got string }

// Error prints the dates of both manifests, and what the replay can mean.
func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s: dated %s, but the manifest in the catalogue is dated %s: the mirror is stale, or this is a replay attack", e.URL, e.Got, e.Have)
}

// Unverified marks the error as a failed verification.
func (*ReplayError) Unverified() bool { return true }

// MissingError reports packages of a component that a manifest does not have.
type MissingError struct {
	Part, Triple string
	Packages     []string
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("%s has no %s for %s", e.Part, strings.Join(e.Packages, ", "), e.Triple)
}

// Update refreshes the named parts. If none is named, it refreshes the stable channel and the other channels in the
// catalogues; if the server no longer has one of these, that is only noted. If it fails, the manifests in the catalogues are kept.
func (s *Supplier) Update(ctx context.Context, host toolchain.Host, opts toolchain.UpdateOptions) error {
	names, err := s.host(host)
	if err != nil {
		return err
	}
	if opts.Note == nil {
		opts.Note = func(string, ...any) {}
	}
	crates, named := s.programs(opts.Parts)
	parts, err := s.wanted(named)
	if err != nil {
		return err
	}
	// Without the lock, two updates could store the manifest of one with the signature of the other.
	end, err := s.catalogues().BeginUpdate(ctx, Name, "lock", opts.Note)
	if err != nil {
		return err
	}
	defer end()
	var failed error
	for _, c := range crates {
		if err := s.fetchCrate(ctx, c); err != nil {
			failed = errors.Join(failed, fmt.Errorf("crate %s: %w", crateName(c), err))
		}
	}
	for _, p := range parts {
		err := s.refresh(ctx, p, names, opts)
		if _, none := errors.AsType[*NoReleaseError](err); none && named == nil && p != stable {
			opts.Note("channel %s is not updated: %v", p, err) // nobody asked for it now
		} else if err != nil {
			failed = errors.Join(failed, fmt.Errorf("channel %s: %w", p, err))
		}
	}
	return failed
}

// programs separates the parts that are crates from the rest. The rest is nil only if named is nil: then no part is
// named.
func (s *Supplier) programs(named []string) (crates []manifests.RustCrate, rest []string) {
	if named == nil {
		return nil, nil
	}
	rest = []string{}
	for _, name := range named {
		if c, ok := s.crate(name); ok {
			crates = append(crates, c)
			continue
		}
		rest = append(rest, name)
	}
	return crates, rest
}

func (s *Supplier) wanted(named []string) ([]part, error) {
	parts := []part{stable}
	if named != nil {
		parts = nil
	}
	for _, text := range named {
		p, err := parsePart(text)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if named != nil {
		return parts, nil
	}
	status, err := s.Status(toolchain.Host{})
	if err != nil {
		return nil, err
	}
	for _, st := range status {
		if p, err := parsePart(st.Part); err == nil && p.moves() && p != stable {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// refresh fetches one part. If the newest nightly lacks a wanted package, refresh takes the newest earlier nightly that
// has all of them.
func (s *Supplier) refresh(ctx context.Context, p part, host manifests.RustHost, opts toolchain.UpdateOptions) error {
	c, data, signature, err := s.fetch(ctx, p, p, opts)
	if err != nil {
		return err
	}
	old, err := s.load(p)
	if err != nil && p.moves() { // a fixed release has no older manifest
		return err
	}
	if old != nil && p.moves() && (c.date < old.date || c.date == old.date && c.release.Less(old.release)) {
		return &ReplayError{c.url, old.date, c.date}
	}
	if p.channel == "nightly" && p.date == "" {
		if c, data, signature, err = s.complete(ctx, p, host, opts, found{c, data, signature}); err != nil {
			return err
		}
	}
	if ctx.Err() != nil { // once more: what follows makes it count
		return context.Cause(ctx)
	}
	if err := s.save(c, data, signature); err != nil {
		return err
	}
	if c.signer == "" {
		opts.Note("channel %s is not signed and was accepted", p)
	}
	return nil
}

// found is a manifest that was fetched and verified.
type found struct {
	c               *catalogue
	data, signature []byte
}

// complete goes back day by day from the newest nightly to one that has every wanted package for the host.
func (s *Supplier) complete(ctx context.Context, p part, host manifests.RustHost, opts toolchain.UpdateOptions, newest found) (*catalogue, []byte, []byte, error) {
	var wanted []string
	for _, c := range s.manifest.Components { // all of them: another set may need more from the same day
		wanted = append(wanted, s.packages(toolchain.Component(c.Name), p.backend, host)...)
	}
	at := newest
	first, err := time.Parse(time.DateOnly, newest.c.date)
	if err != nil {
		return nil, nil, nil, err
	}
	var lacking *MissingError
	for back := 0; ; back++ {
		if at.c != nil {
			_, missing, err := s.has(at.c, host.Triple, wanted)
			if err != nil {
				return nil, nil, nil, err
			}
			if len(missing) == 0 {
				break
			}
			if lacking == nil {
				lacking = &MissingError{"nightly-" + at.c.date, host.Triple, missing}
			}
		}
		if back == backDays {
			return nil, nil, nil, fmt.Errorf("%w, and no nightly of the %d days before it has all wanted packages", lacking, backDays)
		}
		day := part{channel: p.channel, date: first.AddDate(0, 0, -1-back).Format(time.DateOnly), backend: p.backend}
		at.c, at.data, at.signature, err = s.fetch(ctx, day, p, opts)
		if _, none := errors.AsType[*NoReleaseError](err); err != nil && !none {
			return nil, nil, nil, err
		}
	}
	if lacking != nil {
		opts.Note("%v: taking nightly-%s, the newest one with all packages", lacking, at.c.date)
	}
	return at.c, at.data, at.signature, nil
}

// fetch fetches the manifest of part p from the first mirror that has it, and verifies it. The result has part as.
func (s *Supplier) fetch(ctx context.Context, p, as part, opts toolchain.UpdateOptions) (*catalogue, []byte, []byte, error) {
	bases, _, err := s.Mirrors(Dist)
	if err != nil {
		return nil, nil, nil, err
	}
	url, data, err := s.opts.Client.First(ctx, fetch.Under(bases, p.path()), maxManifest)
	if _, none := errors.AsType[*fetch.NotFoundError](err); none {
		return nil, nil, nil, &NoReleaseError{p.String(), s.near(p), err}
	}
	if err != nil {
		return nil, nil, nil, err
	}
	signature, err := s.opts.Client.Bytes(ctx, url+".asc", maxSignature)
	if _, none := errors.AsType[*fetch.NotFoundError](err); none {
		if !opts.AllowUnsigned {
			return nil, nil, nil, &trust.SignatureError{Name: url + ".asc", Reason: "there is no signature", Missing: true}
		}
		signature, err = nil, nil
	}
	if err != nil {
		return nil, nil, nil, err
	}
	c, err := s.verify(p, url, data, signature)
	if err != nil {
		return nil, nil, nil, err
	}
	c.part = as
	return c, data, signature, nil
}

// near returns the known releases before and after one that does not exist.
func (s *Supplier) near(p part) []string {
	if !p.isRelease() {
		return nil
	}
	want, err := version.Parse(p.channel)
	if err != nil {
		return nil
	}
	at := slices.IndexFunc(s.manifest.Releases, func(r manifests.RustRelease) bool { return r.Version.Less(want) })
	if at < 0 {
		at = len(s.manifest.Releases)
	}
	var near []string
	for _, r := range s.manifest.Releases[max(0, at-2):min(len(s.manifest.Releases), at+2)] {
		near = append(near, r.Version.String())
	}
	return near
}

// Dates returns the date of the manifest that an offer came from, and the date of the one that the server has now. When
// a file that a manifest lists is missing or differs, they show whether the catalogue or the server is behind.
func (s *Supplier) Dates(ctx context.Context, o toolchain.Offer) (have, now string, err error) {
	name, _, _ := strings.Cut(o.Key, "/")
	p, err := parsePart(name)
	if err != nil {
		return "", "", err
	}
	old, err := s.manifestOf(p, o)
	if err != nil {
		return "", "", err
	}
	c, _, _, err := s.fetch(ctx, p, p, toolchain.UpdateOptions{AllowUnsigned: o.Unsigned})
	if err != nil {
		return "", "", err
	}
	return old.date, c.date, nil
}
