package fetch_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/krustup/krustup/internal/fetch"
)

// Addresses in which go-getter would see more than an address, and others that are none.
func TestRefusedAddresses(t *testing.T) {
	tests := []struct{ url, reason string }{
		{"git::https://example.org/repo", "starts with http"},
		{"file::http://example.org/f", "starts with http"},
		{"https::secret@example.org", "starts with http"},
		{"git@example.org:repo.git", "not a URL"},
		{"ssh://example.org/f", "starts with http"},
		{"s3://bucket/f", "starts with http"},
		{"/etc/passwd", "starts with http"},
		{"example.org/f", "starts with http"},
		{"", "starts with http"},
		{"http:///f", "no host"},
		{"http:f", "no host"},
		{"https://example.org/debian//pool/f", "empty part"},
		{"https://example.org//f", "empty part"},
		{"https://example.org/f?checksum=file:http://evil.example/sums", "checksum="},
		{"https://example.org/f?archive=tar.gz", "archive="},
		{"https://example.org/f?%61rchive=tar.gz", "archive="},
		{"https://example.org/f?filename=../../x", "filename="},
		{"https://example.org/f#part", "fragment"},
		{"file://host/f", "absolute path"},
		{"file:f", "absolute path"},
		{"file:///f?checksum=x", "no query"},
		{"file:///a//b", "empty part"},
		{"file:///a%2F/b", "empty part"},
		{"http://user:secret@exa mple.org/f", "not a URL"},
		{"http://user:secret@example.org//f?token=secret", "empty part"},
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
			t.Errorf("%q: the error tells a secret: %v", test.url, err)
		}
		if _, err := newClient(t, nil).Bytes(t.Context(), test.url, 10); !errors.As(err, &refused) {
			t.Errorf("%q: Bytes gives %v", test.url, err)
		}
	}
}
