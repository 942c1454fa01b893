package debian

import (
	"fmt"
	"strings"
)

// relation is one alternative of a dependency: "libc6 (>= 2.38)", "python3:any".
type relation struct {
	name      string
	qualifier string // after the colon: "any", "native", an architecture, or ""
	operator  string // "<<", "<=", "=", ">=", ">>", or "" for any version
	version   string
}

func (r relation) String() string {
	text := r.name
	if r.qualifier != "" {
		text += ":" + r.qualifier
	}
	if r.operator != "" {
		text += " (" + r.operator + " " + r.version + ")"
	}
	return text
}

// admits reports whether a version satisfies the relation.
func (r relation) admits(version string) bool {
	if r.operator == "" {
		return true
	}
	c := compareVersions(version, r.version)
	switch r.operator {
	case "<<":
		return c < 0
	case "<=":
		return c <= 0
	case "=":
		return c == 0
	case ">=":
		return c >= 0
	}
	return c > 0
}

// clause is one condition of a dependency field. At least one of its alternatives must be satisfied.
type clause []relation

func (c clause) String() string {
	parts := make([]string, len(c))
	for i, r := range c {
		parts[i] = r.String()
	}
	return strings.Join(parts, " | ")
}

// parseClauses parses a Depends, Pre-Depends or Provides field:
// https://www.debian.org/doc/debian-policy/ch-relationships.html
func parseClauses(field string) ([]clause, error) {
	var clauses []clause
	for part := range strings.SplitSeq(field, ",") {
		if strings.TrimSpace(part) == "" {
			continue // dpkg allows a comma at the end
		}
		var c clause
		for text := range strings.SplitSeq(part, "|") {
			r, err := parseRelation(strings.TrimSpace(text))
			if err != nil {
				return nil, err
			}
			c = append(c, r)
		}
		clauses = append(clauses, c)
	}
	return clauses, nil
}

func parseRelation(text string) (relation, error) {
	wrong := func() (relation, error) {
		return relation{}, fmt.Errorf("relation %q: expected a relation such as libc6 (>= 2.38)", text)
	}
	name, rest, bounded := strings.Cut(text, "(")
	name = strings.TrimSpace(name)
	var r relation
	r.name, r.qualifier, _ = strings.Cut(name, ":")
	if !isPackageName(r.name) {
		return wrong()
	}
	if !bounded {
		return r, nil
	}
	inner, after, closed := strings.Cut(rest, ")")
	if !closed || strings.TrimSpace(after) != "" {
		return wrong()
	}
	inner = strings.TrimSpace(inner)
	r.operator = inner[:len(inner)-len(strings.TrimLeft(inner, "<>="))]
	r.version = strings.TrimSpace(inner[len(r.operator):])
	switch r.operator {
	case "<<", "<=", "=", ">=", ">>":
	case "<", ">": // old spellings of <= and >=
		r.operator += "="
	default:
		return wrong()
	}
	if r.version == "" || strings.ContainsAny(r.version, " \t\n") {
		return wrong()
	}
	return r, nil
}

func isPackageName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || isDigit(c) || i > 0 && (c == '+' || c == '-' || c == '.')) &&
			!(c >= 'A' && c <= 'Z') && c != '_' { // policy forbids capitals, but third-party archives have them
			return false
		}
	}
	return s != ""
}
