package debian

import (
	"strings"

	"github.com/krustup/krustup/internal/version"
)

// compareVersions compares two Debian versions, [epoch:]upstream[-revision]. It returns -1 if a is older than b, +1 if
// it is newer, and 0 if they are equal. It accepts any two strings.
// https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
func compareVersions(a, b string) int {
	if a == b {
		return 0
	}
	ea, ua, ra := splitVersion(a)
	eb, ub, rb := splitVersion(b)
	if c := compareNumbers(ea, eb); c != 0 {
		return c
	}
	if c := comparePart(ua, ub); c != 0 {
		return c
	}
	return comparePart(ra, rb)
}

func splitVersion(v string) (epoch, upstream, revision string) {
	if i := strings.IndexByte(v, ':'); i >= 0 {
		epoch, v = v[:i], v[i+1:]
	}
	if i := strings.LastIndexByte(v, '-'); i >= 0 {
		return epoch, v[:i], v[i+1:]
	}
	return epoch, v, ""
}

// comparePart is dpkg's verrevcmp: it compares runs of other characters and runs of digits in turn.
func comparePart(a, b string) int {
	for a != "" || b != "" {
		for (a != "" && !isDigit(a[0])) || (b != "" && !isDigit(b[0])) {
			if c := charOrder(a) - charOrder(b); c != 0 {
				return sign(c)
			}
			a, b = a[1:], b[1:]
		}
		na, nb := digits(a), digits(b)
		if c := compareNumbers(a[:na], b[:nb]); c != 0 {
			return c
		}
		a, b = a[na:], b[nb:]
	}
	return 0
}

// charOrder returns the rank of a string's first character: the tilde comes before the end of a part, the end before
// letters, and letters before all other characters. A digit counts as the end, because it ends the run.
func charOrder(s string) int {
	if s == "" || isDigit(s[0]) {
		return 0
	}
	switch c := s[0]; {
	case c == '~':
		return -1
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return int(c)
	default:
		return int(c) + 256
	}
}

// compareNumbers compares strings of digits of any length. The date in 24~++20261025103442 still fits an integer, but
// no rule limits the length.
func compareNumbers(a, b string) int {
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) != len(b) {
		return sign(len(a) - len(b))
	}
	return strings.Compare(a, b)
}

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return +1
	}
	return 0
}

// upstreamOf returns the upstream release of a Debian version: 1.85.1 for 1.85.1+dfsg1-1+deb13u1, 7.3-rc7 for
// 7.3~rc7-1~exp1. A snapshot of a development branch, such as 24~++20261025103442+7e3c57157096-1~exp1 or 16-20260315-1,
// is a prerelease of the version that it leads to.
func upstreamOf(v string) (version.Version, error) {
	_, text, _ := splitVersion(v)
	if _, really, ok := strings.Cut(text, "+really"); ok {
		text = really
	}
	text, pre, _ := strings.Cut(text, "~")
	text, _, _ = strings.Cut(text, "+") // +dfsg1, +ds, +git…: added when Debian repacked the source
	if strings.HasPrefix(pre, "deb") || strings.HasPrefix(pre, "bpo") {
		pre = "" // a package without a Debian revision, rebuilt for a release
	}
	pre, _, _ = strings.Cut(strings.TrimLeft(pre, "+"), "+")
	if pre != "" {
		text += "-" + pre
	}
	return version.Parse(text)
}
