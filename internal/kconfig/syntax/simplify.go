package syntax

// Simplify returns a condition without the parts that do not decide it, such as A of `A || !A`, as conf does before it
// computes any value (expr_transform and expr_eliminate_dups in scripts/kconfig/expr.c). The value stays the same. kind
// returns the type of a symbol.
func Simplify(e Expr, kind func(symbol string) string) Expr {
	s := simplifier{kind}
	return s.reduce(s.transform(e, false))
}

type simplifier struct{ kind func(symbol string) string }

var (
	constantNo  = Operand{Text: "n"}
	constantYes = Operand{Text: "y"}
)

// transform moves each negation to a symbol, and replaces comparisons of a bool with a constant.
func (s simplifier) transform(e Expr, not bool) Expr {
	switch e := e.(type) {
	case Not:
		return s.transform(e.X, !not)
	case And:
		return pair(not, s.transform(e.Left, not), s.transform(e.Right, not))
	case Or:
		return pair(!not, s.transform(e.Left, not), s.transform(e.Right, not))
	case Compare:
		if not {
			e = e.Opposite()
		}
		return s.compare(e)
	}
	switch {
	case not && isConstant(e, "y"):
		return constantNo
	case not && isConstant(e, "n"):
		return constantYes
	case not:
		return Not{e}
	}
	return e
}

// Opposite returns the comparison that holds if c does not.
func (c Compare) Opposite() Compare {
	c.Op = map[string]string{"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<="}[c.Op]
	return c
}

func (s simplifier) compare(e Compare) Expr {
	name, symbol := e.Left.Symbol()
	if !symbol || s.kind(name) != "bool" || e.Op != "=" && e.Op != "!=" {
		return e
	}
	equal := e.Op == "="
	switch {
	case isConstant(e.Right, "m") && equal:
		return constantNo
	case isConstant(e.Right, "m"):
		return constantYes
	case isConstant(e.Right, "y") && equal, isConstant(e.Right, "n") && !equal:
		return e.Left
	case isConstant(e.Right, "y"), isConstant(e.Right, "n"):
		return Not{e.Left}
	}
	return e
}

// pair returns `left || right` or `left && right`, without a constant.
func pair(or bool, left, right Expr) Expr {
	neutral, decides := "y", "n"
	if or {
		neutral, decides = decides, neutral
	}
	switch {
	case isConstant(left, decides), isConstant(right, neutral):
		return left
	case isConstant(right, decides), isConstant(left, neutral):
		return right
	case or:
		return Or{left, right}
	}
	return And{left, right}
}

// isConstant reports whether e is y, m or n.
func isConstant(e Expr, text string) bool {
	o, ok := e.(Operand)
	return ok && o.Kind != Macro && o.Text == text
}

// sides returns both sides of an Or, or of an And.
func sides(e Expr, or bool) (left, right Expr, ok bool) {
	switch e := e.(type) {
	case Or:
		return e.Left, e.Right, or
	case And:
		return e.Left, e.Right, !or
	}
	return nil, nil, false
}

// reduce joins the operands of the same || or && until nothing changes.
func (s simplifier) reduce(e Expr) Expr {
	for again := true; again; {
		_, or := e.(Or)
		left, right, ok := sides(e, or)
		if !ok {
			return e
		}
		left, right = s.reduce(left), s.reduce(right)
		again = s.joinAll(or, &left, &right)
		e = pair(or, left, right)
	}
	return e
}

// joinAll joins each operand in a with each in b.
func (s simplifier) joinAll(or bool, a, b *Expr) bool {
	for i, e := range []*Expr{a, b} {
		left, right, ok := sides(*e, or)
		if !ok {
			continue
		}
		var first, second bool
		if i == 0 {
			first, second = s.joinAll(or, &left, b), s.joinAll(or, &right, b)
		} else {
			first, second = s.joinAll(or, a, &left), s.joinAll(or, a, &right)
		}
		*e = pair(or, left, right)
		return first || second
	}
	joined := s.join(or, *a, *b)
	if joined == nil {
		return false
	}
	*a, *b = constantYes, joined
	if or {
		*a = constantNo
	}
	return true
}

// join returns the single expression that `a || b` or `a && b` is, or nil.
func (s simplifier) join(or bool, a, b Expr) Expr {
	if a == b {
		return a
	}
	x, xOK := a.(Compare)
	y, yOK := b.(Compare)
	switch {
	case or && (a == Expr(Not{b}) || b == Expr(Not{a})):
		return s.always(a)
	case xOK && yOK && s.tristate(x) && s.tristate(y) && x.Left == y.Left:
		return joinCompares(or, x, y)
	case !or && xOK && s.tristate(x) && Expr(x.Left) == b:
		return joinSymbol(x)
	case !or && yOK && s.tristate(y) && Expr(y.Left) == a:
		return joinSymbol(y)
	}
	return nil
}

// always returns y for `a || !a` if it is about a bool. It can be m for a tristate.
func (s simplifier) always(a Expr) Expr {
	if not, ok := a.(Not); ok {
		a = not.X
	}
	if o, ok := a.(Operand); ok {
		if name, symbol := o.Symbol(); symbol && s.kind(name) == "bool" {
			return constantYes
		}
	}
	return nil
}

// tristate reports whether a tristate is compared with y, m or n by = or !=.
func (s simplifier) tristate(c Compare) bool {
	name, symbol := c.Left.Symbol()
	_, constant := ParseTristate(c.Right.Text)
	return symbol && s.kind(name) == "tristate" && constant && c.Right.Kind != Macro && (c.Op == "=" || c.Op == "!=")
}

// joinSymbol joins `A && A = …` of a tristate.
func joinSymbol(c Compare) Expr {
	switch {
	case c.Op == "!=" && c.Right.Text == "n":
		return c.Left
	case c.Op == "!=" && c.Right.Text == "m", c.Op == "=" && c.Right.Text == "y":
		return Compare{c.Left, "=", constantYes}
	}
	return nil
}

// joinCompares joins two comparisons of one tristate.
func joinCompares(or bool, x, y Compare) Expr {
	if x.Right.Text == y.Right.Text {
		switch {
		case x.Op == y.Op:
			return x
		case or:
			return nil
		}
		return constantNo
	}
	third := Operand{Text: Tristate(No + Mod + Yes - tristateOf(x) - tristateOf(y)).String()}
	switch {
	case or && x.Op == "=" && y.Op == "=":
		return Compare{x.Left, "!=", third}
	case or:
		return nil
	case x.Op == "!=" && y.Op == "!=":
		return Compare{x.Left, "=", third}
	case x.Op == "=" && y.Op == "!=":
		return x
	case x.Op == "!=" && y.Op == "=":
		return y
	}
	return nil
}

func tristateOf(c Compare) Tristate {
	t, _ := ParseTristate(c.Right.Text)
	return t
}
