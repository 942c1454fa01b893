package debian

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/krustup/krustup/internal/archive"
	"github.com/krustup/krustup/internal/fetch"
	"github.com/krustup/krustup/internal/trust"
	"github.com/krustup/krustup/manifests"
	"github.com/krustup/krustup/toolchain"
)

const (
	maxRelease = 4 << 20 // bytes; Debian's largest has 200 kB
	maxIndex   = 1 << 30 // bytes, decompressed; Debian's largest has 65 MB
	// maxSkew is how far the date of a Release file may be ahead of this machine's clock.
	maxSkew = 24 * time.Hour
)

// refresh fetches and verifies a suite's Release file and, if that has changed, its index.
func (s *Supplier) refresh(ctx context.Context, suite manifests.DebianSuite, arch string, opts toolchain.UpdateOptions) *state {
	st := &state{suite: suite, dir: s.dir(suite.Name, arch)}
	if err := os.MkdirAll(st.dir, 0o755); err != nil {
		st.fail(err)
		return st
	}
	seen, err := readMeta(st.dir)
	if err != nil {
		st.fail(err)
		return st
	}
	if seen != nil {
		st.seen = seen.Date
		if seen.Schema == metaSchema {
			st.old = seen
		}
	}
	bases, err := s.bases(suite.Archive)
	if err != nil {
		st.fail(err)
		return st
	}
	roots := fetch.Under(bases, "dists/"+suite.Name)
	rel, err := s.verifyRelease(ctx, st, roots[0]+"/InRelease", opts.AllowStale)
	for err != nil && fetch.Elsewhere(err) && len(roots) > 1 && ctx.Err() == nil {
		opts.Note("%v: trying the next mirror", err)
		roots = roots[1:]
		rel, err = s.verifyRelease(ctx, st, roots[0]+"/InRelease", opts.AllowStale)
	}
	if err != nil {
		st.fail(err)
		return st
	}
	if st.old != nil && st.old.Release.Digest == trust.DigestOf(st.release) && fileHasSize(st.dir, st.old.Index) {
		same := *st.old
		same.Stale, same.URL = st.fresh.Stale, st.fresh.URL
		st.fresh = &same
		return st
	}
	if err := s.fetchIndex(ctx, st, roots, rel); err != nil {
		st.fail(err)
	}
	return st
}

// verifyRelease fetches and verifies a Release file, and sets the release and the fresh meta of st. The signature is
// checked first: the text is not parsed before it is verified.
func (s *Supplier) verifyRelease(ctx context.Context, st *state, url string, allowStale bool) (release, error) {
	data, err := s.opts.Client.Bytes(ctx, url, maxRelease)
	if err != nil {
		return release{}, err
	}
	text, signers, err := s.keyrings[st.suite.Archive].VerifyClearsigned(url, data)
	if err != nil {
		return release{}, err
	}
	rel, err := parseRelease(url, text)
	if err != nil {
		return release{}, err
	}
	now := s.opts.Now()
	stale := (&meta{ValidUntil: rel.validUntil}).expired(now)
	switch {
	case rel.codename != st.suite.Codename:
		return release{}, &SuiteError{URL: url, Want: st.suite.Codename, Got: rel.codename}
	case rel.date.After(now.Add(maxSkew)):
		return release{}, &FutureError{Suite: st.suite.Name, URL: url, Date: rel.date, Now: now}
	case rel.date.Before(st.seen):
		return release{}, &ReplayError{Suite: st.suite.Name, URL: url, Date: rel.date, Seen: st.seen}
	case stale && !allowStale:
		return release{}, &StaleError{Suite: st.suite.Name, URL: url, ValidUntil: rel.validUntil, Now: now}
	}
	st.release = data
	st.fresh = &meta{
		Schema: metaSchema, Suite: st.suite.Name, Arch: filepath.Base(st.dir), URL: url,
		Date: rel.date, ValidUntil: rel.validUntil, Stale: stale, Signers: signers,
	}
	return rel, nil
}

// fetchIndex fetches the suite's index into its directory and verifies it against the digest in the Release file.
func (s *Supplier) fetchIndex(ctx context.Context, st *state, roots []string, rel release) error {
	name, file, plain, ok := rel.index(st.fresh.Arch)
	if !ok {
		return &IndexError{URL: roots[0] + "/InRelease", Index: name}
	}
	urls := fetch.Under(roots, rel.served(name))
	if rel.byHash {
		urls = append(urls, fetch.Under(roots, name)...)
	}
	st.fresh.Index = storedFile{Name: "index-" + file.digest.Short() + path.Ext(name), Digest: file.digest, Size: file.size}
	st.fresh.Plain = storedFile{Digest: plain.digest, Size: plain.size}
	_, err := s.opts.Client.File(ctx, fetch.Request{
		URLs: urls, Size: file.size, Digest: file.digest,
		Partial: filepath.Join(s.opts.Partial, file.digest.String()),
		Dest:    filepath.Join(st.dir, st.fresh.Index.Name),
	})
	return err
}

func fileHasSize(dir string, f storedFile) bool {
	info, err := os.Stat(filepath.Join(dir, f.Name))
	return f.Name != "" && err == nil && info.Size() == f.Size
}

// indexReader reads the text of an index. The text is verified only when Verify has returned nil.
type indexReader struct {
	r        io.Reader
	verifier *trust.Verifier
}

func (r *indexReader) Read(p []byte) (int, error) { return r.r.Read(p) }

// Verify reads to the end, and checks the size and the digest of the whole text against the Release file.
func (r *indexReader) Verify() error {
	if _, err := io.Copy(io.Discard, r.r); err != nil {
		return err
	}
	return r.verifier.Verify()
}

// LostIndexError reports a stored index that is missing or cannot be read. The next update fetches it again.
type LostIndexError struct{ Err error }

// Error names the file.
func (e *LostIndexError) Error() string { return "stored index: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LostIndexError) Unwrap() error { return e.Err }

// withIndex calls use with the decompressed text of a suite's stored index. It verifies the stored file again before,
// because decompressors must read only bytes that are covered by a signature.
func (s *Supplier) withIndex(ctx context.Context, st *state, use func(name string, r *indexReader) error) error {
	m := st.current()
	path := filepath.Join(st.dir, m.Index.Name)
	if err := trust.VerifyFile(path, m.Index.Digest, m.Index.Size); err != nil {
		if !isIndexError(err) {
			return &LostIndexError{err}
		}
		return err
	}
	if m.Plain.Size > maxIndex {
		return &FormatError{Name: path, Reason: fmt.Sprintf("%d bytes decompressed, expected at most %d", m.Plain.Size, maxIndex)}
	}
	format, err := archive.FormatOf(path)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("reading index: %w", err)
	}
	defer file.Close()
	text, err := archive.Decompress(ctx, file, format)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	defer text.Close()
	verifier := trust.NewVerifier(io.Discard, path, m.Plain.Digest, m.Plain.Size)
	reader := &indexReader{r: io.TeeReader(text, verifier), verifier: verifier}
	if err := use(path, reader); err != nil {
		return err
	}
	return reader.Verify()
}

// isIndexError reports whether err means that an index is bad, as opposed to a disk error or an interruption.
func isIndexError(err error) bool {
	var digest *trust.DigestError
	var size *trust.SizeError
	var format *FormatError
	var compressed *archive.FormatError
	var lost *LostIndexError
	return errors.As(err, &lost) || errors.As(err, &digest) || errors.As(err, &size) || errors.As(err, &format) || errors.As(err, &compressed)
}
