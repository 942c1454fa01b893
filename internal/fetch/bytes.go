package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/krustup/krustup/internal/trust"
)

// Bytes reads a small file of unknown digest, such as signed metadata, into memory. It returns a *trust.SizeError for
// more than limit bytes, and otherwise the errors of File. It does not resume, store or verify anything: the caller has
// to verify the bytes.
func (c *Client) Bytes(ctx context.Context, address string, limit int64) ([]byte, error) {
	src, err := parseSource(address)
	if err != nil {
		return nil, err
	}
	if src.url.Scheme == "file" {
		return localBytes(src, limit)
	}
	var data []byte
	err = c.stream(ctx, src, limit, func(r io.Reader) (err error) {
		data, err = readBounded(r, src, limit)
		return err
	})
	return data, err
}

// Save writes a file of unknown digest to dest, which it truncates first. It is like Bytes for files too large for
// memory: it does not resume or verify anything.
func (c *Client) Save(ctx context.Context, address, dest string, limit int64) error {
	src, err := parseSource(address)
	if err != nil {
		return err
	}
	if src.url.Scheme == "file" {
		return &URLError{URL: src.String(), Reason: "expected an http or https URL"}
	}
	return c.stream(ctx, src, limit, func(r io.Reader) error {
		f, err := os.Create(dest)
		if err != nil {
			return err
		}
		n, err := io.Copy(f, io.LimitReader(r, limit+1))
		if err == nil && n > limit {
			err = &trust.SizeError{Name: src.String(), Want: limit, Got: n}
		}
		return errors.Join(err, f.Close())
	})
}

// stream passes the body of a server's response to read. Every attempt starts at the beginning of the file.
func (c *Client) stream(ctx context.Context, src source, limit int64, read func(io.Reader) error) error {
	patience := c.patience()
	for {
		err := c.streamOnce(ctx, src, limit, read)
		if err == nil || final(ctx, err) || !passing(err) || !patience.again(ctx) {
			return err
		}
	}
}

func (c *Client) streamOnce(ctx context.Context, src source, limit int64, read func(io.Reader) error) error {
	ctx, alarm, stop := watch(ctx, c.timeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, src.url.String(), nil)
	if err != nil {
		return explain(ctx, src, err)
	}
	req.Header = c.header()
	resp, err := c.httpClient(&exchange{alarm: alarm, atMost: limit}).Do(req)
	if err != nil {
		return explain(ctx, src, err)
	}
	defer resp.Body.Close()
	if err := read(resp.Body); err != nil {
		return explain(ctx, src, err)
	}
	return nil
}

func localBytes(src source, limit int64) ([]byte, error) {
	if _, err := localSize(src); err != nil {
		return nil, err
	}
	file, err := os.Open(src.url.Path)
	if err != nil {
		return nil, fmt.Errorf("fetching: %w", err)
	}
	defer file.Close()
	return readBounded(file, src, limit)
}

func readBounded(r io.Reader, src source, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, &trust.SizeError{Name: src.String(), Want: limit, Got: int64(len(data))}
	}
	return data, nil
}
