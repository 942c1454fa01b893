package debian

import (
	"fmt"
	"regexp"
	"strings"
)

// template is a package name with placeholders, as described in suppliers/debian.toml.
type template struct {
	text    string
	pattern *regexp.Regexp
	prefix  string // text before the first placeholder, which rules out most names without the pattern
}

// placeholders maps each placeholder to the pattern of its values in a package name.
var placeholders = map[string]string{
	"major":  `[0-9]+`,
	"series": `[0-9]+\.[0-9]+`,
	"t64":    `|t64`,
	"triple": `[a-z0-9][a-z0-9-]*-linux-gnu[a-z0-9_]*`,
}

var placeholder = regexp.MustCompile(`\{[a-z0-9]+\}`)

func parseTemplate(text string) (template, error) {
	var b strings.Builder
	rest := text
	for {
		at := placeholder.FindStringIndex(rest)
		if at == nil {
			break
		}
		name := rest[at[0]+1 : at[1]-1]
		pattern, known := placeholders[name]
		if !known {
			return template{}, fmt.Errorf("package name %q: unknown placeholder {%s}", text, name)
		}
		b.WriteString(regexp.QuoteMeta(rest[:at[0]]) + "(?P<" + name + ">" + pattern + ")")
		rest = rest[at[1]:]
	}
	b.WriteString(regexp.QuoteMeta(rest))
	re, err := regexp.Compile("^(?:" + b.String() + ")$")
	if err != nil {
		return template{}, fmt.Errorf("package name %q: %w", text, err)
	}
	prefix, _, _ := strings.Cut(text, "{")
	return template{text: text, pattern: re, prefix: prefix}, nil
}

func parseTemplates(texts []string) ([]template, error) {
	var list []template
	for _, text := range texts {
		t, err := parseTemplate(text)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	return list, nil
}

// match returns the values of the placeholders in a package name. ok is false if the name does not match.
func (t template) match(name string) (values map[string]string, ok bool) {
	if !strings.HasPrefix(name, t.prefix) {
		return nil, false
	}
	found := t.pattern.FindStringSubmatch(name)
	if found == nil {
		return nil, false
	}
	values = map[string]string{}
	for i, key := range t.pattern.SubexpNames() {
		if key != "" {
			values[key] = found[i]
		}
	}
	return values, true
}

// fill replaces the placeholders of a name or path by values. A placeholder without a value is kept; no package or file
// has such a name.
func fill(text string, values map[string]string) string {
	return placeholder.ReplaceAllStringFunc(text, func(p string) string {
		if value, ok := values[p[1:len(p)-1]]; ok {
			return value
		}
		return p
	})
}

func fillAll(m, values map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	filled := make(map[string]string, len(m))
	for key, value := range m {
		filled[fill(key, values)] = fill(value, values)
	}
	return filled
}
