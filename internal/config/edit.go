package config

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"github.com/krustup/krustup/manifests"
)

// Keys returns the names of all settings that a file can hold.
func Keys() []string {
	keys := slices.Concat([]string{"suppliers"}, Words(), []string{"jobs", "ca"})
	for _, archive := range archives() {
		keys = append(keys, "mirrors."+archive)
	}
	return keys
}

// Words returns the names of the settings in Config.Words.
func Words() []string {
	keys := make([]string, len(words))
	for i, w := range words {
		keys[i] = w.key
	}
	return keys
}

// Check returns the *Error of a file with that content, or nil. project says which of the two files it is.
func Check(name string, data []byte, project bool) error {
	c := newConfig()
	if err := c.read(name, data, project); err != nil {
		return &Error{err}
	}
	return nil
}

// Set returns the content of a file with a setting changed, which is one of Keys; no values remove it. All other lines,
// comments among them, stay. The error is an *Error: the values or the rest of the file are wrong, or the setting is
// written in a form that cannot be changed line by line. name is the path of the file.
func Set(name string, data []byte, project bool, key string, values ...string) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, &Error{err} }
	if !slices.Contains(Keys(), key) {
		return fail(fmt.Errorf("unknown setting %q, expected one of %s", key, strings.Join(Keys(), ", ")))
	}
	if err := Check(name, data, project); err != nil && len(values) > 0 {
		return nil, err
	}
	value, err := render(key, values)
	if err != nil {
		return fail(err)
	}
	table, bare := "", key
	if archive, mirror := strings.CutPrefix(key, "mirrors."); mirror {
		table, bare = "mirrors", archive
	}
	line := ""
	if len(values) > 0 {
		line = bare + " = " + value + "\n"
	}
	out := replaceKey(data, table, bare, line)
	if err := Check(name, out, project); err != nil {
		return nil, err
	}
	if !holds(out, table, bare, len(values) > 0) {
		return fail(fmt.Errorf("%s: %s is set in a form that cannot be changed line by line: edit the file", name, key))
	}
	return out, nil
}

// render returns values as TOML.
func render(key string, values []string) (string, error) {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	list := key == "suppliers" || strings.HasPrefix(key, "mirrors.") && len(values) > 1
	switch {
	case len(values) == 0:
		return "", nil
	case list:
		return "[" + strings.Join(quoted, ", ") + "]", nil
	case len(values) > 1:
		return "", fmt.Errorf("%s has one value, found %d", key, len(values))
	case key == "jobs":
		if _, err := strconv.Atoi(values[0]); err != nil {
			return "", fmt.Errorf("jobs: expected a number, found %q", values[0])
		}
		return values[0], nil
	case key == "ca" && !filepath.IsAbs(values[0]):
		abs, err := filepath.Abs(values[0]) // the file is read relative to itself, not to where the user is
		return strconv.Quote(abs), err
	}
	return quoted[0], nil
}

// replaceKey returns TOML with the expression that sets a key of a table, "" for none, replaced by a line. Without such
// an expression the line is added at the end of the table. An empty line removes the expression.
func replaceKey(data []byte, table, key, line string) []byte {
	lines := slices.Collect(bytes.Lines(data))
	if n := len(lines); n > 0 && !bytes.HasSuffix(lines[n-1], []byte("\n")) {
		lines[n-1] = append(slices.Clone(lines[n-1]), '\n')
	}
	here, end := "", -1 // end: after the last line of the table that is not blank
	if table == "" {
		end = 0
	}
	for i := 0; i < len(lines); i++ {
		text := strings.TrimSpace(string(lines[i]))
		if header, ok := tableHeader(text); ok {
			here = header
		} else if here == table && keyOf(text) == key {
			after := i + expression(lines[i:])
			return bytes.Join(slices.Concat(lines[:i], [][]byte{[]byte(line)}, lines[after:]), nil)
		}
		if keyOf(text) != "" {
			i += expression(lines[i:]) - 1
		}
		if here == table && text != "" {
			end = i + 1
		}
	}
	switch {
	case line == "":
		return data
	case end < 0:
		if len(lines) > 0 {
			lines = append(lines, []byte("\n"))
		}
		lines = append(lines, []byte("["+table+"]\n"))
		end = len(lines)
	}
	return bytes.Join(slices.Insert(lines, end, []byte(line)), nil)
}

// expression returns how many lines the expression takes that begins with the first: the fewest that are TOML.
func expression(lines [][]byte) int {
	for n := 1; n <= len(lines); n++ {
		var table map[string]any
		if toml.Unmarshal(bytes.Join(lines[:n], nil), &table) == nil {
			return n
		}
	}
	return 1
}

// tableHeader returns the name in a line "[name]".
func tableHeader(line string) (string, bool) {
	line, _, _ = strings.Cut(line, "#")
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
		return "", false
	}
	return unquoted(line[1 : len(line)-1]), true
}

// keyOf returns the key that a line sets, or "".
func keyOf(line string) string {
	name, _, ok := strings.Cut(line, "=")
	if !ok || strings.HasPrefix(line, "#") {
		return ""
	}
	return unquoted(name)
}

func unquoted(name string) string { return strings.Trim(strings.TrimSpace(name), `"'`) }

// holds reports whether a key is set in TOML that is valid, if it should be, and not set if it should not.
func holds(data []byte, table, key string, should bool) bool {
	var all map[string]any
	if manifests.DecodeStrict("", data, &all) != nil {
		return false
	}
	if table != "" {
		all, _ = all[table].(map[string]any)
	}
	_, has := all[key]
	return has == should
}
