package install

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/disk"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/lock"
	"github.com/krustup/krustup/internal/store"
	"github.com/krustup/krustup/internal/term"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// MissingFilesError reports that files are missing and that the network may not be used.
type MissingFilesError struct {
	Files []PlannedFile
}

// Error lists every file with its size in bytes and its digest, one per line, so that it can be brought over by hand.
func (e *MissingFilesError) Error() string {
	text := fmt.Sprintf("offline, but %s not in the store:", term.Count(len(e.Files), "file is", "files are"))
	for _, f := range e.Files {
		text += "\n  " + f.Name
		switch {
		case f.Signature:
			text += fmt.Sprintf(" (the signature over SHA-256 %s)", f.Digest)
		case f.Size > 0:
			text += fmt.Sprintf(" (%d bytes, SHA-256 %s)", f.Size, f.Digest)
		default:
			text += fmt.Sprintf(" (SHA-256 %s)", f.Digest)
		}
	}
	return text
}

// SpaceError reports that a file system has too little free space.
type SpaceError struct {
	Dir        string
	Need, Free uint64 // bytes
}

// Error prints both sizes in MB of 1,048,576 bytes, rounded down.
func (e *SpaceError) Error() string {
	return fmt.Sprintf("%s: %d MB free, but the installation needs about %d MB", e.Dir, e.Free>>20, e.Need>>20)
}

// roomForPrograms is the space that tools take with their archives: programs compress to about a quarter of their size.
// The suppliers' figures for unpacked sizes do not help: they include what Drop and Keep leave out.
const roomForPrograms = 5

// room is how much space the files of a plan need below a directory, in multiples of their size.
type room struct {
	dir    string
	factor uint64
}

// enough returns a *SpaceError if a file system has too little space for files of that size. Directories on one file
// system need the sum.
func enough(rooms []room, size uint64) error {
	needs := map[uint64]uint64{} // by device
	for _, r := range rooms {
		free, device, err := store.FreeAt(r.dir)
		if err != nil {
			return err
		}
		if needs[device] += r.factor * size; free < needs[device] {
			return &SpaceError{Dir: r.dir, Need: needs[device], Free: free}
		}
	}
	return nil
}

// fetch fetches what a plan needs into the store's archives, and checks before that it can succeed.
func (in *Installer) fetch(ctx context.Context, what string, plan Plan, rooms ...room) error {
	known, err := in.prepare(ctx, plan, rooms)
	if err != nil {
		return err
	}
	in.announce(what, plan, known)
	return in.fetchAll(ctx, plan, known)
}

// announce reports the sum of the bytes to fetch, each file once, and of those to unpack, each file for every object
// that it is part of.
func (in *Installer) announce(what string, plan Plan, known sizes) {
	var fetched, unpacked int64
	for _, a := range plan.artifacts() {
		if !in.Offline {
			fetched += known.of(a)
		}
	}
	for _, p := range plan.missing {
		for _, a := range p.Recipe.Artifacts {
			unpacked += known.of(a)
		}
	}
	in.Watch.Plan(what, fetched, fetched+unpacked)
}

// prepare checks what can be checked before the first byte is fetched, and removes what dead processes left.
func (in *Installer) prepare(ctx context.Context, plan Plan, rooms []room) (sizes, error) {
	if err := in.Store.EnsureWritable(); err != nil {
		return nil, err
	}
	if err := in.Store.CleanStages(ctx); err != nil {
		return nil, err
	}
	if in.Offline {
		if missing := plan.Fetch(); len(missing) > 0 {
			return nil, &MissingFilesError{missing}
		}
	}
	artifacts := plan.artifacts()
	known := in.askSizes(ctx, artifacts)
	var need uint64
	for _, a := range artifacts {
		need += uint64(known.of(a))
	}
	return known, enough(rooms, need)
}

