package fetch

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ParseMirrors reads one base address of a mirror or several with spaces between, in the order in which they are to be
// asked. example is as for ParseMirror.
func ParseMirrors(text, example string) ([]string, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{text} // for the message
	}
	var list []string
	for _, word := range words {
		base, err := ParseMirror(word, example)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(list, base) {
			list = append(list, base)
		}
	}
	return list, nil
}

// Elsewhere reports whether an address failed in a way that another mirror may not: it cannot be reached, or has no such
// file. What it does give and cannot be believed is no reason to ask on.
func Elsewhere(err error) bool {
	return errors.As(err, new(*UnreachableError)) || errors.As(err, new(*NotFoundError))
}

// Under gives the addresses of a path below each base.
func Under(bases []string, path string) []string {
	var list []string
	for _, base := range bases {
		list = append(list, base+"/"+path)
	}
	return list
}

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
