package fetch

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/krustup/krustup/internal/trust"
)

// Bytes reads a small file whose digest is not known before, such as signed metadata, into memory. More than limit
// bytes are a *trust.SizeError; other errors are those of File. Nothing is resumed or kept, and nothing is verified:
// that is for the caller.
func (c *Client) Bytes(ctx context.Context, address string, limit int64) ([]byte, error) {
	src, err := parseSource(address)
	if err != nil {
		return nil, err
	}
	if src.url.Scheme == "file" {
		return localBytes(src, limit)
	}
	patience := c.patience()
	for {
		data, err := c.bytesOnce(ctx, src, limit)
		if err == nil || final(ctx, err) || !passing(err) || !patience.again(ctx) {
			return data, err
		}
	}
}

func (c *Client) bytesOnce(ctx context.Context, src source, limit int64) ([]byte, error) {
	ctx, alarm, stop := watch(ctx, c.timeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, src.url.String(), nil)
	if err != nil {
		return nil, explain(ctx, src, err)
	}
	req.Header = c.header()
	resp, err := c.httpClient(&exchange{alarm: alarm, atMost: limit}).Do(req)
	if err != nil {
		return nil, explain(ctx, src, err)
	}
	defer resp.Body.Close()
	data, err := readBounded(resp.Body, src, limit)
	if err != nil {
		return nil, explain(ctx, src, err)
	}
	return data, nil
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
