package kernel

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/krustup/krustup/internal/kconfig/syntax"
	"github.com/krustup/krustup/internal/version"
)

// Conditions of cfgs and makefiles are held as Kconfig expressions, whose symbols are cfgs and CONFIG_X.
var (
	always syntax.Expr = syntax.Operand{Text: "y"}
	never  syntax.Expr = syntax.Operand{Text: "n"}
)

// maxDepth is far deeper than the conditions that crates and makefiles nest.
const maxDepth = 100

func symbol(name string) syntax.Expr { return syntax.Operand{Text: name} }

// opaque returns an expression that always evaluates to unknown, for text that could not be read.
func opaque(text string) syntax.Expr { return syntax.Operand{Kind: syntax.Macro, Text: text} }

// both, either and not combine conditions and drop the operands that decide nothing.
func both(a, b syntax.Expr) syntax.Expr {
	switch {
	case a == always || b == never || a == b:
		return b
	case b == always || a == never:
		return a
	}
	if and, is := b.(syntax.And); is { // avoids parentheses that are not needed
		return both(both(a, and.Left), and.Right)
	}
	return syntax.And{Left: a, Right: b}
}

func either(a, b syntax.Expr) syntax.Expr {
	switch {
	case a == never || b == always || a == b:
		return b
	case b == never || a == always:
		return a
	}
	if or, is := b.(syntax.Or); is {
		return either(either(a, or.Left), or.Right)
	}
	return syntax.Or{Left: a, Right: b}
}

func not(e syntax.Expr) syntax.Expr {
	opposite := map[string]string{">=": "<", "<": ">=", "=": "!=", "!=": "="}
	switch e := e.(type) {
	case syntax.Not:
		return e.X
	case syntax.Compare:
		if op := opposite[e.Op]; op != "" {
			return syntax.Compare{Left: e.Left, Op: op, Right: e.Right}
		}
	case syntax.Operand:
		if e == always {
			return never
		}
		if e == never {
			return always
		}
	}
	return syntax.Not{X: e}
}

func fold(list []syntax.Expr, join func(a, b syntax.Expr) syntax.Expr, start syntax.Expr) syntax.Expr {
	for _, e := range list {
		start = join(start, e)
	}
	return start
}

// replace substitutes by(leaf) for each leaf (a symbol or a comparison) and drops the operands that then decide
// nothing.
func replace(e syntax.Expr, by func(leaf syntax.Expr) syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case syntax.And:
		return both(replace(e.Left, by), replace(e.Right, by))
	case syntax.Or:
		return either(replace(e.Left, by), replace(e.Right, by))
	case syntax.Not:
		return not(replace(e.X, by))
	case syntax.Compare:
		if e.Op == "!=" {
			return not(by(not(e)))
		}
	}
	return by(e)
}

// rustcVersion is the Kconfig symbol that holds rustc's version as a number: 109300 is 1.93.0.
const rustcVersion = "RUSTC_VERSION"

// atLeast returns the condition that RUSTC_VERSION is the given number or higher.
func atLeast(number string) syntax.Expr {
	return syntax.Compare{Left: syntax.Operand{Text: rustcVersion}, Op: ">=", Right: syntax.Operand{Text: number}}
}

var (
	byNumber  = regexp.MustCompile(rustcVersion + ` (>=|<) ([1-9][0-9]{5,6})\b`)
	byRelease = regexp.MustCompile(`\brustc (>=|<) ([0-9]+)\.([0-9]+)\.([0-9]+)\b`)
)

// conditionText returns a condition as text with rustc's version as a release: "rustc >= 1.93.0". It returns "" for one
// that always holds.
func conditionText(e syntax.Expr) string {
	if e == always {
		return ""
	}
	return byNumber.ReplaceAllStringFunc(e.String(), func(text string) string {
		m := byNumber.FindStringSubmatch(text)
		number, _ := strconv.Atoi(m[2])
		return fmt.Sprintf("rustc %s %d.%d.%d", m[1], number/100000, number/100%1000, number%100)
	})
}

// parseText parses the output of conditionText. Text that does not parse evaluates to unknown as a whole.
func parseText(text string) syntax.Expr {
	if text == "" {
		return always
	}
	text = byRelease.ReplaceAllStringFunc(text, func(text string) string {
		m := byRelease.FindStringSubmatch(text)
		return fmt.Sprintf("%s %s %s", rustcVersion, m[1], versionNumber(m[2], m[3], m[4]))
	})
	e, err := syntax.ParseExpr(text)
	if err != nil {
		return opaque(text)
	}
	return e
}

// versionNumber returns a release in the form of RUSTC_VERSION, or "0" if it is not a version.
func versionNumber(major, minor, patch string) string {
	v, err := version.Parse(major + "." + minor + "." + patch)
	if err != nil {
		return "0"
	}
	return strconv.Itoa(v.Major()*100000 + v.Minor()*100 + v.Patch())
}
