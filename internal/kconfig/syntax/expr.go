package syntax

import "strings"

// Expr is a Kconfig expression: And, Or, Not, Compare or a single Operand.
type Expr interface {
	// String returns the expression as text that ParseExpr parses to an equal Expr.
	String() string
	// Eval returns the value of the expression with the symbol values that lookup returns.
	Eval(lookup Lookup) Value
	// level is the precedence: 1 for ||, 2 for &&, 3 for anything else.
	level() int
	// Operands calls f for each Operand, from left to right.
	Operands(f func(Operand))
}

// The compound expressions. A comparison binds tighter than Not: !A = B is !(A = B).
type (
	// And is Left && Right.
	And struct{ Left, Right Expr }
	// Or is Left || Right.
	Or struct{ Left, Right Expr }
	// Not is !X.
	Not struct{ X Expr }
	// Compare is a comparison of two operands; Op is one of = != < <= > >=.
	Compare struct {
		Left  Operand
		Op    string
		Right Operand
	}
)

// Kind is the kind of an Operand.
type Kind int

// The kinds of operands.
const (
	Word   Kind = iota // symbol, number, or one of y, m, n
	Quoted             // string; Text has no quotes and no escaping backslashes
	Macro              // word or string that contains $; Text is as written, with its quotes
)

// Operand is a symbol, a constant or a macro.
type Operand struct {
	Kind Kind
	Text string
}

// IsMacro reports whether the text of an operand is that of a macro.
func IsMacro(text string) bool { return strings.Contains(text, "$") }

// Symbol returns the name of the symbol. ok is false for a string, a macro, a number and the constants y, m and n.
func (o Operand) Symbol() (name string, ok bool) {
	if o.Kind != Word || o.Text == "y" || o.Text == "m" || o.Text == "n" {
		return "", false
	}
	_, _, number := Setting{Text: o.Text}.number()
	return o.Text, !number
}

// String puts an Or in parentheses, and on the right also an And: ParseExpr groups to the left.
func (e And) String() string { return within(e.Left, 2) + " && " + within(e.Right, 3) }

// String puts an And in parentheses too, so that readers need not know its precedence.
func (e Or) String() string { return inOr(e.Left, 1) + " || " + inOr(e.Right, 2) }

// String needs no parentheses: a comparison has only operands.
func (e Compare) String() string { return e.Left.String() + " " + e.Op + " " + e.Right.String() }

// String puts a comparison in parentheses too, although it binds tighter than Not.
func (e Not) String() string {
	if _, ok := e.X.(Compare); ok {
		return "!(" + e.X.String() + ")"
	}
	return "!" + within(e.X, 3)
}

// inOr adds parentheses around && too, so that readers need not know its precedence.
func inOr(e Expr, level int) string {
	if _, ok := e.(And); ok {
		level = 3
	}
	return within(e, level)
}

// within returns e as text, in parentheses if its precedence is below level.
func within(e Expr, level int) string {
	if e.level() < level {
		return "(" + e.String() + ")"
	}
	return e.String()
}

// String adds the quotes and backslashes of a string that is not a macro.
func (o Operand) String() string {
	if o.Kind != Quoted {
		return o.Text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(o.Text) + `"`
}

func (And) level() int     { return 2 }
func (Or) level() int      { return 1 }
func (Not) level() int     { return 3 }
func (Compare) level() int { return 3 }
func (Operand) level() int { return 3 }

// Operands visits the operands of Left, then those of Right.
func (e And) Operands(f func(Operand)) { e.Left.Operands(f); e.Right.Operands(f) }

// Operands visits the operands of Left, then those of Right.
func (e Or) Operands(f func(Operand)) { e.Left.Operands(f); e.Right.Operands(f) }

// Operands visits the operands of X.
func (e Not) Operands(f func(Operand)) { e.X.Operands(f) }

// Operands visits Left, then Right.
func (e Compare) Operands(f func(Operand)) { f(e.Left); f(e.Right) }

// Operands visits the operand itself, also a constant or a macro.
func (o Operand) Operands(f func(Operand)) { f(o) }

// Conjuncts splits an expression at its outermost &&.
func Conjuncts(e Expr) []Expr {
	if and, ok := e.(And); ok {
		return append(Conjuncts(and.Left), Conjuncts(and.Right)...)
	}
	return []Expr{e}
}
