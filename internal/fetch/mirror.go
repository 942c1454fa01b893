package fetch

import (
	"fmt"
	"net/url"
	"path"
	"strings"
)

// ParseMirror checks the base address of a mirror and gives it without a slash at its end. example is one that would do,
// for the message.
func ParseMirror(text, example string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		// The parser's own message repeats the text, which may hold a password.
		return "", fmt.Errorf("the mirror's address cannot be read: expected for instance %s", example)
	}
	ok := u.RawQuery == "" && u.Fragment == ""
	switch u.Scheme {
	case "http", "https":
		ok = ok && u.Host != ""
	case "file":
		if u.Opaque != "" || u.Host != "" || !path.IsAbs(u.Path) {
			ok = false
		}
	default:
		ok = false
	}
	if !ok {
		return "", fmt.Errorf("mirror %q: expected an http, https or file address such as %s", u.Redacted(), example)
	}
	return u.String(), nil
}
