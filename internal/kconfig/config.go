package kconfig

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Config holds the settings of a .config file, by symbol without CONFIG_. A bool or tristate is "y", "m" or "n" ("is
// not set"), a string has no quotes. A symbol that is not in it was not visible when the file was made.
type Config map[string]string

// ReadConfig reads a .config file. The last line for a symbol counts, as in Kconfig. A line that is neither a setting
// nor a comment is an error, which names the line.
func ReadConfig(r io.Reader) (Config, error) {
	config := Config{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	number := 0
	for lines.Scan() {
		number++
		symbol, value, err := parseSetting(strings.TrimRight(lines.Text(), " \t\r"))
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if symbol != "" {
			config[symbol] = value
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("line %d: %w", number+1, err)
	}
	return config, nil
}

// parseSetting parses one line. symbol is "" for a comment and an empty line.
func parseSetting(line string) (symbol, value string, err error) {
	if rest, ok := strings.CutPrefix(line, "# CONFIG_"); ok {
		if symbol, ok := strings.CutSuffix(rest, " is not set"); ok && isSymbol(symbol) {
			return symbol, "n", nil
		}
		return "", "", nil
	}
	if line == "" || line[0] == '#' {
		return "", "", nil
	}
	name, value, assigned := strings.Cut(line, "=")
	symbol, prefixed := strings.CutPrefix(name, "CONFIG_")
	if !assigned || !prefixed || !isSymbol(symbol) {
		return "", "", fmt.Errorf("%q: expected CONFIG_X=value or # CONFIG_X is not set", line)
	}
	if strings.HasPrefix(value, `"`) {
		if value, err = unquote(value); err != nil {
			return "", "", fmt.Errorf("CONFIG_%s: %w", symbol, err)
		}
	}
	return symbol, value, nil
}

// unquote removes the quotes of a .config string, in which quotes and backslashes are escaped by a backslash.
func unquote(text string) (string, error) {
	var out strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"' && i == len(text)-1:
			return out.String(), nil
		case text[i] == '"':
			return "", fmt.Errorf("%s: text after the closing quote", text)
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		out.WriteByte(text[i])
	}
	return "", fmt.Errorf("%s: expected a closing quote", text)
}

func isSymbol(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}
