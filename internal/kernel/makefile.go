package kernel

import (
	"regexp"
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// makeLine is one line of a makefile that is neither a directive nor a comment.
type makeLine struct {
	text     string
	number   int
	variable string      // the variable that the line assigns, "" in a recipe
	rule     string      // the target of the rule that the line starts or belongs to
	on       syntax.Expr // condition of the ifdefs around it, and of a name such as rustflags-$(CONFIG_X)
}

// makeBlock is an ifdef … endif around a line.
type makeBlock struct {
	now      syntax.Expr // condition of the current branch
	earlier  syntax.Expr // condition that the current or an earlier branch is taken
	branches int
}

var (
	directive    = regexp.MustCompile(`^[ \t]*(ifdef|ifndef|ifeq|ifneq|else|endif)\b[ \t]*(.*)$`)
	makeVariable = regexp.MustCompile(`^[ \t]*(?:export[ \t]+|override[ \t]+)*([A-Za-z0-9_.-]+(?:\$\([A-Za-z0-9_]+\))?)[ \t]*[:+?]?=`)
	ruleVariable = regexp.MustCompile(`^[^\t#=:]+:[ \t]*(?:private[ \t]+)?([A-Za-z0-9_.-]+)[ \t]*[:+?]?=`)
	makeRule     = regexp.MustCompile(`^([^\t#=]+?)[ \t]*:`)
	bySymbol     = regexp.MustCompile(`\$\((CONFIG_[A-Z0-9_]+)\)$`)
)

// makeLines parses a makefile as far as possible without running make: the condition that each line is under, and the
// variable or rule that it is part of
// (https://www.gnu.org/software/make/manual/html_node/Conditional-Syntax.html).
func makeLines(lines []string) []makeLine {
	var out []makeLine
	var blocks []makeBlock
	at := makeLine{on: always}
	continued, comment := false, false
	for i, text := range lines {
		joined := continued
		continued = strings.HasSuffix(text, `\`)
		// A backslash continues a comment too.
		if comment = comment && joined || strings.HasPrefix(strings.TrimSpace(text), "#"); comment {
			continue
		}
		if m := directive.FindStringSubmatch(text); m != nil && !joined {
			blocks = step(blocks, m[1], m[2])
			continue
		}
		if !joined {
			at = startLine(text, at)
		}
		on := always
		for _, b := range blocks {
			on = both(on, b.now)
		}
		out = append(out, makeLine{strings.TrimSuffix(text, `\`), i + 1, at.variable, at.rule, both(on, at.on)})
	}
	return out
}

// startLine returns the variable, rule and condition of a line that does not continue the line before it.
func startLine(text string, before makeLine) makeLine {
	at := makeLine{on: always}
	if m := makeVariable.FindStringSubmatch(text); m != nil {
		at.variable = m[1]
		if s := bySymbol.FindStringSubmatch(m[1]); s != nil {
			at.on = symbol(s[1])
		}
		return at
	}
	if m := ruleVariable.FindStringSubmatch(text); m != nil {
		at.variable, at.rule = m[1], strings.TrimSpace(text[:strings.IndexByte(text, ':')])
		return at
	}
	if strings.HasPrefix(text, "\t") {
		at.rule = before.rule
	} else if m := makeRule.FindStringSubmatch(text); m != nil {
		at.rule = m[1]
	}
	return at
}

// step applies one directive: it enters a conditional block, moves to its next branch, or leaves it.
func step(blocks []makeBlock, word, rest string) []makeBlock {
	if word != "else" && word != "endif" {
		c := makeTest(word, rest)
		if len(blocks) > maxDepth {
			c = opaque("…")
		}
		return append(blocks, makeBlock{now: c, earlier: c})
	}
	if len(blocks) == 0 {
		return nil
	}
	if word == "endif" {
		return blocks[:len(blocks)-1]
	}
	last := &blocks[len(blocks)-1]
	if last.branches++; last.branches > maxDepth {
		last.now = opaque("…")
		return blocks
	}
	now := not(last.earlier)
	if m := directive.FindStringSubmatch(rest); m != nil {
		c := makeTest(m[1], m[2])
		now, last.earlier = both(now, c), either(last.earlier, c)
	}
	last.now = now
	return blocks
}

// makeTest returns the condition of an ifdef, ifndef, ifeq or ifneq.
func makeTest(word, rest string) syntax.Expr {
	rest = strings.TrimSpace(rest)
	switch word {
	case "ifdef", "ifndef":
		rest, _, _ = strings.Cut(rest, "#")
		c := symbol(strings.TrimSpace(rest))
		if kbuildSteps[c.String()] {
			c = never
		}
		if word == "ifndef" {
			return not(c)
		}
		return c
	}
	c := opaque(rest)
	if inner, ok := strings.CutPrefix(rest, "("); ok && strings.HasSuffix(inner, ")") {
		if parts := splitArguments(inner[:len(inner)-1]); len(parts) == 2 {
			c = equal(strings.TrimSpace(parts[0]), strings.TrimSpace(parts[1]))
		}
	}
	if word == "ifneq" {
		return not(c)
	}
	return c
}

// kbuildSteps are variables that the top makefile sets in the steps before the build proper. They are unset in the
// build, which is the only step that counts here.
var kbuildSteps = map[string]bool{"mixed-build": true, "config-build": true, "need-sub-make": true}

// equal returns the condition that a text of make expands to a value: y, 1, or the empty string.
func equal(text, value string) syntax.Expr {
	c, ok := makeTruth(text)
	switch {
	case ok && (value == "y" || value == "1"):
		return c
	case ok && value == "":
		return not(c)
	}
	return syntax.Compare{Left: syntax.Operand{Kind: syntax.Macro, Text: text}, Op: "=", Right: syntax.Operand{Kind: syntax.Quoted, Text: value}}
}

var minVersion = regexp.MustCompile(`^\$\(call[ \t]+rustc-min-version,[ \t]*([1-9][0-9]{5,6})\)$`)

// makeTruth returns the condition of a text that expands to y or to nothing: a symbol, a comparison of rustc's version,
// $(or …) or $(and …). ok is false for any other text.
func makeTruth(text string) (c syntax.Expr, ok bool) {
	if m := minVersion.FindStringSubmatch(text); m != nil {
		return atLeast(m[1]), true
	}
	if s := bySymbol.FindStringSubmatch(text); s != nil && s[0] == text {
		return symbol(s[1]), true
	}
	if name, ok := strings.CutPrefix(text, "$("); ok && kbuildSteps[strings.TrimSuffix(name, ")")] {
		return never, true
	}
	for name, join := range map[string]func(a, b syntax.Expr) syntax.Expr{"or": either, "and": both} {
		inner, ok := strings.CutPrefix(text, "$("+name+" ")
		if !ok || !strings.HasSuffix(inner, ")") {
			continue
		}
		start := never
		if name == "and" {
			start = always
		}
		var list []syntax.Expr
		for _, part := range splitArguments(inner[:len(inner)-1]) {
			c, ok := makeTruth(strings.TrimSpace(part))
			if !ok {
				return nil, false
			}
			list = append(list, c)
		}
		return fold(list, join, start), true
	}
	return nil, false
}

// splitArguments splits at the commas outside parentheses.
func splitArguments(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// makePiece is a part of a line, with the condition under which make expands it.
type makePiece struct {
	text string
	on   syntax.Expr
}

// makePieces splits a text at each $(if …) into its branches. A condition that it cannot read is unknown.
func makePieces(text string, on syntax.Expr) []makePiece {
	start := strings.Index(text, "$(if ")
	if start < 0 {
		return []makePiece{{text, on}}
	}
	end := closing(text[start+1:])
	if end < 0 {
		return []makePiece{{text, on}}
	}
	end += start + 1
	parts := splitArguments(text[start+len("$(if ") : end])
	c, ok := makeTruth(strings.TrimSpace(parts[0]))
	if !ok {
		c = opaque(strings.TrimSpace(parts[0]))
	}
	pieces := []makePiece{{text[:start], on}}
	if len(parts) > 1 {
		pieces = append(pieces, makePieces(parts[1], both(on, c))...)
	}
	if len(parts) > 2 {
		pieces = append(pieces, makePieces(strings.Join(parts[2:], ","), both(on, not(c)))...)
	}
	return append(pieces, makePieces(text[end+1:], on)...)
}

// closing returns the index of the parenthesis that closes the one at the start of text, or -1.
func closing(text string) int {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
