package kconfig

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// userValue is what a configuration sets a symbol to.
type userValue struct {
	tri   syntax.Tristate // of a bool or tristate
	text  string          // of a string, int or hex
	order int             // a later line has a larger one; 0 if no line sets the symbol
}

// userValues are the values of a configuration, by symbol.
type userValues map[string]userValue

// maxUnknown is how many unknown options a warning names.
const maxUnknown = 3

// read returns the values that a configuration sets, and what of it is ignored (conf_set_sym_val in
// scripts/kconfig/confdata.c).
func (t *Tree) read(config Config) (userValues, []Warning) {
	values := make(userValues, len(config.lines))
	warnings := append([]Warning{}, config.Warnings...)
	var unknown []string
	for i, a := range config.lines {
		s := t.symbols[a.symbol]
		if s == nil || s.kind == "" {
			if config.last[a.symbol] == i && a.value != "n" {
				unknown = append(unknown, a.symbol)
			}
			continue
		}
		if _, again := values[a.symbol]; again {
			warnings = append(warnings, Warning{a.line, "override: reassigning to symbol " + a.symbol})
		}
		value, problem := s.parse(a.value)
		if problem != "" {
			warnings = append(warnings, Warning{a.line, problem})
			continue
		}
		value.order = i + 1
		values[a.symbol] = value
	}
	slices.SortStableFunc(warnings, func(a, b Warning) int { return cmp.Compare(a.Line, b.Line) })
	if len(unknown) > 0 {
		text := strings.Join(unknown[:min(len(unknown), maxUnknown)], ", ")
		if more := len(unknown) - maxUnknown; more > 0 {
			text += fmt.Sprintf(" and %d more", more)
		}
		warnings = append(warnings, Warning{0, "options that the tree does not define for " + t.Arch.SrcArch + " are ignored: " + text})
	}
	return values, warnings
}

// parse returns the value that a line sets a symbol to, or why it is ignored.
func (s *symbol) parse(text string) (v userValue, problem string) {
	switch s.kind {
	case "bool", "tristate":
		first := text[:min(len(text), 1)]
		t, ok := syntax.ParseTristate(first)
		if !ok || t == syntax.Mod && s.kind == "bool" {
			return v, fmt.Sprintf("symbol value %s invalid for %s, which is a %s", quote(text), s.name, s.kind)
		}
		return userValue{tri: t}, ""
	case "string":
		out, ok := unquote(text)
		if !ok {
			return v, fmt.Sprintf("symbol value %s invalid for %s, expected a string in quotes", quote(text), s.name)
		}
		return userValue{text: out}, ""
	}
	if !validNumber(s.kind, text) {
		return v, fmt.Sprintf("symbol value %s invalid for %s, expected a number (%s)", quote(text), s.name, s.kind)
	}
	return userValue{text: text}, ""
}

// validNumber reports whether a text is the value of an int or hex (sym_string_valid in scripts/kconfig/symbol.c).
func validNumber(kind, text string) bool {
	if kind == "hex" {
		if len(text) >= 2 && text[0] == '0' && text[1]|0x20 == 'x' {
			text = text[2:]
		}
		return text != "" && strings.Trim(text, "0123456789abcdefABCDEF") == ""
	}
	text = strings.TrimPrefix(text, "-")
	return text != "" && strings.Trim(text, "0123456789") == "" && (text[0] != '0' || text == "0")
}

// user returns the value that the configuration sets, with the changes of the evaluation.
func (e *Evaluation) user(s *symbol) (v userValue, ok bool) {
	if v, ok = e.changes[s.name]; ok {
		return v, true
	}
	v, ok = e.base().values[s.name]
	return v, ok
}
