package kernel

import (
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Supports reports whether one of the architecture's selects of HAVE_RUST can hold, given the values of the known
// Kconfig symbols (those of a target's variant, and CC_IS_CLANG by the chosen compiler). A symbol that is not in the
// map can be set as needed (EXPOLINE, KASAN). by is the select that holds. If none does, by is the first one, and unmet
// is what would have to hold, as a Kconfig expression: "CC_IS_CLANG". Both are zero if the architecture has no select.
//
// If it is unknown whether the release has HaveRust or HaveRustLater, it is enough that one of them can hold; Disputed
// reports that case.
func (r Requirements) Supports(symbols map[string]bool) (ok bool, by HaveRust, unmet string) {
	ok, by, unmet = canHold(r.HaveRust, symbols)
	if !ok && len(r.HaveRustLater) > 0 {
		if later, with, _ := canHold(r.HaveRustLater, symbols); later {
			return true, with, ""
		}
	}
	return ok, by, unmet
}

// Disputed reports whether only one of HaveRust and HaveRustLater can hold.
func (r Requirements) Disputed(symbols map[string]bool) bool {
	if len(r.HaveRustLater) == 0 {
		return false
	}
	now, _, _ := canHold(r.HaveRust, symbols)
	later, _, _ := canHold(r.HaveRustLater, symbols)
	return now != later
}

func canHold(selects []HaveRust, symbols map[string]bool) (ok bool, by HaveRust, unmet string) {
	lookup := func(symbol string) syntax.Setting {
		value, known := symbols[symbol]
		switch {
		case !known:
			return syntax.Settled(syntax.Unknown)
		case value:
			return syntax.Settled(syntax.Exactly(syntax.Yes))
		}
		return syntax.Settled(syntax.Exactly(syntax.No))
	}
	best := syntax.Exactly(syntax.No)
	var failing []string
	for _, h := range selects {
		e := h.expr()
		value := e.Eval(lookup)
		if value.Min > best.Min || value.Max > best.Max {
			best, by = value, h
		}
		if value.Fails() {
			failing = append(failing, unmetParts(e, lookup))
		}
	}
	if !best.Fails() {
		return true, by, ""
	}
	if len(selects) > 0 {
		by = selects[0]
	}
	return false, by, strings.Join(failing, " || ")
}

// expr parses the condition. A condition that does not parse is unknown as a whole, so that a new form of expression
// never refuses an architecture.
func (h HaveRust) expr() syntax.Expr {
	if h.Condition == "" {
		return syntax.Operand{Text: "y"}
	}
	e, err := syntax.ParseExpr(h.Condition)
	if err != nil {
		return syntax.Operand{Kind: syntax.Macro, Text: h.Condition}
	}
	return e
}

// unmetParts returns the parts of a false condition that fail, joined by &&.
func unmetParts(e syntax.Expr, lookup syntax.Lookup) string {
	var parts []string
	for _, part := range syntax.Conjuncts(e) {
		if part.Eval(lookup).Fails() {
			parts = append(parts, part.String())
		}
	}
	return strings.Join(parts, " && ")
}
