package syntax

import (
	"slices"
	"strconv"
	"strings"
)

// Bounds of macro expansion, far above what a kernel needs.
const (
	maxSteps    = 1 << 21 // expansions while a tree is read
	maxNesting  = 100     // expansions inside each other
	maxExpanded = 1 << 16 // bytes of one result
)

// macro is a variable that a Kconfig file assigns, which can be called with arguments.
type macro struct {
	value  string
	simple bool // assigned by :=, so its value was expanded then
	known  bool // the expansion of a simple variable is known
}

// macros expands $(…) as scripts/kconfig/preprocess.c does. It runs nothing: what depends on a program or on an
// environment variable is unknown, unless the Options state it.
type macros struct {
	opts  *Options
	names map[string]*macro
	at    func() Position
	steps int
	depth int
}

// assign performs `name op value`, where op is one of = := +=.
func (m *macros) assign(name, op, value string) {
	v := m.names[name]
	add := op == "+=" && v != nil
	if v == nil {
		v = &macro{known: true}
		m.names[name] = v
	}
	if !add {
		v.simple, v.known = op == ":=", true
	}
	known := true
	if v.simple {
		value, known = m.expand(value, nil)
	}
	if add {
		value, known = v.value+" "+value, known && v.known
	}
	v.value, v.known = value[:min(len(value), maxExpanded)], known && len(value) <= maxExpanded
}

// expand replaces all $(…) in a text. known is false if the result depends on something unknown.
func (m *macros) expand(text string, args []string) (out string, known bool) {
	var b strings.Builder
	for {
		at := strings.IndexByte(text, '$')
		if at < 0 || b.Len() > maxExpanded {
			break
		}
		b.WriteString(text[:at])
		n := macroLength(text[at:])
		if n == 0 {
			return "", false
		}
		if n == 1 {
			b.WriteByte('$')
		} else {
			value, ok := m.evaluate(text[at+2:at+n-1], args)
			if !ok {
				return "", false
			}
			b.WriteString(value)
		}
		text = text[at+n:]
	}
	b.WriteString(text)
	return b.String(), b.Len() <= maxExpanded
}

// evaluate returns the value of the text between $( and its parenthesis (eval_clause in preprocess.c).
func (m *macros) evaluate(clause string, args []string) (string, bool) {
	if n, err := strconv.Atoi(strings.TrimLeft(clause, " \t")); err == nil && n > 0 && n <= len(args) {
		return args[n-1], true
	}
	if m.steps++; m.steps > maxSteps || m.depth >= maxNesting {
		return "", false
	}
	m.depth++
	defer func() { m.depth-- }()
	words := splitArguments(clause)
	name, known := m.expand(words[0], args)
	if !known {
		return "", false
	}
	var own []string
	for _, word := range words[1:] {
		value, ok := m.expand(word, args)
		known = known && ok
		own = append(own, value)
	}
	if v := m.names[name]; v != nil {
		switch {
		case v.simple:
			return v.value, v.known
		case !known:
			return "", false
		}
		return m.expand(v.value, own)
	}
	return m.call(name, own, known)
}

// call returns the result of a function of the language, or the value of an environment variable.
func (m *macros) call(name string, args []string, known bool) (string, bool) {
	switch name {
	case "error-if", "warning-if", "info":
		return "", true
	case "filename":
		return m.at().File, true
	case "lineno":
		return strconv.Itoa(m.at().Line), true
	case "shell":
		if known && len(args) == 1 && m.opts.Shell != nil {
			return m.opts.Shell(args[0])
		}
		return "", false
	}
	if value, ok := m.opts.Variables[name]; ok && len(args) == 0 {
		return value, true
	}
	_, missing := strconv.Atoi(name) // nil for an argument that the caller left out
	return "", m.opts.AllVariables || name == "" || missing == nil
}

// splitArguments splits a text at the commas that are not in parentheses.
func splitArguments(text string) []string {
	if !strings.Contains(text, ",") {
		return []string{text}
	}
	var words []string
	nest, from := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			nest++
		case ')':
			nest--
		case ',':
			if nest == 0 {
				words = append(words, text[from:i])
				from = i + 1
			}
		}
	}
	return slices.Clip(append(words, text[from:]))
}
