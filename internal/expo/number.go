package expo

import (
	"math"
	"strconv"
	"strings"
)

// pow10 holds the powers of ten that a float64 represents exactly.
var pow10 = [...]float64{
	1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
	1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
}

// plainMax is the longest number that parsePlain looks at: its digits cannot
// overflow 64 bits.
const plainMax = 19

// parseFloat reads a sample value: decimal, or an infinity or NaN in any spelling
// that strconv knows. Hexadecimal floats, underscores and what overflows are refused.
func parseFloat(s string) (float64, bool) {
	if f, ok := parsePlain(s); ok {
		return f, true
	}
	if s == "" || strings.ContainsAny(s, "pP_") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// parsePlain reads the short decimal numbers that most values are. It is exact:
// digits below 2^53 and a power of ten up to 10^22 are both float64s, so their
// one product or quotient is correctly rounded. Other numbers it leaves alone.
func parsePlain(s string) (float64, bool) {
	if len(s) == 0 || len(s) > plainMax {
		return 0, false
	}
	i := 0
	negative := s[0] == '-'
	if negative || s[0] == '+' {
		i++
	}
	var digits uint64
	start, point := i, -1
	for ; i < len(s); i++ {
		c := s[i] - '0'
		if c <= 9 {
			digits = digits*10 + uint64(c)
		} else if s[i] == '.' && point < 0 {
			point = i
		} else {
			break
		}
	}
	count, exp := i-start, 0
	if point >= 0 {
		count--
		exp = point + 1 - i
	}
	if i < len(s) {
		e, ok := parseExponent(s[i:])
		if !ok {
			return 0, false
		}
		exp += e
	}
	if count == 0 || digits >= 1<<53 || exp < -22 || exp > 22 {
		return 0, false
	}
	f := float64(digits)
	if exp < 0 {
		f /= pow10[-exp]
	} else if exp > 0 {
		f *= pow10[exp]
	}
	if negative {
		f = -f
	}
	return f, true
}

// parseExponent reads an exponent of one or two digits: e+06.
func parseExponent(s string) (int, bool) {
	if s[0]|0x20 != 'e' {
		return 0, false
	}
	s = s[1:]
	negative := false
	if s != "" && (s[0] == '+' || s[0] == '-') {
		negative = s[0] == '-'
		s = s[1:]
	}
	if len(s) == 0 || len(s) > 2 {
		return 0, false
	}
	e := 0
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		e = e*10 + int(c)
	}
	if negative {
		e = -e
	}
	return e, true
}

// splitCount returns a count as an integer, or as a float if it is none. It
// refuses negative counts; NaN and what exceeds 64 bits stay floats.
func splitCount(v float64) (n uint64, f float64, ok bool) {
	if v < 0 {
		return 0, 0, false
	}
	if v < math.MaxUint64 && v == math.Trunc(v) {
		return uint64(v), 0, true
	}
	return 0, v, true
}
