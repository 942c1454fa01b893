package debian

import (
	"fmt"
	"regexp"
	"strings"
)

// template is a package name with placeholders, as suppliers/debian.toml explains them.
type template struct {
	text    string
	pattern *regexp.Regexp
	prefix  string // literal, to refuse most names without the pattern
}

// placeholders gives what each may stand for in the name of a package.
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

// match gives the values of the placeholders in a package name.
func (t template) match(name string) (map[string]string, bool) {
	if !strings.HasPrefix(name, t.prefix) {
		return nil, false
	}
	found := t.pattern.FindStringSubmatch(name)
	if found == nil {
		return nil, false
	}
	values := map[string]string{}
	for i, key := range t.pattern.SubexpNames() {
		if key != "" {
			values[key] = found[i]
		}
	}
	return values, true
}

// fill puts values into the placeholders of a name or path. A placeholder without a value stays, which no package and
// no file is called.
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
