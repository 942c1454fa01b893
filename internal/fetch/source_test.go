package fetch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/fetch"
)

// URLs that go-getter would interpret as more than a plain URL, and texts that are not URLs.
func TestRefusedAddresses(t *testing.T) {
	tests := []struct{ url, reason string }{
		{"git::https://example.org/repo", "http, https or file URL"},
		{"file::http://example.org/f", "http, https or file URL"},
		{"https::secret@example.org", "http, https or file URL"},
		{"git@example.org:repo.git", "not a valid URL"},
		{"ssh://example.org/f", "http, https or file URL"},
		{"s3://bucket/f", "http, https or file URL"},
		{"/etc/passwd", "http, https or file URL"},
		{"example.org/f", "http, https or file URL"},
		{"", "http, https or file URL"},
		{"http:///f", "no host"},
		{"http:f", "no host"},
		{"https://example.org/debian//pool/f", "empty element"},
		{"https://example.org//f", "empty element"},
		{"https://example.org/f?checksum=file:http://evil.example/sums", "checksum="},
		{"https://example.org/f?archive=tar.gz", "archive="},
		{"https://example.org/f?%61rchive=tar.gz", "archive="},
		{"https://example.org/f?filename=../../x", "filename="},
		{"https://example.org/f#part", "fragment"},
		{"file://host/f", "absolute path"},
		{"file:f", "absolute path"},
		{"file:///f?checksum=x", "no query"},
		{"file:///a//b", "empty element"},
		{"file:///a%2F/b", "empty element"},
		{"http://user:secret@exa mple.org/f", "not a valid URL"},
		{"http://user:secret@example.org//f?token=secret", "empty element"},
	}
	for _, test := range tests {
		j := newJob(t, test.url)
		_, err := newClient(t, nil).File(t.Context(), j.Request)
		var refused *fetch.URLError
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, test.reason) {
			t.Errorf("%q: error %v, want a *URLError with %q", test.url, err, test.reason)
			continue
		}
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error holds a secret: %v", test.url, err)
		}
		if _, err := newClient(t, nil).Bytes(t.Context(), test.url, 10); !errors.As(err, &refused) {
			t.Errorf("%q: Bytes: error %v", test.url, err)
		}
	}
}
