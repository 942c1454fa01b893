package kernel

import (
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// crateFeature is a feature that a crate turns on, with the line of its name.
type crateFeature struct {
	name string
	line int
	on   syntax.Expr // condition of the cfg_attr around it, as written
}

// crateFeatures returns the features of the inner attributes at the start of a Rust file: `#![feature(a, b)]`, also
// inside `#![cfg_attr(condition, …)]`. rustc accepts them only there
// (https://doc.rust-lang.org/reference/attributes.html).
func crateFeatures(source string) []crateFeature {
	r := attributeReader{rustLexer: newRustLexer(source)}
	for r.take("#") && r.take("!") && r.take("[") {
		r.meta(always, 0)
		r.passTo("]")
		r.take("]")
	}
	return r.found
}

type attributeReader struct {
	*rustLexer
	found []crateFeature
}

// meta reads one attribute. It leaves attributes that it does not know for passTo to skip.
func (r *attributeReader) meta(on syntax.Expr, depth int) {
	switch name := r.next(); {
	case name.text == "feature" && r.take("("):
		for t := r.next(); t.text != ")" && t.text != ""; t = r.next() {
			if t.ident() {
				r.found = append(r.found, crateFeature{t.text, t.line, on})
			}
		}
	case name.text == "cfg_attr" && r.take("("):
		inner := both(on, r.cfg(depth))
		for depth < maxDepth && r.take(",") && r.look().text != ")" {
			r.meta(inner, depth+1)
			r.passTo(",", ")")
		}
		r.passTo(")")
		r.take(")")
	}
}

// passTo skips to the next of the given tokens that is outside all brackets.
func (r *attributeReader) passTo(ends ...string) {
	for depth := 0; ; r.next() {
		t := r.look().text
		for _, end := range ends {
			if depth == 0 && t == end {
				return
			}
		}
		switch t {
		case "":
			return
		case "(", "[", "{":
			depth++
		case ")", "]", "}":
			if depth == 0 {
				return
			}
			depth--
		}
	}
}

// cfg parses a condition in the syntax of https://doc.rust-lang.org/reference/conditional-compilation.html.
func (r *attributeReader) cfg(depth int) syntax.Expr {
	name := r.next()
	switch {
	case depth > maxDepth || !name.ident():
		return opaque(name.text)
	case r.take("="):
		return cfgEqual(name.text, r.next().text)
	case !r.take("("):
		return cfgWord(name.text)
	}
	var args []syntax.Expr
	for r.look().text != ")" && r.look().text != "" {
		args = append(args, r.cfg(depth+1))
		r.take(",")
	}
	r.take(")")
	switch {
	case name.text == "all":
		return fold(args, both, always)
	case name.text == "any":
		return fold(args, either, never)
	case name.text == "not" && len(args) == 1:
		return not(args[0])
	}
	return opaque(name.text + "(…)")
}

// cfgEqual returns the condition that a cfg has a value. quoted is the value with its quotes.
func cfgEqual(name, quoted string) syntax.Expr {
	value := syntax.Operand{Kind: syntax.Quoted, Text: strings.Trim(quoted, `"`)}
	return syntax.Compare{Left: syntax.Operand{Text: name}, Op: "=", Right: value}
}

func cfgWord(text string) syntax.Expr {
	switch text {
	case "true":
		return always
	case "false":
		return never
	}
	return symbol(text)
}
