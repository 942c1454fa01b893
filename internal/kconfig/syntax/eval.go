package syntax

import (
	"cmp"
	"strconv"
	"strings"
)

// Tristate is Kconfig's n, m or y: 0, 1 and 2, so that && is the smaller, || the larger, and ! is 2 minus it.
type Tristate int

// The three values.
const (
	No Tristate = iota
	Mod
	Yes
)

func (t Tristate) String() string { return [...]string{"n", "m", "y"}[t] }

// ParseTristate reads y, m or n.
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

// Value is what is known of an expression: it lies between Min and Max. They are equal unless something unknown decides.
type Value struct{ Min, Max Tristate }

// Exactly is a value that is known.
func Exactly(t Tristate) Value { return Value{t, t} }

// Unknown is a value of which nothing is known.
var Unknown = Value{No, Yes}

// Holds reports that a dependency on it is met for sure: m is enough for a bool, and for a tristate to be a module.
func (v Value) Holds() bool { return v.Min > No }

// Fails reports that a dependency on it is not met for sure.
func (v Value) Fails() bool { return v.Max == No }

// Known reports that it is one value.
func (v Value) Known() bool { return v.Min == v.Max }

// And gives the value of a conjunction: the smaller.
func (v Value) And(w Value) Value { return Value{min(v.Min, w.Min), min(v.Max, w.Max)} }

// Or gives the value of a disjunction: the larger.
func (v Value) Or(w Value) Value { return Value{max(v.Min, w.Min), max(v.Max, w.Max)} }

// Not gives the value of a negation: m stays m.
func (v Value) Not() Value { return Value{Yes - v.Max, Yes - v.Min} }

// State says what is known of a symbol.
type State int

// The states of a symbol.
const (
	Absent State = iota // nothing defines it, or a configuration does not have it: it is off, 0 or ""
	Set                 // it has the value Text
	Open                // it is a bool or tristate that lies in Between, or another symbol of which nothing is known
)

// Setting is the value of a symbol.
type Setting struct {
	State   State
	Text    string
	Between Value
}

// Settled is the setting of a bool or tristate.
func Settled(v Value) Setting {
	if v.Known() {
		return Setting{State: Set, Text: v.Min.String()}
	}
	return Setting{State: Open, Between: v}
}

// Lookup gives the value of a symbol by its name without CONFIG_.
type Lookup func(symbol string) Setting

// Eval of a conjunction gives the smaller value.
func (e And) Eval(l Lookup) Value { return e.Left.Eval(l).And(e.Right.Eval(l)) }

// Eval of a disjunction gives the larger value.
func (e Or) Eval(l Lookup) Value { return e.Left.Eval(l).Or(e.Right.Eval(l)) }

// Eval of a negation keeps m.
func (e Not) Eval(l Lookup) Value { return e.X.Eval(l).Not() }

// Eval of a single operand: only bool and tristate symbols can be on, anything else is n.
func (o Operand) Eval(l Lookup) Value {
	if o.Kind == Macro {
		return Unknown
	}
	text := o.Text
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

// Eval of a comparison is y or n: by number when both sides are numbers (y, m and n count 2, 1 and 0), else by bytes.
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

// text gives the operand's value as text. What a configuration does not have is 0, "" or n by what it is compared
// with: its own type stands in a file that may not have been read.
func (o Operand) text(l Lookup, other Operand) (string, bool) {
	if o.Kind == Macro {
		return "", false
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

// valueOf is the text of an operand that is a number, or a symbol whose value is one.
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

// parseNumber reads decimal, octal (0…) and hexadecimal (0x…) as strtoll does with base 0.
func parseNumber(text string) (int64, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || strings.Contains(digits, "_") {
		return 0, false
	}
	if len(digits) > 1 && digits[0] == '0' && strings.ContainsAny(digits[1:2], "bBoO") {
		return 0, false // binary and 0o are Go's, not C's
	}
	n, err := strconv.ParseInt(text, 0, 64)
	return n, err == nil
}