// fetchAll fetches every artifact of the missing objects into the store's archives, each once, and verifies it. If some
// are no longer available, it still fetches the others, and the error names all that are missing.
func (in *Installer) fetchAll(ctx context.Context, plan Plan, known sizes) error {
	if in.Offline {
		return nil // prepare found every file
	}
	artifacts := plan.artifacts()
	chosen, err := in.chooseEncodings(ctx, artifacts, known)
	if err != nil {
		return err
	}
	gone := make([]error, len(artifacts))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, in.Jobs) * 2) // half of them wait for the network at any time
	for i, a := range artifacts {
		e, ok := chosen[a.Digest]
		if !ok {
			e = in.encoding(a)
		}
		group.Go(func() error {
			err := in.fetchOne(ctx, a, e)
			if unavailable, ok := errors.AsType[*UnavailableError](err); ok && unavailable.Gone() {
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

// fetchOne fetches one encoding of an artifact, unless the store has it and it verifies. Two processes that need the
// same file fetch it once: the second waits for the first.
func (in *Installer) fetchOne(ctx context.Context, a toolchain.Artifact, e toolchain.Encoding) error {
	name := filepath.Base(e.Path)
	size := a.Size
	if e.Digest != a.Digest {
		size = 0
	}
	if at, behind := in.Store.FindArchive(e.Digest, ""); behind && in.signedBehind(a) && trust.VerifyFile(at, e.Digest, size) == nil {
		in.Watch.Progress(disk.Size(at))
		return nil
	}
	located := a
	located.Path = e.Path
	urls, err := in.locate(located)
	if err != nil {
		return err
	}
	began := time.Now()
	got, err := in.Client.File(ctx, fetch.Request{
		URLs: urls, Size: size, Digest: e.Digest,
		Partial: in.Store.PartialPath(e.Digest), Dest: in.Store.ArchivePath(e.Digest), Progress: in.Watch.Progress,
		Waiting: func(h lock.Holder) { in.Watch.Waiting(name, h) },
	})
	if err != nil {
		return unavailable(UnavailableError{Name: name, Digest: e.Digest, Err: err})
	}
	if a.Signature != "" {
		if err := in.fetchSignature(ctx, a); err != nil {
			return unavailable(UnavailableError{Name: filepath.Base(a.Signature), Digest: a.Digest, Signature: true, Err: err})
		}
	}
	if !got.FromCache {
		in.Watch.Done("fetched", name, got.Bytes, time.Since(began))
	}
	return nil
}

// signedBehind reports whether an artifact of a base store has there the signature that it needs, if it needs one.
func (in *Installer) signedBehind(a toolchain.Artifact) bool {
	if a.Signature == "" {
		return true
	}
	at, _ := in.Store.FindArchive(a.Digest, signatureSuffix)
	return at != ""
}

// maxSignature bounds a detached signature, in bytes: those of kernel.org have less than 1 KiB a signer.
const maxSignature = 64 << 10

// fetchSignature fetches the detached signature of an artifact into the store. It is verified with the artifact.
func (in *Installer) fetchSignature(ctx context.Context, a toolchain.Artifact) error {
	a.Path = a.Signature
	urls, err := in.locate(a)
	if err != nil {
		return err
	}
	var failed error
	for _, u := range urls {
		data, err := in.Client.Bytes(ctx, u, maxSignature)
		if err == nil {
			return disk.ReplaceFile(in.Store.ArchivePath(a.Digest)+signatureSuffix, data)
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// chooseEncodings fetches one artifact to measure the bandwidth, and returns for each of the others the encoding that
// is unpacked sooner. It notes what it measured.
func (in *Installer) chooseEncodings(ctx context.Context, artifacts []toolchain.Artifact, known sizes) (map[trust.Digest]toolchain.Encoding, error) {
	chosen := map[trust.Digest]toolchain.Encoding{}
	first := smallestChoice(artifacts, known)
	if first < 0 {
		return chosen, nil
	}
	began := time.Now()
	if err := in.fetchOne(ctx, artifacts[first], artifacts[first].Own()); err != nil {
		return nil, err
	}
	bandwidth := float64(known[artifacts[first].Digest]) / time.Since(began).Seconds()
	instead, all := 0, 0
	for i, a := range artifacts {
		if a.Instead == nil || i == first {
			continue
		}
		all++
		chosen[a.Digest] = faster(a, known, bandwidth)
		if chosen[a.Digest] != a.Own() {
			instead++
		}
	}
	if all > 0 {
		in.Watch.Note("bandwidth %.1f MB/s: fetching %d of %d files as gzip, which is larger than xz but faster to decode", bandwidth/1e6, instead, all)
	}
	return chosen, nil
}

// askSizes asks the servers for the sizes that no signed catalogue has, of files that are not in the store. A size that
// no server reports stays unknown.
func (in *Installer) askSizes(ctx context.Context, artifacts []toolchain.Artifact) sizes {
	var mu sync.Mutex
	known := sizes{}
	var group errgroup.Group
	group.SetLimit(8)
	for _, a := range artifacts {
		if a.Size > 0 || in.Offline || in.at(in.encoding(a)) {
			continue
		}
		for _, e := range a.Encodings() {
			group.Go(func() error {
				at := a
				at.Path = e.Path
				urls, err := in.locate(at)
				if err != nil || len(urls) == 0 {
					return nil
				}
				if n, err := in.Client.Size(ctx, urls[0]); err == nil {
					mu.Lock()
					defer mu.Unlock()
					known[e.Digest] = n
				}
				return nil
			})
		}
	}
	_ = group.Wait() // they return no error
	return known
}
