package syntax

import (
	"cmp"
	"strconv"
	"strings"
)

// Tristate is n, m or y, as 0, 1 and 2: && is the minimum, || the maximum, and !x is 2 - x.
type Tristate int

// The values of Tristate.
const (
	No Tristate = iota
	Mod
	Yes
)

// String returns "n", "m" or "y".
func (t Tristate) String() string { return [...]string{"n", "m", "y"}[t] }

// ParseTristate parses y, m or n. ok is false for any other text.
func ParseTristate(text string) (t Tristate, ok bool) {
	switch text {
	case "y":
		return Yes, true
	case "m":
		return Mod, true
	case "n":
		return No, true
	}
	return No, false
}

// Value is what is known about the value of an expression: it is at least Min and at most Max. The two are equal unless
// it depends on something unknown.
type Value struct{ Min, Max Tristate }

// Exactly returns a known value.
func Exactly(t Tristate) Value { return Value{t, t} }

// Unknown is the value of an expression about which nothing is known.
var Unknown = Value{No, Yes}

// Holds reports whether a dependency on v is surely met. m is enough: a bool can then be on, and a tristate a module.
func (v Value) Holds() bool { return v.Min > No }

// Fails reports whether a dependency on v is surely not met.
func (v Value) Fails() bool { return v.Max == No }

// Known reports whether v is a single value.
func (v Value) Known() bool { return v.Min == v.Max }

// And returns the value of a conjunction, the minimum of both.
func (v Value) And(w Value) Value { return Value{min(v.Min, w.Min), min(v.Max, w.Max)} }

// Or returns the value of a disjunction, the maximum of both.
func (v Value) Or(w Value) Value { return Value{max(v.Min, w.Min), max(v.Max, w.Max)} }

// Not returns the value of a negation. That of m is m.
func (v Value) Not() Value { return Value{Yes - v.Max, Yes - v.Min} }

// State is what is known about the value of a symbol.
type State int

// The values of State.
const (
	Absent State = iota // undefined, or not in the configuration: off, 0 or ""
	Set                 // has the value Text
	Open                // a bool or tristate within Between, or another symbol with an unknown value
)

// Setting is what is known about the value of a symbol.
type Setting struct {
	State   State
	Text    string // if State is Set; a string is without quotes
	Between Value  // if State is Open
}

// Settled returns the setting of a bool or tristate.
func Settled(v Value) Setting {
	if v.Known() {
		return Setting{State: Set, Text: v.Min.String()}
	}
	return Setting{State: Open, Between: v}
}

// Lookup returns the value of a symbol or a macro, by its text as it is written in expressions.
type Lookup func(symbol string) Setting

// Eval returns the minimum of both sides.
func (e And) Eval(l Lookup) Value { return e.Left.Eval(l).And(e.Right.Eval(l)) }

// Eval returns the maximum of both sides.
func (e Or) Eval(l Lookup) Value { return e.Left.Eval(l).Or(e.Right.Eval(l)) }

// Eval returns the opposite value. That of m is m.
func (e Not) Eval(l Lookup) Value { return e.X.Eval(l).Not() }

// Eval returns the operand's value if its text is y, m or n, unknown for a macro that the lookup does not know, and n
// for anything else.
func (o Operand) Eval(l Lookup) Value {
	text := o.Text
	if o.Kind == Macro {
		s := l(text)
		if s.State != Set {
			return Unknown
		}
		text = s.Text
	}
	if name, ok := o.Symbol(); ok {
		s := l(name)
		if s.State == Open {
			return s.Between
		}
		text = s.Text
	}
	t, _ := ParseTristate(text)
	return Exactly(t)
}

// Eval returns y or n, or unknown if one side is unknown. It compares numbers if both sides are numbers (y, m and n
// count as 2, 1 and 0), else bytes.
func (e Compare) Eval(l Lookup) Value {
	left, okLeft := e.Left.text(l, e.Right)
	right, okRight := e.Right.text(l, e.Left)
	if !okLeft || !okRight {
		return Unknown
	}
	order := strings.Compare(left, right)
	if a, ok := parseScalar(left); ok {
		if b, ok := parseScalar(right); ok {
			order = cmp.Compare(a, b)
		}
	}
	holds := map[string]bool{
		"=": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0,
	}[e.Op]
	if holds {
		return Exactly(Yes)
	}
	return Exactly(No)
}

// text returns the operand's value as text; ok is false if it is unknown. A symbol that the configuration does not have
// is 0, "" or n, depending on the operand that it is compared with, because its definition may not have been read.
func (o Operand) text(l Lookup, other Operand) (text string, ok bool) {
	if o.Kind == Macro {
		s := l(o.Text)
		return s.Text, s.State == Set
	}
	name, ok := o.Symbol()
	if !ok {
		return o.Text, true
	}
	switch s := l(name); s.State {
	case Set:
		return s.Text, true
	case Open:
		return "", false
	}
	if other.Kind == Quoted {
		if _, tristate := ParseTristate(other.Text); !tristate {
			return "", true
		}
		return "n", true
	}
	if _, number := parseNumber(valueOf(other, l)); number {
		return "0", true
	}
	return "n", true
}

// valueOf returns the text of a constant operand, or the value of a symbol.
func valueOf(o Operand, l Lookup) string {
	if name, ok := o.Symbol(); ok {
		return l(name).Text
	}
	return o.Text
}

func parseScalar(text string) (int64, bool) {
	if t, ok := ParseTristate(text); ok {
		return int64(t), true
	}
	return parseNumber(text)
}

// parseNumber parses decimal, octal (0…) and hexadecimal (0x…) numbers as strtoll does with base 0.
func parseNumber(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || strings.Contains(digits, "_") {
		return 0, false
	}
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsAny(digits[1:2], "bBoO") {
		return 0, false // 0b and 0o are prefixes in Go, but not in C
	}
	n, err := strconv.ParseInt(text, 0, 64)
	return n, err == nil
}
