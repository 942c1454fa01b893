package syntax

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
	Absent State = iota // undefined: off, and its name in a comparison
	Set                 // has the value Text
	Open                // a bool or tristate within Between, or another symbol with an unknown value
)

// Setting is what is known about the value of a symbol.
type Setting struct {
	State   State
	Kind    string // its type: "bool", "tristate", "string", "int", "hex", or "" if it is undefined or unknown
	Text    string // if State is Set; a string is without quotes
	Between Value  // if State is Open and the symbol is a bool or tristate
}

// Settled returns the setting of a symbol that is a bool or tristate, or of which not even that is known.
func Settled(v Value) Setting {
	if v.Known() {
		return SettledAs("tristate", v)
	}
	return Setting{State: Open, Between: v}
}

// SettledAs returns the setting of a bool or tristate.
func SettledAs(kind string, v Value) Setting {
	if v.Known() {
		return Setting{State: Set, Kind: kind, Text: v.Min.String()}
	}
	return Setting{State: Open, Kind: kind, Between: v}
}

// Tristate returns the value of a symbol in a condition. Only a bool or tristate can be on.
func (s Setting) Tristate() Value {
	tristate := s.Kind == "bool" || s.Kind == "tristate"
	switch {
	case s.State == Open && (tristate || s.Kind == ""):
		return s.Between
	case !tristate:
		return Exactly(No)
	}
	t, _ := ParseTristate(s.Text)
	return Exactly(t)
}

// Lookup returns the value of a symbol or a macro, by its text as it is written in expressions. In a condition, m stands for
// m && MODULES; so Lookup is asked for m as well, and may return the zero Setting for m itself.
type Lookup func(symbol string) Setting

// Eval returns the minimum of both sides.
func (e And) Eval(l Lookup) Value {
	return e.Left.Eval(l).And(e.Right.Eval(l))
}

// Eval returns the maximum of both sides.
func (e Or) Eval(l Lookup) Value {
	return e.Left.Eval(l).Or(e.Right.Eval(l))
}

// Eval returns the opposite value. That of m is m.
func (e Not) Eval(l Lookup) Value { return e.X.Eval(l).Not() }

// Eval returns the operand's value if its text is y, m or n, unknown for a macro that the lookup does not
// know, and n for any other string.
func (o Operand) Eval(l Lookup) Value {
	if o.Kind == Macro {
		s := l(o.Text)
		if s.State != Set {
			return Unknown
		}
		t, _ := ParseTristate(s.Text)
		return Exactly(t)
	}
	t, constant := ParseTristate(o.Text)
	_, symbol := o.Symbol()
	switch {
	case constant && t != Mod:
		return Exactly(t)
	case !constant && !symbol:
		return Exactly(No)
	}
	s := l(o.Text)
	if constant && s.State == Absent {
		return Exactly(Mod)
	}
	return s.Tristate()
}

// Eval returns y or n, or unknown if one side is unknown and decides. Both sides are compared as numbers if they are
// (y, m and n count as 2, 1 and 0 for a bool or tristate), else as bytes; strings always as bytes.
func (e Compare) Eval(l Lookup) Value {
	left, okLeft := e.Left.texts(l)
	right, okRight := e.Right.texts(l)
	if !okLeft || !okRight {
		return Unknown
	}
	var v Value
	first := true
	for _, a := range left {
		for _, b := range right {
			holds := Exactly(No)
			if compared(e.Op, compareSettings(a, b)) {
				holds = Exactly(Yes)
			}
			if first {
				v, first = holds, false
			}
			v = Value{min(v.Min, holds.Min), max(v.Max, holds.Max)}
		}
	}
	return v
}

func compared(op string, order int) bool {
	switch op {
	case "=":
		return order == 0
	case "!=":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}

// texts returns the values that an operand may have; ok is false if they are unknown.
func (o Operand) texts(l Lookup) (values []Setting, ok bool) {
	_, constant := ParseTristate(o.Text)
	_, symbol := o.Symbol()
	switch {
	case o.Kind == Macro:
		s := l(o.Text)
		if _, tristate := ParseTristate(s.Text); tristate {
			s.Kind = "tristate"
		}
		return []Setting{s}, s.State == Set
	case constant:
		return []Setting{{Kind: "tristate", Text: o.Text}}, true
	case !symbol:
		return []Setting{{Text: o.Text}}, true
	}
	s := l(o.Text)
	switch {
	case s.State == Absent:
		return []Setting{{Text: o.Text}}, true
	case s.State == Set:
		return []Setting{s}, true
	case s.Kind != "bool" && s.Kind != "tristate":
		return nil, false
	}
	for t := s.Between.Min; t <= s.Between.Max; t++ {
		if s.Kind == "tristate" || t != Mod {
			values = append(values, Setting{Kind: s.Kind, Text: t.String()})
		}
	}
	return values, true
}
