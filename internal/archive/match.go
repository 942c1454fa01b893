package archive

import (
	"fmt"
	"path"
	"strings"
)

// Match reports whether a slash-separated name fits a pattern. Each component is a glob of path.Match (*, ?, [a-z]),
// which does not cross a slash; the component ** stands for any number of components, none included. So
// usr/share/doc/** fits usr/share/doc and all below it. A malformed pattern fits nothing: see CheckPattern.
func Match(pattern, name string) bool {
	return matchParts(strings.Split(pattern, "/"), strings.Split(name, "/"))
}

// CheckPattern says why Match would never find anything with a pattern.
func CheckPattern(pattern string) error {
	if pattern == "" || strings.HasPrefix(pattern, "/") || strings.HasSuffix(pattern, "/") {
		return fmt.Errorf("path pattern %q: expected a relative path such as usr/share/doc/**", pattern)
	}
	for part := range strings.SplitSeq(pattern, "/") {
		if strings.Contains(part, "**") && part != "**" {
			return fmt.Errorf("path pattern %q: ** has to be a component of its own, found %q", pattern, part)
		}
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("path pattern %q: %w in %q", pattern, err, part)
		}
	}
	return nil
}

// matchParts goes back to the last ** alone: what an earlier ** took never has to grow for a later one to fit, so the
// time stays within len(pattern) × len(name).
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

// A filter holds the split patterns of Keep and Drop.
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

func (f filter) wants(name string) bool {
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
