package fetch

import (
	"context"
	"net/http"
)

// Size returns the size of a file in bytes without fetching it, or 0 when the server does not state it. The size is not
// verified: use it only for plans and progress bars. Errors are those of File.
func (c *Client) Size(ctx context.Context, address string) (int64, error) {
	src, err := parseSource(address)
	if err != nil {
		return 0, err
	}
	if src.url.Scheme == "file" {
		return localSize(src)
	}
	ctx, alarm, stop := watch(ctx, c.timeout)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, src.url.String(), nil)
	if err != nil {
		return 0, explain(ctx, src, err)
	}
	req.Header = c.header()
	resp, err := c.httpClient(&exchange{alarm: alarm}).Do(req)
	if err != nil {
		return 0, explain(ctx, src, err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, explain(ctx, src, &statusError{resp.StatusCode})
	}
	return max(resp.ContentLength, 0), nil
}
