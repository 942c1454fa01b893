package syntax

import (
	"fmt"
	"strings"
)

// Bounds far above what a kernel has.
const (
	maxDepth  = 200     // nesting of parentheses and !
	maxLength = 1 << 16 // bytes of one expression
)

// SyntaxError reports that an expression does not parse.
type SyntaxError struct {
	Text   string // the whole expression
	Offset int    // byte of Text at which the error is, from 0
	What   string // what is wrong there
}

// Error counts the column from 1, in bytes.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("expression %q, column %d: %s", e.Text, e.Offset+1, e.What)
}

// ParseExpr parses text as one expression. The error is a *SyntaxError.
func ParseExpr(text string) (Expr, error) {
	p := &parser{text: text}
	return p.whole()
}

// whole parses all of the text as one expression.
func (p *parser) whole() (Expr, error) {
	p.next()
	e := p.or()
	if p.err == nil && p.token.kind != tokenEnd {
		p.fail("unexpected " + p.token.text)
	}
	if p.err != nil {
		return nil, p.err
	}
	return e, nil
}

// parseWithIf parses `expression` or `expression if condition`. The condition is nil if there is none.
func parseWithIf(text string, m *macros) (e, condition Expr, err error) {
	p := &parser{text: text, macros: m}
	p.next()
	e = p.or()
	if p.token.kind == tokenOperand && p.token.operand == (Operand{Word, "if"}) {
		p.next()
		condition = p.or()
	}
	if p.err == nil && p.token.kind != tokenEnd {
		p.fail("unexpected " + p.token.text)
	}
	return e, condition, p.err
}

type tokenKind int

const (
	tokenEnd tokenKind = iota
	tokenOperand
	tokenOperator // && || ! ( ) = != < <= > >=
)

type token struct {
	kind    tokenKind
	text    string
	operand Operand
	offset  int
}

// parser is a recursive-descent parser for the grammar of scripts/kconfig/parser.y. The first error is kept in err.
// From then on every token is tokenEnd, so that every rule ends.
type parser struct {
	text   string
	macros *macros // nil if all are unknown
	pos    int
	depth  int
	token  token
	err    error
}

func (p *parser) fail(what string) {
	if p.err == nil {
		p.err = &SyntaxError{Text: p.text, Offset: p.token.offset, What: what}
	}
	p.token = token{kind: tokenEnd, offset: p.token.offset}
}

func (p *parser) or() Expr {
	left := p.and()
	for p.accept("||") {
		left = Or{left, p.and()}
	}
	return left
}

func (p *parser) and() Expr {
	left := p.unary()
	for p.accept("&&") {
		left = And{left, p.unary()}
	}
	return left
}

func (p *parser) unary() Expr {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		p.fail("nested too deeply")
	}
	switch {
	case p.accept("!"):
		return Not{p.unary()}
	case p.accept("("):
		inner := p.or()
		if !p.accept(")") {
			p.fail("expected )")
		}
		return inner
	}
	left, ok := p.operand()
	if !ok {
		return left
	}
	for _, op := range []string{"=", "!=", "<", "<=", ">", ">="} {
		if p.accept(op) {
			right, _ := p.operand()
			return Compare{left, op, right}
		}
	}
	return left
}

func (p *parser) operand() (Operand, bool) {
	if p.token.kind != tokenOperand {
		p.fail("expected a symbol or a string")
		return Operand{}, false
	}
	o := p.token.operand
	p.next()
	return o, true
}

// accept consumes the token if it is the operator op, and reports whether it is.
func (p *parser) accept(op string) bool {
	if p.token.kind != tokenOperator || p.token.text != op {
		return false
	}
	p.next()
	return true
}

