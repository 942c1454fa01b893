package fetch

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// source is a URL that is safe to pass to go-getter.
type source struct {
	url  *url.URL
	text string // as passed to go-getter
}

// String returns the URL for messages: without user, password, query and fragment, which may be secrets.
func (s source) String() string { return redact(s.url) }

func redact(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

// forcedGetter matches the prefix that selects one of go-getter's getters: "git::https://...".
var forcedGetter = regexp.MustCompile(`^[A-Za-z0-9]+::`)

// commands are the query keys that go-getter interprets instead of sending them.
var commands = []string{"archive", "checksum", "filename"}

// parseSource parses a URL. It returns a *URLError for what go-getter would interpret as more than a plain URL.
func parseSource(raw string) (source, error) {
	if forcedGetter.MatchString(raw) {
		return source{}, &URLError{URL: raw[:strings.Index(raw, "::")+2] + "...", Reason: "expected an http, https or file URL"}
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The error of net/url repeats the URL, which may hold a password.
		return source{}, &URLError{URL: "(unreadable)", Reason: "not a valid URL"}
	}
	refuse := func(reason string) (source, error) {
		return source{}, &URLError{URL: redact(u), Reason: reason}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file":
		return refuse("expected an http, https or file URL")
	case u.Scheme != "file" && u.Host == "":
		return refuse("it has no host")
	case u.Scheme == "file" && (u.Host != "" && u.Host != "localhost" || !strings.HasPrefix(u.Path, "/")):
		return refuse("expected file:// and an absolute path")
	case u.Scheme == "file" && (u.RawQuery != "" || u.ForceQuery):
		return refuse("a file URL has no query; write a question mark in a file name as %3F")
	case u.Fragment != "":
		return refuse("a URL of a file has no fragment; write a # in a file name as %23")
	}
	for key := range u.Query() {
		if slices.Contains(commands, key) {
			return refuse("its query has " + key + "=, which would not be sent to the server")
		}
	}
	text := u.String()
	if u.Scheme == "file" {
		// go-getter opens the escaped path of a URL whose escapes are not canonical ("%2B").
		text = (&url.URL{Scheme: "file", Path: u.Path}).String()
	}
	_, path, _ := strings.Cut(text, "://")
	path, _, _ = strings.Cut(path, "?")
	if strings.Contains(path, "//") {
		return refuse("its path has an empty element (//)")
	}
	return source{url: u, text: text}, nil
}
