package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
)

// ParseMirrors parses the base URLs of mirrors, separated by spaces, in the order in which they are tried. It drops
// duplicates. example is as for ParseMirror.
func ParseMirrors(text, example string) ([]string, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		words = []string{text} // for the error
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

// Elsewhere reports whether another mirror may succeed after the error: the URL is unreachable or was not found.
// Contents that fail verification are not a reason to try another mirror.
func Elsewhere(err error) bool {
	return errors.As(err, new(*UnreachableError)) || errors.As(err, new(*NotFoundError))
}

// First calls Bytes with each URL in turn until one succeeds. It stops at an error for which another mirror cannot help
// (see Elsewhere). url is the last URL that was tried.
func (c *Client) First(ctx context.Context, urls []string, limit int64) (url string, data []byte, err error) {
	for _, url = range urls {
		if data, err = c.Bytes(ctx, url, limit); err == nil || !Elsewhere(err) || ctx.Err() != nil {
			break
		}
	}
	return url, data, err
}

// Under returns the URL of a path below each base URL.
func Under(bases []string, path string) []string {
	var list []string
	for _, base := range bases {
		list = append(list, base+"/"+path)
	}
	return list
}

// ParseMirror checks the base URL of a mirror and returns it without a trailing slash. example is a valid URL for the
// error message.
func ParseMirror(text, example string) (string, error) {
	u, err := url.Parse(strings.TrimRight(text, "/"))
	if err != nil {
		// The parser's own error repeats the text, which may hold a password.
		return "", fmt.Errorf("the address of the mirror is not a valid URL: expected one such as %s", example)
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
