// Package gnumake reads what GNU make is told: by the words of its command line, and by MAKEFLAGS and the other
// variables of its environment. It runs nothing.
//
// A Line is the result: variables, goals, directories, and whether somebody already decided how many jobs run.
//
// Invariant: a Line has what make itself would have after reading the same words
// (https://www.gnu.org/software/make/manual/html_node/Options-Summary.html, and "Communicating Options to a Sub-make").
// A word that make would refuse is ignored here: make reports it. What --eval and Makefiles define is not part of it.
package gnumake

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Line is what make reads from its command line and its environment.
type Line struct {
	Goals []string
	// JobsGiven is set if the caller decided how many jobs run: by -j, or by the jobserver of a make that runs this one.
	JobsGiven bool

	dirs        []string // of -C, in their order
	options     []string // the names of all options: "-n", "--dry-run"
	jobs        []string // the options about jobs, with their values
	command     map[string]string
	environment map[string]string
}

// Origin is where make finds a variable's value.
type Origin string

// The origins, by the names of make's function `origin`.
const (
	Undefined   Origin = "undefined"
	Environment Origin = "environment"
	CommandLine Origin = "command line"
)

// Parse reads the words of a command line without the program's name, and an environment in the form of os.Environ.
func Parse(words, environment []string) Line {
	l := Line{command: map[string]string{}, environment: map[string]string{}}
	for _, entry := range environment {
		if name, value, ok := strings.Cut(entry, "="); ok {
			l.environment[name] = value
		}
	}
	// MAKEFLAGS and GNUMAKEFLAGS precede the command line, so that its variables override theirs.
	for _, name := range []string{"GNUMAKEFLAGS", "MAKEFLAGS"} {
		inherited := Line{command: l.command}
		inherited.read(flagWords(l.environment[name]), true)
		l.JobsGiven = l.JobsGiven || inherited.JobsGiven
	}
	l.read(words, false)
	return l
}

// flagWords splits the value of MAKEFLAGS into words. A backslash protects the character after it. The first word may
// be a group of one-letter options without a dash.
func flagWords(value string) []string {
	var words []string
	var word strings.Builder
	open := false
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		case c == '\\' && i+1 < len(value):
			i++
			word.WriteByte(value[i])
			open = true
		default:
			word.WriteByte(c)
			open = true
		}
	}
	if open {
		words = append(words, word.String())
	}
	if len(words) > 0 && !strings.HasPrefix(words[0], "-") && !strings.Contains(words[0], "=") {
		words[0] = "-" + words[0]
	}
	return words
}

// withValue are make's one-letter options whose value is the rest of the word or the next word.
const withValue = "CEfIoW"

// maybeValue are those with an optional value: a number for -j and -l, which may be the next word; a word for -O.
const maybeNumber, maybeWord = "jl", "O"

// longWithValue are the long options that take the next word as their value if they have no "=".
var longWithValue = map[string]bool{
	"directory": true, "file": true, "makefile": true, "include-dir": true, "old-file": true, "assume-old": true,
	"new-file": true, "assume-new": true, "what-if": true, "eval": true,
}

// read parses words. Those of MAKEFLAGS (inherited) have no goals.
func (l *Line) read(words []string, inherited bool) {
	onlyGoals := false
	for i := 0; i < len(words); i++ {
		word := words[i]
		switch {
		case word == "--" && !onlyGoals:
			onlyGoals = true
		case onlyGoals || len(word) < 2 || word[0] != '-':
			l.argument(word, inherited)
		case strings.HasPrefix(word, "--"):
			i += l.long(word[2:], words[i+1:])
		default:
			i += l.short(word[1:], words[i+1:])
		}
	}
}

// long parses a long option and returns how many of the words after it are its value.
func (l *Line) long(option string, after []string) int {
	name, value, joined := strings.Cut(option, "=")
	taken := 0
	switch {
	case joined:
	case longWithValue[name] && len(after) > 0:
		value, taken = after[0], 1
	case name == "jobs" && len(after) > 0 && isNumber(after[0]):
		taken = 1
	}
	l.options = append(l.options, "--"+name)
	switch name {
	case "jobs", "jobserver-auth", "jobserver-fds":
		l.JobsGiven = true
		l.jobs = append(l.jobs, slices.Concat([]string{"--" + option}, after[:taken])...)
	case "directory":
		l.dirs = append(l.dirs, value)
	}
	return taken
}

// short parses a group of one-letter options and returns how many of the words after it are values.
func (l *Line) short(group string, after []string) int {
	for i := 0; i < len(group); i++ {
		letter, rest := group[i], group[i+1:]
		l.options = append(l.options, "-"+group[i:i+1])
		switch {
		case strings.IndexByte(withValue, letter) >= 0:
			taken := 0
			if rest == "" && len(after) > 0 {
				rest, taken = after[0], 1
			}
			if letter == 'C' {
				l.dirs = append(l.dirs, rest)
			}
			return taken
		case strings.IndexByte(maybeNumber, letter) >= 0:
			number, taken := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789."))], 0
			if rest == "" && len(after) > 0 && isNumber(after[0]) {
				number, taken = after[0], 1
			}
			if letter == 'j' {
				l.JobsGiven = true
				l.jobs = append(l.jobs, "-j"+number)
			}
			if taken > 0 {
				return taken
			}
			i += len(number)
		case strings.IndexByte(maybeWord, letter) >= 0:
			return 0
		}
	}
	return 0
}

func isNumber(word string) bool { return word != "" && strings.Trim(word, "0123456789.") == "" }

// argument adds a variable or a goal.
func (l *Line) argument(word string, inherited bool) {
	name, value, assigned := strings.Cut(word, "=")
	name = strings.TrimRight(name, ":?+!")
	switch {
	case assigned && name != "" && !strings.ContainsAny(name, " \t:#"):
		l.command[name] = value
	case !inherited && word != "" && !assigned:
		l.Goals = append(l.Goals, word)
	}
}

// Lookup returns the value of a variable and its origin, before any Makefile is read.
func (l Line) Lookup(name string) (string, Origin) {
	if value, ok := l.command[name]; ok {
		return value, CommandLine
	}
	if value, ok := l.environment[name]; ok {
		return value, Environment
	}
	return "", Undefined
}

// Value returns the value of a variable, "" if it has none.
func (l Line) Value(name string) string {
	value, _ := l.Lookup(name)
	return value
}

// With returns the line with a variable added to the command line.
func (l Line) With(name, value string) Line {
	l.command = maps.Clone(l.command)
	l.command[name] = value
	return l
}

// Dir returns the directory in which make works if it is started in dir: each -C is relative to the one before it.
func (l Line) Dir(dir string) string {
	for _, d := range l.dirs {
		dir = Join(dir, d)
	}
	return dir
}

// Join returns the path that a name stands for in a directory.
func Join(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}
