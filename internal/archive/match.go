package archive

import (
	"fmt"
	"path"
	"strings"
)

// Match reports whether a slash-separated name matches a pattern. Each component of the pattern is a glob of path.Match
// (*, ?, [a-z]), which does not match a slash. The component ** matches any number of components, including none:
// usr/share/doc/** matches usr/share/doc and everything below it. A malformed pattern matches nothing; see
// CheckPattern.
func Match(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// CheckPattern returns an error for a pattern that can never match anything.
func CheckPattern(pattern string) error {
	if pattern == "" || strings.HasPrefix(pattern, "/") || strings.HasSuffix(pattern, "/") {
		return fmt.Errorf("path pattern %q: expected a relative path such as usr/share/doc/**", pattern)
	}
	for part := range strings.SplitSeq(pattern, "/") {
		if strings.Contains(part, "**") && part != "**" {
			return fmt.Errorf("path pattern %q: ** must be a whole component, found %q", pattern, part)
		}
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("path pattern %q: %w in %q", pattern, err, part)
		}
	}
	return nil
}

// matchParts backtracks only to the last **. What an earlier ** matched never needs to grow for a later one to match,
// so the time is within len(pattern) × len(name).
func matchParts(pattern, name []string) bool {
	p, n := 0, 0
	star, resume := -1, 0
	for n < len(name) {
		switch {
		case p < len(pattern) && pattern[p] == "**":
			star, resume = p, n
			p++
		case p < len(pattern) && fits(pattern[p], name[n]):
			p++
			n++
		case star >= 0:
			resume++
			p, n = star+1, resume
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == "**" {
		p++
	}
	return p == len(pattern)
}

func fits(glob, part string) bool {
	ok, err := path.Match(glob, part)
	return err == nil && ok
}

// filter holds the split patterns of Keep and Drop.
type filter struct{ keep, drop [][]string }

func newFilter(keep, drop []string) filter {
	var f filter
	for _, pattern := range keep {
		f.keep = append(f.keep, strings.Split(pattern, "/"))
	}
	for _, pattern := range drop {
		f.drop = append(f.drop, strings.Split(pattern, "/"))
	}
	return f
}

// keeps reports whether an entry is unpacked. The limits and checks of names apply to all entries.
func (f filter) keeps(name string) bool {
	if len(f.keep) == 0 && len(f.drop) == 0 {
		return true
	}
	parts := strings.Split(name, "/")
	for _, pattern := range f.drop {
		if matchParts(pattern, parts) {
			return false
		}
	}
	for _, pattern := range f.keep {
		if matchParts(pattern, parts) {
			return true
		}
	}
	return len(f.keep) == 0
}
