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

// signatureSuffix is what the detached signature over an artifact is kept by: beside it, since its own digest is not
// known.
const signatureSuffix = ".sign"

// encoding is the one of an artifact's compressions that is in the store, else its own.
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

// sizes are the lengths of files in bytes, by digest, as their servers tell them.
type sizes map[trust.Digest]int64

// of is the size of an artifact: the catalogue's, or what its server told; 0: not known.
func (s sizes) of(a toolchain.Artifact) int64 {
	if a.Size > 0 {
		return a.Size
	}
	return s[a.Digest]
}

// askSizes asks for the sizes that no signed catalogue tells, of what is not at hand. What nobody answers stays unknown.
func (in *Installer) askSizes(ctx context.Context, artifacts []toolchain.Artifact) sizes {
	var mu sync.Mutex
	told := sizes{}
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
					told[e.Digest] = n
				}
				return nil
			})
		}
	}
	_ = group.Wait() // none of them gives an error
	return told
}

// smallestChoice gives the index of the smallest artifact with two encodings, or -1: fetched first and alone, it tells
// how fast the network is.
func smallestChoice(artifacts []toolchain.Artifact, told sizes) int {
	best := -1
	for i, a := range artifacts {
		if a.Instead == nil || told[a.Digest] == 0 || told[a.Instead.Digest] == 0 {
			continue
		}
		if best < 0 || told[a.Digest] < told[artifacts[best].Digest] {
			best = i
		}
	}
	return best
}

// faster gives the encoding of an artifact that is sooner unpacked at a bandwidth in bytes a second: fetching takes the
// length, and decoding goes by the length of the content, which is not known. gzip makes a third of the programs and
// libraries that a toolchain is.
func faster(a toolchain.Artifact, told sizes, bandwidth float64) toolchain.Encoding {
	const ofGzip = 3
	if a.Instead == nil || bandwidth <= 0 || told[a.Digest] == 0 || told[a.Instead.Digest] == 0 {
		return a.Own()
	}
	content := float64(ofGzip * max(told[a.Digest], told[a.Instead.Digest]))
	best, least := a.Own(), 0.0
	for i, e := range a.Encodings() {
		format, err := archive.FormatOf(e.Path)
		if err != nil {
			continue
		}
		took := float64(told[e.Digest])/bandwidth + content/archive.Speed(format)
		if i == 0 || took < least {
			best, least = e, took
		}
	}
	return best
}

// chooseEncodings fetches one artifact to see how fast the network is, and then picks for each of the others what is
// sooner unpacked. It says what it found.
func (in *Installer) chooseEncodings(ctx context.Context, artifacts []toolchain.Artifact, told sizes) (map[trust.Digest]toolchain.Encoding, error) {
	chosen := map[trust.Digest]toolchain.Encoding{}
	first := smallestChoice(artifacts, told)
	if first < 0 {
		return chosen, nil
	}
	began := time.Now()
	if err := in.fetchOne(ctx, artifacts[first], artifacts[first].Own()); err != nil {
		return nil, err
	}
	bandwidth := float64(told[artifacts[first].Digest]) / time.Since(began).Seconds()
	instead, all := 0, 0
	for i, a := range artifacts {
		if a.Instead == nil || i == first {
			continue
		}
		all++
		chosen[a.Digest] = faster(a, told, bandwidth)
		if chosen[a.Digest] != a.Own() {
			instead++
		}
	}
	if all > 0 {
		in.Watch.Note("the network gives %.1f MB/s: %d of %d files are fetched as gzip, which is longer than xz and decoded faster", bandwidth/1e6, instead, all)
	}
	return chosen, nil
}
