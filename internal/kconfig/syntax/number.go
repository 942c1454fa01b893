package syntax

import (
	"cmp"
	"math"
	"math/bits"
	"strings"
)

// compareSettings orders two values as __expr_calc_value in scripts/kconfig/expr.c does.
func compareSettings(a, b Setting) int {
	if a.Kind == "string" && b.Kind == "string" {
		return strings.Compare(a.Text, b.Text)
	}
	x, xUnsigned, xOK := a.number()
	y, yUnsigned, yOK := b.number()
	switch {
	case !xOK || !yOK:
		return strings.Compare(a.Text, b.Text)
	case xUnsigned || yUnsigned:
		return cmp.Compare(uint64(x), uint64(y))
	}
	return cmp.Compare(x, y)
}

// number parses a value for a comparison. A hex is unsigned; a text that has no type can be decimal, octal or
// hexadecimal (expr_parse_string in scripts/kconfig/expr.c).
func (s Setting) number() (n int64, unsigned, ok bool) {
	base := 0
	switch s.Kind {
	case "bool", "tristate":
		if t, ok := ParseTristate(s.Text); ok {
			return int64(t), false, true
		}
		return -1, false, true
	case "int":
		base = 10
	case "hex":
		base = 16
	}
	p := scanNumber(s.Text, base)
	if p.rest != "" || p.digits == 0 || p.overflow || s.Kind != "hex" && !p.fits() {
		return 0, false, false
	}
	return p.value(), s.Kind == "hex", true
}

// ParseInt parses the number at the start of a text as strtoll does in C: it ignores what follows, limits a number that
// is too large, and returns 0 for a text without one.
func ParseInt(text string, base int) int64 {
	p := scanNumber(text, base)
	switch {
	case (p.overflow || !p.fits()) && p.negative:
		return math.MinInt64
	case p.overflow || !p.fits():
		return math.MaxInt64
	}
	return p.value()
}

// numeral is a number at the start of a text.
type numeral struct {
	negative bool
	size     uint64
	overflow bool // larger than size can hold
	digits   int
	rest     string // what follows
}

func (n numeral) value() int64 {
	if n.negative {
		return -int64(n.size)
	}
	return int64(n.size)
}

func (n numeral) fits() bool {
	return n.size <= math.MaxInt64 || n.negative && n.size == 1<<63
}

// scanNumber reads a number as strtoll and strtoull do. Base 0 means that a prefix decides.
func scanNumber(text string, base int) (n numeral) {
	rest := strings.TrimLeft(text, " \t\n\v\f\r")
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		n.negative = rest[0] == '-'
		rest = rest[1:]
	}
	hex := len(rest) > 2 && rest[0] == '0' && rest[1]|0x20 == 'x' && digit(rest[2]) < 16
	switch {
	case hex && (base == 0 || base == 16):
		base, rest = 16, rest[2:]
	case base == 0 && strings.HasPrefix(rest, "0"):
		base = 8
	case base == 0:
		base = 10
	}
	for rest != "" && digit(rest[0]) < base {
		high, low := bits.Mul64(n.size, uint64(base))
		sum, carry := bits.Add64(low, uint64(digit(rest[0])), 0)
		n.overflow = n.overflow || high != 0 || carry != 0
		n.size, rest = sum, rest[1:]
		n.digits++
	}
	n.rest = rest
	return n
}

// digit returns the value of a digit in any base up to 36, or 99.
func digit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'z':
		return int(c|0x20-'a') + 10
	}
	return 99
}
