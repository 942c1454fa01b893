package kernelorg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

// maxList bounds the size of a list, in bytes. The largest list, that of Linux 6.x, has less than 1 MB.
const maxList = 16 << 20

// ReplayError reports a list from a server that was signed before the one in the catalogues.
type ReplayError struct {
	URL       string
	Have, Got time.Time
}

// Error prints both times in the format of RFC 3339, and what the replay can mean.
func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s: signed %s, but the list in the catalogue was signed %s: the mirror is stale, or this is a replay attack",
		e.URL, e.Got.Format(time.RFC3339), e.Have.Format(time.RFC3339))
}

// Unverified marks the error as a failed verification.
func (*ReplayError) Unverified() bool { return true }

// Update refreshes the lists of the named parts. If none is named, it refreshes the parts that have lists in the
// catalogues, or all but Linux if there are none; one of those that the server does not have is only noted. If it fails,
// the lists in the catalogues are kept.
func (s *Supplier) Update(ctx context.Context, host toolchain.Host, opts toolchain.UpdateOptions) error {
	names, err := s.host(host)
	if err != nil {
		return err
	}
	parts, err := s.wanted(opts.Parts, host)
	if err != nil {
		return err
	}
	// Without the lock, two updates could each compare with a list that the other is replacing.
	end, err := s.catalogues().BeginUpdate(ctx, Name, "lock", opts.Note)
	if err != nil {
		return err
	}
	defer end()
	var failed, lacking error
	lacks := 0
	for _, p := range parts {
		err := s.refresh(ctx, p, names)
		switch absent, ok := errors.AsType[*NoListsError](err); {
		case err == nil:
		case ok && opts.Parts == nil: // nobody asked for this part
			lacking = errors.Join(lacking, absent)
			lacks++
		default:
			failed = errors.Join(failed, fmt.Errorf("lists of %s: %w", p.Name, err))
		}
	}
	if lacks == len(parts) {
		failed = errors.Join(failed, lacking)
	} else if lacking != nil && opts.Note != nil {
		opts.Note("%v", lacking)
	}
	return failed
}

// NoListsError reports a part for which the server has no list at all.
type NoListsError struct {
	Part string
	Err  error // of the last directory that was looked for
}

// Error names the part.
func (e *NoListsError) Error() string {
	return fmt.Sprintf("the server has no lists of %s: %v", e.Part, e.Err)
}

// Unwrap returns the cause, a *fetch.NotFoundError.
func (e *NoListsError) Unwrap() error { return e.Err }

func (s *Supplier) wanted(named []string, host toolchain.Host) ([]manifests.KernelPart, error) {
	var known []string
	for _, p := range s.manifest.Parts {
		known = append(known, p.Name)
	}
	for _, name := range named {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("unknown part %q of kernel-org: expected one of %s", name, strings.Join(known, ", "))
		}
	}
	if named == nil {
		status, err := s.Status(host)
		if err != nil {
			return nil, err
		}
		for _, st := range status {
			if !st.Date.IsZero() || st.Err != nil {
				named = append(named, st.Part)
			}
		}
	}
	var parts []manifests.KernelPart
	for _, p := range s.manifest.Parts {
		if slices.Contains(named, p.Name) || len(named) == 0 && !p.Signature {
			parts = append(parts, p)
		}
	}
	return parts, nil
}

// refresh fetches the lists of a part. A directory that the server does not have counts as empty, but the server must
// have at least one directory of the part unless the part is optional. A directory that fails does not stop the others.
func (s *Supplier) refresh(ctx context.Context, p manifests.KernelPart, host manifests.KernelHost) error {
	bases, _, err := s.Mirrors(p.Base)
	if err != nil {
		return err
	}
	var none, failed error
	have := 0
	for _, dir := range dirs(p, host) {
		url, data, err := s.opts.Client.First(ctx, fetch.Under(bases, dir+"/"+listFile), maxList)
		if _, ok := errors.AsType[*fetch.NotFoundError](err); ok {
			none = err
			if err := s.markAbsent(dir); err != nil {
				return err
			}
			continue
		}
		if ctx.Err() != nil { // once more: what follows makes it count
			return context.Cause(ctx)
		}
		if err == nil {
			err = s.accept(dir, url, data)
		}
		failed = errors.Join(failed, err)
		have++
	}
	if failed != nil {
		return failed
	}
	if have == 0 && !p.Optional {
		return &NoListsError{p.Name, none}
	}
	return nil
}

// accept verifies a list and replaces the one in the catalogues with it.
func (s *Supplier) accept(dir, url string, data []byte) error {
	l, err := s.verify(dir, url, data)
	if err != nil {
		return err
	}
	old, err := s.load(dir)
	if err != nil {
		return err
	}
	if old != nil && l.made.Before(old.made) {
		return &ReplayError{url, old.made, l.made}
	}
	if err := os.MkdirAll(s.dir(dir), 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	if err := disk.ReplaceFile(filepath.Join(s.dir(dir), listFile), data); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read[dir] = l
	return nil
}

// markAbsent records that the server has no list of a directory. A list in the catalogues takes precedence over the
// record, so an incomplete mirror cannot remove one.
func (s *Supplier) markAbsent(dir string) error {
	if err := os.MkdirAll(s.dir(dir), 0o755); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	return disk.ReplaceFile(filepath.Join(s.dir(dir), absentFile), nil)
}
