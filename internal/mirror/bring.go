package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/toolchain"
	"github.com/krustup/krustup/toolchain/install"
)

// copier copies artifacts to a destination, from the store if they are in it, otherwise from their supplier.
type copier struct {
	in      *install.Installer
	dest    func(toolchain.Artifact) string
	partial func(toolchain.Artifact) string
	fetched atomic.Int64 // files that came from suppliers
	bytes   atomic.Int64 // their size
}

// all copies every artifact, a few at a time.
func (b *copier) all(ctx context.Context, what string, artifacts []toolchain.Artifact) error {
	var total, toFetch int64
	var missing []install.PlannedFile
	for _, a := range artifacts {
		total += a.Size
		if b.at(a) == "" {
			toFetch += a.Size
			missing = append(missing, install.PlannedFile{Artifact: a, Name: path.Base(a.Path), Size: a.Size, Digest: a.Digest})
		}
	}
	if b.in.Offline && len(missing) > 0 {
		return &install.MissingFilesError{Files: missing}
	}
	b.in.Watch.Plan(what, toFetch, total)
	gone := make([]error, len(artifacts)) // report every file that is no longer available, not only the first
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, b.in.Jobs) * 2)
	for i, a := range artifacts {
		group.Go(func() error {
			err := b.one(ctx, a)
			if unavailable, ok := errors.AsType[*install.UnavailableError](err); ok && unavailable.Gone() {
				gone[i], err = err, nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return errors.Join(gone...)
}

// at returns the path of an artifact that is already at its destination or in the store, or "" if it must be fetched.
func (b *copier) at(a toolchain.Artifact) string {
	if dest := b.dest(a); exists(dest) {
		return dest
	}
	kept, _ := b.in.Store.FindArchive(a.Digest, "")
	return kept
}

func (b *copier) one(ctx context.Context, a toolchain.Artifact) error {
	var urls []string
	kept, _ := b.in.Store.FindArchive(a.Digest, "")
	if kept != "" && kept != b.dest(a) {
		urls = append(urls, fileURL(kept))
	}
	if !b.in.Offline {
		located, err := b.locate(a)
		if err != nil {
			return err
		}
		urls = append(urls, located...)
	}
	if len(urls) == 0 {
		urls = []string{fileURL(b.dest(a))} // File verifies the file that is already there
	}
	name := path.Base(a.Path)
	if path.Base(path.Dir(a.Path)) == "SHA256" { // a by-hash name in Debian's archive is only a digest
		name = a.Name
	}
	began := time.Now()
	got, err := b.in.Client.File(ctx, fetch.Request{
		URLs: urls, Size: a.Size, Digest: a.Digest, Partial: b.partial(a), Dest: b.dest(a), Progress: b.in.Watch.Progress,
		Waiting: func(h lock.Holder) { b.in.Watch.Waiting(name, h) },
	})
	if err != nil {
		return &install.UnavailableError{Name: name, Digest: a.Digest, Err: err}
	}
	if !got.FromCache && (kept == "" || got.URL != fileURL(kept)) {
		b.fetched.Add(1)
		b.bytes.Add(got.Bytes)
		b.in.Watch.Done("fetched", name, got.Bytes, time.Since(began))
	}
	return nil
}

func (b *copier) locate(a toolchain.Artifact) ([]string, error) {
	at := slices.IndexFunc(b.in.Suppliers, func(s toolchain.Supplier) bool { return s.Name() == a.Supplier })
	if at < 0 {
		return nil, fmt.Errorf("%s comes from supplier %s, which is not in use: see --supplier", a.Name, a.Supplier)
	}
	return b.in.Suppliers[at].Locate(a)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// fileURL returns the file: URL of an absolute path.
func fileURL(name string) string { return (&url.URL{Scheme: "file", Path: name}).String() }
