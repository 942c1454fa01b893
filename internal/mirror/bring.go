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

// bringing is how artifacts come to where they are wanted: from the store where they are there, else from their supplier.
type bringing struct {
	in      *install.Installer
	dest    func(toolchain.Artifact) string
	partial func(toolchain.Artifact) string
	fetched atomic.Int64 // files
	bytes   atomic.Int64 // that came from suppliers
}

// all brings every artifact, a few at a time.
func (b *bringing) all(ctx context.Context, what string, artifacts []toolchain.Artifact) error {
	var total, missing int64
	var absent []install.PlannedFile
	for _, a := range artifacts {
		total += a.Size
		if b.at(a) == "" {
			missing += a.Size
			absent = append(absent, install.PlannedFile{Artifact: a, Name: path.Base(a.Path), Size: a.Size, Digest: a.Digest})
		}
	}
	if b.in.Offline && len(absent) > 0 {
		return &install.NotAtHandError{Files: absent}
	}
	b.in.Watch.Plan(what, missing, total)
	gone := make([]error, len(artifacts)) // all of them are named, not the first alone
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

// at is where the artifact is already: where it is wanted, or in the store; "": it has to be fetched.
func (b *bringing) at(a toolchain.Artifact) string {
	if dest := b.dest(a); exists(dest) {
		return dest
	}
	kept, _ := b.in.Store.FindArchive(a.Digest, "")
	return kept
}

func (b *bringing) one(ctx context.Context, a toolchain.Artifact) error {
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
		urls = []string{fileURL(b.dest(a))} // which is the right file, or the error says that it is not
	}
	name := path.Base(a.Path)
	if path.Base(path.Dir(a.Path)) == "SHA256" { // Debian's by-hash names say nothing
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

func (b *bringing) locate(a toolchain.Artifact) ([]string, error) {
	at := slices.IndexFunc(b.in.Suppliers, func(s toolchain.Supplier) bool { return s.Name() == a.Supplier })
	if at < 0 {
		return nil, fmt.Errorf("%s is of supplier %s, which is not in use: see --supplier", a.Name, a.Supplier)
	}
	return b.in.Suppliers[at].Locate(a)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// fileURL is the address of an absolute path.
func fileURL(name string) string { return (&url.URL{Scheme: "file", Path: name}).String() }