func (p *parser) next() {
	if p.err != nil {
		return
	}
	for p.pos < len(p.text) && isBlank(p.text[p.pos]) {
		p.pos++
	}
	p.token = token{kind: tokenEnd, offset: p.pos}
	if len(p.text) > maxLength {
		p.fail(fmt.Sprintf("longer than %d bytes", maxLength))
		return
	}
	rest := p.text[p.pos:]
	if rest == "" {
		return
	}
	if op := operatorAt(rest); op != "" {
		p.token.kind, p.token.text = tokenOperator, op
		p.pos += len(op)
		return
	}
	operand, length, what := operandAt(rest, p.macros)
	if what != "" {
		p.fail(what)
		return
	}
	p.pos += length
	if operand == (Operand{}) { // a macro that expands to nothing
		p.next()
		return
	}
	p.token.kind, p.token.operand, p.token.text = tokenOperand, operand, rest[:length]
}

func operatorAt(text string) string {
	for _, op := range []string{"&&", "||", "!=", "<=", ">=", "!", "(", ")", "=", "<", ">"} {
		if strings.HasPrefix(text, op) {
			return op
		}
	}
	return ""
}

// operandAt parses the operand at the start of text. It returns its length, or what is wrong with it. Macros whose
// results are known are expanded; a word that expands to nothing is the zero Operand.
func operandAt(text string, m *macros) (o Operand, length int, what string) {
	o, length, what = literalAt(text)
	if o.Kind != Macro || what != "" || m == nil {
		return o, length, what
	}
	if o.Text[0] != '"' && o.Text[0] != '\'' {
		if out, known := m.expand(o.Text, nil); known {
			o = Operand{Word, out}
		}
		return o, length, ""
	}
	if out, known := m.unquote(o.Text); known {
		o = Operand{Quoted, out}
	}
	return o, length, ""
}

// unquote returns the value of a string with macros. Their results are not searched for quotes and backslashes.
func (m *macros) unquote(text string) (string, bool) {
	var b strings.Builder
	for i := 1; i < len(text)-1; {
		n := 1
		switch {
		case text[i] == '$':
			n = macroLength(text[i:])
			out, known := m.expand(text[i:i+n], nil)
			if !known {
				return "", false
			}
			b.WriteString(out)
		case text[i] == '\\':
			b.WriteByte(text[i+1])
			n = 2
		default:
			b.WriteByte(text[i])
		}
		i += n
	}
	return b.String(), true
}

func literalAt(text string) (o Operand, length int, what string) {
	if text[0] == '"' || text[0] == '\'' {
		return quotedAt(text)
	}
	end, macro := 0, false
	for end < len(text) && (isWord(text[end]) || text[end] == '$') {
		if text[end] != '$' {
			end++
			continue
		}
		macro = true
		n := macroLength(text[end:])
		if n == 0 {
			return Operand{}, 0, "expected ) for $("
		}
		end += n
	}
	switch {
	case end == 0:
		return Operand{}, 0, fmt.Sprintf("unexpected character %q", text[0])
	case macro:
		return Operand{Macro, text[:end]}, end, ""
	}
	return Operand{Word, text[:end]}, end, ""
}

func quotedAt(text string) (o Operand, length int, what string) {
	var value strings.Builder
	macro := false
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == text[0] && macro:
			return Operand{Macro, text[:i+1]}, i + 1, ""
		case c == text[0]:
			return Operand{Quoted, value.String()}, i + 1, ""
		case c == '\n':
			return Operand{}, 0, "line break in a string"
		case c == '$':
			macro = true
			n := macroLength(text[i:])
			if n == 0 {
				return Operand{}, 0, "expected ) for $("
			}
			i += n - 1
			continue
		case c == '\\' && i+1 < len(text) && text[i+1] != '\n':
			i++
		}
		value.WriteByte(text[i])
	}
	return Operand{}, 0, "expected a closing quote"
}

// macroLength returns the length of the $(…) or bare $ at the start of text, or 0 if its parenthesis is not closed.
func macroLength(text string) int {
	if len(text) < 2 || text[1] != '(' {
		return 1
	}
	depth := 0
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '\n':
			return 0
		}
		if depth == 0 {
			return i + 1
		}
	}
	return 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }
