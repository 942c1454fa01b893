package kernel

import (
	"strings"

	"github.com/krustup/krustup/internal/kconfig/syntax"
)

// Supports reports whether the architecture's selects of HAVE_RUST leave room for Rust, given the Kconfig symbols that
// are known (those of a target's variant, and CC_IS_CLANG by the chosen compiler). A symbol that is not in the map can
// be set to what is needed (EXPOLINE, KASAN). by is the select that holds, or when none does the first that was tried,
// and unmet is then what would have to hold, as a Kconfig expression: "CC_IS_CLANG". Both are zero when the
// architecture has no select at all.
func (r Requirements) Supports(symbols map[string]bool) (ok bool, by HaveRust, unmet string) {
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
	var wanting []string
	for _, h := range r.HaveRust {
		e := h.expr()
		value := e.Eval(lookup)
		if value.Min > best.Min || value.Max > best.Max {
			best, by = value, h
		}
		if value.Fails() {
			wanting = append(wanting, unmetParts(e, lookup))
		}
	}
	if !best.Fails() {
		return true, by, ""
	}
	if len(r.HaveRust) > 0 {
		by = r.HaveRust[0]
	}
	return false, by, strings.Join(wanting, " || ")
}

// expr reads the condition; what cannot be read is unknown as a whole, so that a new form of expression is never a
// refusal.
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

// unmetParts gives the smallest part of a false condition that would have to hold.
func unmetParts(e syntax.Expr, lookup syntax.Lookup) string {
	var parts []string
	for _, part := range syntax.Conjuncts(e) {
		if part.Eval(lookup).Fails() {
			parts = append(parts, part.String())
		}
	}
	return strings.Join(parts, " && ")
}
