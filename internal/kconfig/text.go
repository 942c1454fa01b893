package kconfig

import "github.com/krustup/krustup/internal/kconfig/syntax"

// text returns the value of a string, int or hex.
func (e *Evaluation) text(s *symbol, r *result) syntax.Setting {
	v := e.chosenText(s, r)
	if v.State == syntax.Open {
		if user, set := e.values[s.name]; set && e.recorded {
			return syntax.Setting{State: syntax.Set, Kind: s.kind, Text: user.text}
		}
		return v
	}
	if s.kind == "string" {
		return v
	}
	return e.ranged(s, v)
}

// unknownText is the value of a string, int or hex that depends on something unknown.
func (s *symbol) unknownText() syntax.Setting {
	return syntax.Setting{State: syntax.Open, Kind: s.kind, Between: syntax.Unknown}
}

// chosenText returns the user's value if it counts, else the first default whose condition holds.
func (e *Evaluation) chosenText(s *symbol, r *result) syntax.Setting {
	user, set := e.user(s)
	set = set && !r.visible.Fails()
	if set && e.tree.rules.resetRanges && s.kind != "string" {
		v := syntax.Setting{State: syntax.Set, Kind: s.kind, Text: user.text}
		set = e.ranged(s, v) == v
	}
	var candidates []syntax.Setting
	if set {
		candidates = append(candidates, syntax.Setting{State: syntax.Set, Kind: s.kind, Text: user.text})
	}
	if !set || !r.visible.Holds() {
		candidates = append(candidates, e.defaultTexts(s)...)
	}
	for _, c := range candidates {
		if c.State == syntax.Open || c.Text != candidates[0].Text {
			return s.unknownText()
		}
	}
	return candidates[0]
}

// defaultTexts returns the values that the defaults may result in.
func (e *Evaluation) defaultTexts(s *symbol) []syntax.Setting {
	var list []syntax.Setting
	for _, entry := range s.entries {
		for _, d := range entry.Defaults {
			condition := e.where(entry, d.If)
			if condition.Fails() {
				continue
			}
			list = append(list, e.defaultText(s, d.Expr))
			if condition.Holds() {
				return list
			}
		}
	}
	return append(list, e.tree.initial(s))
}

// defaultText returns the value of a default, which counts only if it is a single symbol.
func (e *Evaluation) defaultText(s *symbol, x syntax.Expr) syntax.Setting {
	o, single := x.(syntax.Operand)
	if !single {
		return e.tree.initial(s)
	}
	text, known := e.operandText(o)
	if !known {
		return s.unknownText()
	}
	return syntax.Setting{State: syntax.Set, Kind: s.kind, Text: text}
}

// operandText returns the text of an operand where Kconfig expects a string or number: that of a bool or tristate is
// always n, because it has no text of its own.
func (e *Evaluation) operandText(o syntax.Operand) (text string, known bool) {
	if o.Kind == syntax.Macro {
		return "", false
	}
	if _, constant := syntax.ParseTristate(o.Text); constant || o.Kind == syntax.Quoted {
		return o.Text, true
	}
	switch v := e.lookup(o.Text); {
	case v.State == syntax.Absent:
		return o.Text, true
	case v.Kind == "bool" || v.Kind == "tristate":
		return "n", true
	default:
		return v.Text, v.State == syntax.Set
	}
}

// ranged limits a number by the first range whose condition holds (sym_validate_range in scripts/kconfig/symbol.c).
func (e *Evaluation) ranged(s *symbol, v syntax.Setting) syntax.Setting {
	possible := []syntax.Setting{}
	for _, entry := range s.entries {
		for _, r := range entry.Ranges {
			condition := e.where(entry, r.If)
			if condition.Fails() {
				continue
			}
			possible = append(possible, e.within(s, v, r))
			if condition.Holds() {
				return agreed(s, possible)
			}
		}
	}
	return agreed(s, append(possible, v))
}

func agreed(s *symbol, possible []syntax.Setting) syntax.Setting {
	for _, v := range possible {
		if v != possible[0] {
			return s.unknownText()
		}
	}
	return possible[0]
}

// within returns a value inside a range: v, or the text of the limit that it is beyond.
func (e *Evaluation) within(s *symbol, v syntax.Setting, r syntax.Range) syntax.Setting {
	base := map[string]int{"int": 10, "hex": 16}[s.kind]
	low, lowKnown := e.operandText(r.Low)
	high, highKnown := e.operandText(r.High)
	if !lowKnown || !highKnown {
		return s.unknownText()
	}
	value := syntax.ParseInt(v.Text, base)
	switch {
	case value < syntax.ParseInt(low, e.base10or16(r.Low, base)):
		v.Text = low
	case value > syntax.ParseInt(high, e.base10or16(r.High, base)):
		v.Text = high
	}
	return v
}

// base10or16 returns the base of a limit: that of its own type, else the given one.
func (e *Evaluation) base10or16(o syntax.Operand, base int) int {
	if name, ok := o.Symbol(); ok {
		switch e.lookup(name).Kind {
		case "int":
			return 10
		case "hex":
			return 16
		}
	}
	return base
}
