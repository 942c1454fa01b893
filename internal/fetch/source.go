package fetch

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// source is an address that may be handed to go-getter.
type source struct {
	url  *url.URL
	text string // as go-getter gets it
}

// String gives the address for messages: without user, password, query and fragment, any of which can be a secret.
func (s source) String() string { return redact(s.url) }

func redact(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

// forcedGetter is how go-getter is told which of its getters to run: "git::https://...".
var forcedGetter = regexp.MustCompile(`^[A-Za-z0-9]+::`)

// commands are the query keys that go-getter acts on instead of sending them.
var commands = []string{"archive", "checksum", "filename"}

// parseSource reads an address. Whatever go-getter would take as more than a plain address is a *URLError.
func parseSource(raw string) (source, error) {
	if forcedGetter.MatchString(raw) {
		return source{}, &URLError{URL: raw[:strings.Index(raw, "::")+2] + "...", Reason: "expected one that starts with http, https or file"}
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The error of net/url repeats the address, and with it what may be a password.
		return source{}, &URLError{URL: "(unreadable)", Reason: "it is not a URL"}
	}
	refuse := func(reason string) (source, error) {
		return source{}, &URLError{URL: redact(u), Reason: reason}
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "file":
		return refuse("expected one that starts with http, https or file")
	case u.Scheme != "file" && u.Host == "":
		return refuse("it names no host")
	case u.Scheme == "file" && (u.Host != "" && u.Host != "localhost" || !strings.HasPrefix(u.Path, "/")):
		return refuse("expected file:/// and an absolute path")
	case u.Scheme == "file" && (u.RawQuery != "" || u.ForceQuery):
		return refuse("a file has no query; a question mark of its name is written %3F")
	case u.Fragment != "":
		return refuse("a file has no fragment; a # of its name is written %23")
	}
	for key := range u.Query() {
		if slices.Contains(commands, key) {
			return refuse("its query holds " + key + "=, which is not sent to a server")
		}
	}
	text := u.String()
	if u.Scheme == "file" {
		// go-getter opens the escaped path of an address whose escapes are not the canonical ones ("%2B").
		text = (&url.URL{Scheme: "file", Path: u.Path}).String()
	}
	_, path, _ := strings.Cut(text, "://")
	path, _, _ = strings.Cut(path, "?")
	if strings.Contains(path, "//") {
		return refuse("its path has an empty part (//)")
	}
	return source{url: u, text: text}, nil
}
