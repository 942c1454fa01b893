package install

import (
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
