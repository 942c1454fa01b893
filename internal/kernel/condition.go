package kernel

import "strings"

// truth is what is known of a Kconfig expression when not all of its symbols are known.
type truth int

const (
	no truth = iota
	unknown
	yes
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// Supports reports whether the architecture's selects of HAVE_RUST leave room for Rust, given the Kconfig symbols that
// are known (those of a target's variant, and CC_IS_CLANG by the chosen compiler). A symbol that is not in the map can
// be set to what is needed (EXPOLINE, KASAN). by is the select that holds, or when none does the first that was tried,
// and unmet is then what would have to hold, as a Kconfig expression: "CC_IS_CLANG". Both are zero when the
// architecture has no select at all.
func (r Requirements) Supports(symbols map[string]bool) (ok bool, by HaveRust, unmet string) {
	best := no
	var wanting []string
	for _, h := range r.HaveRust {
		e := parseCondition(h.Condition)
		value := e.eval(symbols)
		if value > best {
			best, by = value, h
		}
		if value == no {
			wanting = append(wanting, e.unmet(symbols))
		}
	}
	if best != no {
		return true, by, ""
	}
	if len(r.HaveRust) > 0 {
		by = r.HaveRust[0]
	}
	return false, by, strings.Join(wanting, " || ")
}

// condition is a Kconfig expression (Documentation/kbuild/kconfig-language.rst, "Menu dependencies").
type condition struct {
	op   string // "&&", "||", "!", a comparison such as "=", or "" for a symbol
	text string // the symbol, of op ""
	args []condition
}

// always is the condition of a select without `if`.
var always = condition{text: "y"}

// opaque stands for what cannot be read: it is unknown, so that a new form of expression is never a refusal.
func opaque(text string) condition { return condition{op: "?", text: text} }

func (c condition) eval(symbols map[string]bool) truth {
	switch c.op {
	case "":
		return symbolTruth(c.text, symbols)
	case "!":
		return yes - c.args[0].eval(symbols)
	case "&&":
		return min(c.args[0].eval(symbols), c.args[1].eval(symbols))
	case "||":
		return max(c.args[0].eval(symbols), c.args[1].eval(symbols))
	case "=", "!=":
		left, right := c.args[0].eval(symbols), c.args[1].eval(symbols)
		if left == unknown || right == unknown {
			return unknown
		}
		return truthOf((left == right) == (c.op == "="))
	}
	return unknown
}

func symbolTruth(name string, symbols map[string]bool) truth {
	switch name {
	case "y", `"y"`:
		return yes
	case "n", `"n"`:
		return no
	}
	value, known := symbols[name]
	if !known {
		return unknown
	}
	return truthOf(value)
}

// unmet gives the smallest part of a false condition that would have to hold.
func (c condition) unmet(symbols map[string]bool) string {
	if c.op == "&&" {
		var parts []string
		for _, arg := range c.args {
			if arg.eval(symbols) == no {
				parts = append(parts, arg.unmet(symbols))
			}
		}
		return strings.Join(parts, " && ")
	}
	return c.String()
}

func (c condition) String() string {
	switch c.op {
	case "", "?":
		return c.text
	case "!":
		if c.args[0].op == "" {
			return "!" + c.args[0].String()
		}
		return "!(" + c.args[0].String() + ")"
	}
	return c.inner(0) + " " + c.op + " " + c.inner(1)
}

// inner puts an operand in parentheses where && would otherwise take a part of it.
func (c condition) inner(i int) string {
	if c.op == "&&" && c.args[i].op == "||" {
		return "(" + c.args[i].String() + ")"
	}
	return c.args[i].String()
}

// Bounds far above what a kernel has: nested parentheses, and bytes of an expression.
const (
	maxDepth     = 100
	maxCondition = 4096
)

// parseCondition reads an expression; what it cannot read is opaque as a whole.
func parseCondition(text string) condition {
	if strings.TrimSpace(text) == "" {
		return always
	}
	tokens, ok := lex(text)
	if !ok || len(text) > maxCondition {
		return opaque(text)
	}
	p := parser{tokens: tokens}
	c, ok := p.or(0)
	if !ok || len(p.tokens) > 0 {
		return opaque(text)
	}
	return c
}

// lex splits an expression into operators, parentheses and words; a word may be quoted or a $(macro,…).
func lex(text string) (tokens []string, ok bool) {
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '"' || c == '\'':
			end := strings.IndexByte(text[i+1:], c)
			if end < 0 {
				return nil, false
			}
			tokens = append(tokens, text[i:i+end+2])
			i += end + 2
		default:
			size := tokenSize(text[i:])
			if size == 0 {
				return nil, false
			}
			tokens = append(tokens, text[i:i+size])
			i += size
		}
	}
	return tokens, true
}

// tokenSize measures the operator or word that text begins with; 0 when it begins with neither.
func tokenSize(text string) int {
	for _, op := range []string{"&&", "||", "!=", "<=", ">=", "(", ")", "!", "=", "<", ">"} {
		if strings.HasPrefix(text, op) {
			return len(op)
		}
	}
	if strings.HasPrefix(text, "$(") {
		depth := 0
		for i, c := range text {
			switch c {
			case '(':
				depth++
			case ')':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return 0
	}
	return len(text) - len(strings.TrimLeft(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-."))
}

// parser reads tokens by descent: || binds weakest, then &&, then !, then a comparison.
type parser struct{ tokens []string }

func (p *parser) take(tokens ...string) (string, bool) {
	if len(p.tokens) == 0 {
		return "", false
	}
	for _, t := range tokens {
		if p.tokens[0] == t {
			p.tokens = p.tokens[1:]
			return t, true
		}
	}
	return "", false
}

func (p *parser) or(depth int) (condition, bool) {
	return p.binary("||", func() (condition, bool) {
		return p.binary("&&", func() (condition, bool) { return p.not(depth) })
	})
}

func (p *parser) binary(op string, operand func() (condition, bool)) (condition, bool) {
	left, ok := operand()
	for ok {
		if _, more := p.take(op); !more {
			break
		}
		var right condition
		right, ok = operand()
		left = condition{op: op, args: []condition{left, right}}
	}
	return left, ok
}

func (p *parser) not(depth int) (condition, bool) {
	if depth > maxDepth {
		return condition{}, false
	}
	if _, is := p.take("!"); is {
		inner, ok := p.not(depth + 1)
		return condition{op: "!", args: []condition{inner}}, ok
	}
	if _, is := p.take("("); is {
		inner, ok := p.or(depth + 1)
		_, closed := p.take(")")
		return inner, ok && closed
	}
	left, ok := p.word()
	if !ok {
		return left, false
	}
	op, compared := p.take("=", "!=", "<", ">", "<=", ">=")
	if !compared {
		return left, true
	}
	right, ok := p.word()
	return condition{op: op, args: []condition{left, right}}, ok
}

func (p *parser) word() (condition, bool) {
	if len(p.tokens) == 0 || strings.ContainsAny(p.tokens[0][:1], "&|!=<>()") {
		return condition{}, false
	}
	word := p.tokens[0]
	p.tokens = p.tokens[1:]
	return condition{text: word}, true
}
