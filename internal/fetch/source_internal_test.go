package fetch

import (
	"net/url"
	"testing"

	"github.com/hashicorp/go-getter/v2"
)

// go-getter interprets an accepted URL like any other program: as that path on that host, and nothing else.
func FuzzParseSource(f *testing.F) {
	for _, seed := range []string{
		"https://example.org/pool/c/clang_1.0+b1~rc_amd64.deb", "http://u:p@example.org:80/a%2Fb?x=y&z", "file:///a%2Bb%20c",
		"git::https://example.org/x", "https://example.org/a//b", "http://example.org/?archive=zip", "file:///%2e%2e/%2F",
		"http://example.org?a=//b", "http://[::1]/f", "file://localhost/f", "http://example.org/a?checksum=md5:00;b=c",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		src, err := parseSource(raw)
		if err != nil {
			return
		}
		if rest, sub := getter.SourceDirSubdir(src.text); sub != "" || rest != src.text {
			t.Errorf("%q: go-getter splits it into %q and %q", raw, rest, sub)
		}
		if forcedGetter.MatchString(src.text) {
			t.Errorf("%q: go-getter would select a getter with %q", raw, src.text)
		}
		again, err := url.Parse(src.text)
		if err != nil || again.Path != src.url.Path || again.Scheme != src.url.Scheme {
			t.Fatalf("%q: passed on as %q, which parses as %+v, %v", raw, src.text, again, err)
		}
		for _, key := range commands {
			if again.Query().Get(key) != "" {
				t.Errorf("%q: go-getter would interpret %s=", raw, key)
			}
		}
		if again.Scheme == "file" && again.RawPath != "" {
			t.Errorf("%q: go-getter would open %q for %q", raw, again.RawPath, again.Path)
		}
	})
}
