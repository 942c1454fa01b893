package kconfig

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxConfig bounds the size of a configuration, far above the 300 kB of a distribution's.
const maxConfig = 64 << 20

// Config holds the lines of a .config file in their order, because of several members of a choice the last counts. The
// zero Config has none.
type Config struct {
	Warnings []Warning // lines that are ignored, as conf ignores them
	lines    []assignment
	last     map[string]int // index in lines, by symbol
}

// assignment is one line. Only the type of the symbol tells whether its value is valid.
type assignment struct {
	symbol string // without CONFIG_
	value  string // as written; "n" for "is not set"
	line   int
}

// Warning is what is wrong with one line of a configuration that is read nevertheless.
type Warning struct {
	Line int // counted from 1; 0 means the file as a whole
	Text string
}

// String returns the warning with the line, for a message that names the file.
func (w Warning) String() string {
	if w.Line == 0 {
		return w.Text
	}
	return fmt.Sprintf("line %d: %s", w.Line, w.Text)
}

// ReadConfig reads a .config file as conf_read_simple in scripts/kconfig/confdata.c does: a line that is neither a
// setting nor a comment is ignored, which Config.Warnings tells.
func ReadConfig(r io.Reader) (Config, error) {
	config := Config{last: map[string]int{}}
	lines := bufio.NewReader(&io.LimitedReader{R: r, N: maxConfig + 1})
	size := 0
	for number := 1; ; number++ {
		line, err := lines.ReadBytes('\n')
		if size += len(line); size > maxConfig {
			return Config{}, fmt.Errorf("line %d: larger than %d bytes, expected a kernel configuration", number, maxConfig)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return Config{}, fmt.Errorf("line %d: %w", number, err)
		}
		config.read(string(stripped(line)), number)
		if err != nil {
			return config, nil
		}
	}
}

// stripped removes the line break and what follows a NUL, at which a line ends in C.
func stripped(line []byte) []byte {
	if rest, ok := bytes.CutSuffix(line, []byte("\n")); ok {
		line = bytes.TrimSuffix(rest, []byte("\r"))
	}
	line, _, _ = bytes.Cut(line, []byte{0})
	return line
}

func (c *Config) read(line string, number int) {
	if line == "" {
		return
	}
	if line[0] == '#' {
		if rest, ok := strings.CutPrefix(line, "# CONFIG_"); ok {
			if symbol, state, _ := strings.Cut(rest, " "); state == "is not set" {
				c.add(assignment{symbol, "n", number})
			}
		}
		return
	}
	name, value, assigned := strings.Cut(line, "=")
	symbol, prefixed := strings.CutPrefix(name, "CONFIG_")
	if !assigned || !prefixed {
		c.Warnings = append(c.Warnings, Warning{number, "unexpected data: " + quote(line) + ", expected CONFIG_X=value or # CONFIG_X is not set"})
		return
	}
	c.add(assignment{symbol, value, number})
}

func (c *Config) add(a assignment) {
	c.last[a.symbol] = len(c.lines)
	c.lines = append(c.lines, a)
}

// Value returns the value of the last line for a symbol, named without CONFIG_: "y", "m", "n" for "is not set", a number,
// or a string without its quotes. It is "" for a symbol without a line, which was not visible when the file was made.
func (c Config) Value(symbol string) string {
	value, _ := c.lookup(symbol)
	return value
}

func (c Config) lookup(symbol string) (value string, ok bool) {
	i, ok := c.last[symbol]
	if !ok {
		return "", false
	}
	value = c.lines[i].value
	if text, quoted := unquote(value); quoted {
		return text, true
	}
	return value, true
}

// Symbols returns the names of the symbols that have a line, sorted.
func (c Config) Symbols() []string {
	names := make([]string, 0, len(c.last))
	for name := range c.last {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// unquote returns the text between quotes, in which a backslash escapes any character. What follows the closing quote
// is ignored. ok is false without quotes.
func unquote(text string) (out string, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		return "", false
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch {
		case text[i] == '"':
			return b.String(), true
		case text[i] == '\\' && i+1 < len(text):
			i++
		}
		b.WriteByte(text[i])
	}
	return "", false
}

// quote returns a text in quotes, with at most 40 bytes of it.
func quote(text string) string {
	const most = 40
	if len(text) > most {
		return fmt.Sprintf("%q… (%d bytes)", text[:most], len(text))
	}
	return fmt.Sprintf("%q", text)
}
