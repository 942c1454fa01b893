package kbuild

import (
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// stepLog returns the lines that a step wrote to a proof's log, from an offset on. It returns none for a log that
// cannot be read: the build's own verdict decides.
func stepLog(path string, offset int64) []string {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return nil
	}
	data, err := io.ReadAll(f)
	if err != nil {
		return nil
	}
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}

// reportsError reports whether a line of a log is an error of a compiler or of make.
func reportsError(line string) bool {
	return strings.HasPrefix(line, "error") || strings.Contains(line, ": error:") || strings.Contains(line, ": fatal error:") ||
		strings.Contains(line, "***") || strings.Contains(line, "rror while loading shared libraries")
}

// firstError returns the first line that reports an error, with the place that rustc names, or the path of the log.
func firstError(log string, lines []string) string {
	at := slices.IndexFunc(lines, reportsError)
	if at < 0 {
		return "see " + log
	}
	line := lines[at]
	if at+1 < len(lines) && strings.HasPrefix(strings.TrimSpace(lines[at+1]), "-->") {
		line += " " + strings.TrimSpace(lines[at+1])
	}
	return strings.TrimSpace(line)
}

// How much of a log is kept around its first error: rustc seldom prints more about one.
const (
	linesBefore = 3
	linesAfter  = 40
)

// aroundError returns the lines of a log around its first error, or the last lines when none reports an error.
func aroundError(lines []string) []string {
	at := slices.IndexFunc(lines, reportsError)
	if at < 0 {
		at = max(0, len(lines)-linesAfter)
	}
	return slices.Clone(lines[max(0, at-linesBefore):min(len(lines), at+linesAfter)])
}

// quiet is Kbuild's short form of a command that makes something with the Rust tools: "  RUSTC L rust/core.o",
// "  RUSTC [M] drivers/x.o", "  BINDGEN rust/bindings/bindings_generated.rs".
var quiet = regexp.MustCompile(`^  (?:RUSTC|CLIPPY|HOSTRUSTC|BINDGEN)\s+(?:(?:\[M\]|[A-Z]+)\s+)?([A-Za-z0-9_][^\s]*)$`)

// rustProducts returns the files that a step made with the Rust tools according to its log, relative to the build
// directory and in the log's order. A missing or empty file is left out.
func rustProducts(lines []string, output string) []string {
	var made []string
	for _, line := range lines {
		m := quiet.FindStringSubmatch(line)
		if m == nil || !filepath.IsLocal(m[1]) || slices.Contains(made, m[1]) {
			continue
		}
		if info, err := os.Stat(filepath.Join(output, m[1])); err == nil && info.Size() > 0 {
			made = append(made, m[1])
		}
	}
	return made
}

// gaveUp matches make's line about a file that it could not make:
// "make[3]: *** [tree/rust/Makefile:12: rust/kernel.o] Error 1".
var gaveUp = regexp.MustCompile(`^make(?:\[\d+\])?: \*\*\* \[(?:[^\]\s]+:\d+: )?([^\]\s]+)\] Error \d+`)

// unmade returns the first file that make could not make, "" when the log names none.
func unmade(lines []string) string {
	for _, line := range lines {
		if m := gaveUp.FindStringSubmatch(line); m != nil {
			return m[1]
		}
	}
	return ""
}

// SourcePlace is where in a source file a compiler found an error. The file is as the compiler names it: relative to
// the tree, or absolute. Line and Column begin at 1; a Column of 0 is unknown.
type SourcePlace struct {
	File         string
	Line, Column int
}

var (
	rustPlace = regexp.MustCompile(`--> ([^\s:]+):(\d+)(?::(\d+))?`)
	cPlace    = regexp.MustCompile(`^([^\s:]+):(\d+)(?::(\d+))?: (?:fatal )?error:`)
)

// Place returns the place of a proof's error, as rustc or a C compiler names it; ok is false when the error names none.
func (p Proof) Place() (at SourcePlace, ok bool) {
	m := rustPlace.FindStringSubmatch(p.Error)
	if m == nil {
		m = cPlace.FindStringSubmatch(p.Error)
	}
	if m == nil {
		return SourcePlace{}, false
	}
	line, err := strconv.Atoi(m[2])
	if err != nil {
		return SourcePlace{}, false // no file has such a line
	}
	column, err := strconv.Atoi(m[3])
	if err != nil {
		column = 0
	}
	return SourcePlace{File: m[1], Line: line, Column: column}, true
}
