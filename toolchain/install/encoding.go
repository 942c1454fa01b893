package install

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/toolchain"
)

// signatureSuffix names the detached signature over an artifact in the store. It is stored under the digest of the
// artifact, because its own digest is unknown.
const signatureSuffix = ".sign"

// encoding returns the encoding of an artifact that is in the store, else its first.
func (in *Installer) encoding(a toolchain.Artifact) toolchain.Encoding {
	if a.Instead == nil || in.at(a.Own()) || !in.at(*a.Instead) {
		return a.Own()
	}
	return *a.Instead
}

func (in *Installer) at(e toolchain.Encoding) bool {
	path, _ := in.Store.FindArchive(e.Digest, "")
	return path != ""
}

// sizes are the sizes of files in bytes, by digest, as their servers report them.
type sizes map[trust.Digest]int64

// of returns the size of an artifact from the catalogue, else from its server; 0 when unknown.
func (s sizes) of(a toolchain.Artifact) int64 {
	if a.Size > 0 {
		return a.Size
	}
	return s[a.Digest]
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

// smallestChoice returns the index of the smallest artifact with two encodings, or -1. It is fetched first and alone,
// to measure the bandwidth.
func smallestChoice(artifacts []toolchain.Artifact, known sizes) int {
	best := -1
	for i, a := range artifacts {
		if a.Instead == nil || known[a.Digest] == 0 || known[a.Instead.Digest] == 0 {
			continue
		}
		if best < 0 || known[a.Digest] < known[artifacts[best].Digest] {
			best = i
		}
	}
	return best
}

// faster returns the encoding of an artifact that is unpacked sooner at a bandwidth in bytes per second. The time to
// fetch depends on the size of the file, and the time to decode on the size of its content, which is unknown: gzip
// compresses the programs and libraries of a toolchain to about a third.
func faster(a toolchain.Artifact, known sizes, bandwidth float64) toolchain.Encoding {
	const ofGzip = 3
	if a.Instead == nil || bandwidth <= 0 || known[a.Digest] == 0 || known[a.Instead.Digest] == 0 {
		return a.Own()
	}
	content := float64(ofGzip * max(known[a.Digest], known[a.Instead.Digest]))
	best, shortest := a.Own(), 0.0
	for i, e := range a.Encodings() {
		format, err := archive.FormatOf(e.Path)
		if err != nil {
			continue
		}
		took := float64(known[e.Digest])/bandwidth + content/archive.Speed(format)
		if i == 0 || took < shortest {
			best, shortest = e, took
		}
	}
	return best
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
