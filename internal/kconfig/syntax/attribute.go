package syntax

import (
	"fmt"
	"strings"
)

// attribute parses a line inside an entry, a menu or a choice.
func (r *reader) attribute(word, rest string) {
	var top *block
	if r.inBlock {
		top = r.blocks[len(r.blocks)-1]
	}
	switch {
	case word == "depends":
		rest, _ = strings.CutPrefix(rest, "on")
		c := r.clause("depends on", strings.TrimSpace(rest))
		switch {
		case r.entry != nil:
			r.entry.Depends = append(r.entry.Depends, c)
		case top != nil:
			top.depends = append(top.depends, c)
			if top.choice != nil {
				top.choice.Depends = append(top.choice.Depends, c)
			}
		}
	case word == "visible" && top != nil:
		rest, _ = strings.CutPrefix(rest, "if")
		top.visible = append(top.visible, Clause{Where: r.at, Words: "visible if", Expr: r.expr(strings.TrimSpace(rest))})
	case r.entry != nil:
		r.ofEntry(word, rest)
	case top != nil && top.choice != nil:
		r.ofChoice(top.choice, word, rest)
	}
}

func (r *reader) ofEntry(word, rest string) {
	e := r.entry
	switch word {
	case "bool", "tristate", "string", "int", "hex":
		e.setType(word)
		if rest != "" {
			e.Prompt = r.prompt(rest, e.Prompt)
		}
	case "prompt":
		e.Prompt = r.prompt(rest, e.Prompt)
	case "select", "imply":
		r.selects(word, rest)
	case "def_bool", "def_tristate":
		e.setType(strings.TrimPrefix(word, "def_"))
		e.Defaults = append(e.Defaults, r.clause(word, rest))
	case "default":
		e.Defaults = append(e.Defaults, r.clause(word, rest))
	case "range":
		r.ranges(rest)
	case "modules":
		r.modules()
	case "option": // up to 5.11
		if rest == "modules" {
			r.modules()
		}
	case "transitional":
		e.Transitional = true
	}
}

// setType sets the type of an entry. Kconfig ignores all but the first.
func (e *Entry) setType(kind string) {
	if e.Type == "" {
		e.Type = kind
	}
}

func (r *reader) modules() {
	if r.file.Modules == "" {
		r.file.Modules = r.entry.Symbol
	}
}

// ranges parses `low high` or `low high if condition`.
func (r *reader) ranges(text string) {
	p := &parser{text: text, macros: r.macros}
	p.next()
	out := Range{Where: r.at}
	out.Low, _ = p.operand()
	out.High, _ = p.operand()
	if p.token.kind == tokenOperand && p.token.operand == (Operand{Word, "if"}) {
		p.next()
		out.If = p.or()
	}
	if p.err == nil && p.token.kind != tokenEnd {
		p.fail("unexpected " + p.token.text)
	}
	if p.err != nil {
		r.fail(p.err)
		out.Low, out.High, out.If = unreadable(text), unreadable(text), nil
	}
	r.entry.Ranges = append(r.entry.Ranges, out)
}

func (r *reader) ofChoice(c *Choice, word, rest string) {
	switch word {
	case "bool", "tristate":
		c.Typed, c.Tristate = true, word == "tristate"
		if rest != "" {
			c.Prompt = r.prompt(rest, c.Prompt)
		}
	case "prompt":
		c.Prompt = r.prompt(rest, c.Prompt)
	case "default":
		c.Defaults = append(c.Defaults, r.clause(word, rest))
	case "optional":
		c.Optional = true
	}
}

// expr parses an expression. It records an error for one that does not parse and returns an unknown expression.
func (r *reader) expr(text string) Expr {
	p := &parser{text: text, macros: r.macros}
	e, err := p.whole()
	if err != nil {
		r.fail(err)
		return unreadable(text)
	}
	return e
}

// unreadable returns an unknown expression for text that does not parse.
func unreadable(text string) Operand { return Operand{Macro, strings.TrimSpace(text)} }

// clause parses `expression` or `expression if condition`.
func (r *reader) clause(words, text string) Clause {
	e, condition, err := parseWithIf(text, r.macros)
	if err != nil {
		r.fail(err)
		e, condition = unreadable(text), nil
	}
	return Clause{Where: r.at, Words: words, Expr: e, If: condition}
}

// prompt parses a prompt and keeps only its condition. The text of the prompt has no effect on values. If the entry has
// a prompt already, it can be set where either condition holds.
func (r *reader) prompt(text string, earlier *Clause) *Clause {
	_, condition, err := parseWithIf(text, r.macros)
	if err != nil {
		r.fail(err)
		condition = unreadable(text)
	}
	if earlier != nil && (earlier.Expr == nil || condition == nil) {
		condition = nil
	} else if earlier != nil {
		condition = Or{earlier.Expr, condition}
	}
	return &Clause{Where: r.at, Words: "prompt if", Expr: condition}
}

func (r *reader) selects(word, rest string) {
	s := Select{Where: r.at, Imply: word == "imply"}
	e, condition, err := parseWithIf(rest, r.macros)
	symbol, ok := e.(Operand)
	switch {
	case err != nil:
		r.fail(err)
		name, after, _ := strings.Cut(rest, " if ")
		s.Symbol, s.If = strings.TrimSpace(name), unreadable(after)
	case !ok || symbol.Kind != Word:
		r.fail(fmt.Errorf("%s %s: expected a symbol", word, rest))
		return
	default:
		s.Symbol, s.If = symbol.Text, condition
	}
	r.entry.Selects = append(r.entry.Selects, s)
}
