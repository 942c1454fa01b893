package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/hashicorp/go-getter/v2"

	"github.com/krustup/krustup/internal/trust"
)

// attempt requests the missing part of Partial from a server once. When it returns nil, Partial is complete and
// verified.
func (d *download) attempt(ctx context.Context, src source) error {
	offset, err := d.takeUp(src)
	if err != nil {
		return err
	}
	if offset > 0 && d.checked.Verify() == nil {
		return nil // it was interrupted between the last byte and the rename
	}
	if d.Size > 0 && offset == d.Size {
		if err := d.clear(); err != nil {
			return err
		}
		if offset, err = d.takeUp(src); err != nil {
			return err
		}
	}
	d.resumed = offset > 0
	ctx, alarm, stop := watch(ctx, d.client.timeout)
	defer stop()
	exchange := &exchange{alarm: alarm, offset: offset, size: d.Size}
	request := getterRequest(src, d.Partial)
	request.ProgressListener = &tracker{d, src, offset}
	_, err = getterFor(&getter.HttpGetter{
		Client:                d.client.httpClient(exchange),
		Header:                d.client.header(),
		XTerraformGetDisabled: true,
		// go-getter's HEAD request before the GET is only needed to resume.
		DoNotCheckHeadFirst: offset == 0,
	}).Get(ctx, request)
	if err == nil {
		err = d.checked.Verify()
	}
	if err != nil {
		return explain(ctx, src, err)
	}
	return nil
}

// takeUp hashes the contents of Partial, unless the previous attempt did, and returns its length.
func (d *download) takeUp(src source) (int64, error) {
	info, err := os.Lstat(d.Partial)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		d.checked = trust.NewVerifier(io.Discard, src.String(), d.Digest, d.Size)
		d.show(-d.shown)
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("resuming: %w", err)
	case !info.Mode().IsRegular() || d.fromZero || d.Size > 0 && info.Size() > d.Size:
		if err := d.clear(); err != nil {
			return 0, err
		}
		return d.takeUp(src)
	case d.checked == nil || d.checked.Count() != info.Size():
		if err := d.rehash(src); err != nil {
			return 0, err
		}
	}
	d.show(d.checked.Count() - d.shown)
	return d.checked.Count(), nil
}

func (d *download) rehash(src source) error {
	file, err := os.Open(d.Partial)
	if err != nil {
		return fmt.Errorf("resuming: %w", err)
	}
	defer file.Close()
	d.checked = trust.NewVerifier(io.Discard, src.String(), d.Digest, d.Size)
	if _, err := io.Copy(d.checked, file); err != nil {
		return fmt.Errorf("resuming: %w", err)
	}
	return nil
}

// getterFor returns a go-getter client with a single getter and without go-getter's decompressors and symbolic links.
func getterFor(one getter.Getter) *getter.Client {
	return &getter.Client{
		Getters:         []getter.Getter{one},
		Decompressors:   map[string]getter.Decompressor{},
		DisableSymlinks: true,
	}
}

func getterRequest(src source, to string) *getter.Request {
	return &getter.Request{Src: src.text, Dst: to, GetMode: getter.ModeFile, Copy: true, DisableSymlinks: true}
}

// tracker follows a download for go-getter, which passes it the body of the response before writing a byte of it.
type tracker struct {
	d      *download
	src    source
	offset int64
}

// TrackProgress implements getter.ProgressTracker.
func (t *tracker) TrackProgress(_ string, current, _ int64, stream io.ReadCloser) io.ReadCloser {
	body := &body{stream: stream, d: t.d}
	if current != t.offset {
		// The server told go-getter that it cannot resume, so it sends the whole file. go-getter overwrites the old
		// bytes, but would leave the tail of a longer old file.
		body.err = os.Truncate(t.d.Partial, 0)
		t.d.checked = trust.NewVerifier(io.Discard, t.src.String(), t.d.Digest, t.d.Size)
		t.d.resumed = false
		t.d.show(-t.d.shown)
	}
	return body
}

// maxUnknown limits a file of unknown size, in bytes. The archives of toolchains are smaller than a quarter of it.
const maxUnknown = 4 << 30

// body hashes, counts and limits what is read from a response.
type body struct {
	stream io.ReadCloser
	d      *download
	err    error
}

func (b *body) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	n, err := b.stream.Read(p)
	b.d.moved += int64(n)
	passed, excess := b.d.checked.Write(p[:n])
	b.d.show(int64(passed))
	if excess == nil && b.d.Size == 0 && b.d.checked.Count() > maxUnknown {
		excess = &trust.SizeError{Want: maxUnknown, Got: b.d.checked.Count()}
	}
	if excess != nil {
		b.err = excess
		return passed, excess
	}
	return n, err
}

func (b *body) Close() error { return b.stream.Close() }
