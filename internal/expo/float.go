package expo

import (
	"bytes"
	"math"
	"strconv"
)

// maxExactInteger bounds the integers that are formatted digit by digit. Below
// it every integer is exact in a float64 and neighbours differ by at most one, so
// no shorter decimal than its own digits (less trailing zeros) reads back equal.
const maxExactInteger = 1e15

// plainDigits is the number of integer digits from which strconv's 'g' format
// changes to an exponent when it looks for the shortest representation.
const plainDigits = 6

// AppendFloat appends f as the text format writes it: the shortest decimal that
// reads back equal, and NaN, +Inf or -Inf. Both zeros are "0".
func AppendFloat(dst []byte, f float64) []byte {
	switch {
	case f == 0:
		return append(dst, '0')
	case f == math.Trunc(f) && math.Abs(f) < maxExactInteger:
		return appendInteger(dst, int64(f))
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	}
	// The infinities come out as +Inf and -Inf.
	return strconv.AppendFloat(dst, f, 'g', -1, 64)
}

// appendInteger appends n, whose magnitude is below maxExactInteger, as
// strconv's 'g' format writes the float of that value: 123456, 1.234567e+06.
func appendInteger(dst []byte, n int64) []byte {
	if n < 0 {
		dst = append(dst, '-')
		n = -n
	}
	start := len(dst)
	dst = strconv.AppendInt(dst, n, 10)
	exponent := len(dst) - start - 1
	if exponent < plainDigits {
		return dst
	}
	end := len(dst)
	for dst[end-1] == '0' {
		end--
	}
	dst = dst[:end]
	if end-start > 1 {
		dst = append(dst, 0)
		copy(dst[start+2:], dst[start+1:])
		dst[start+1] = '.'
	}
	dst = append(dst, 'e', '+', '0'+byte(exponent/10), '0'+byte(exponent%10))
	return dst
}

// appendOpenMetricsFloat is AppendFloat with ".0" after what would otherwise read
// as an integer.
func appendOpenMetricsFloat(dst []byte, f float64) []byte {
	start := len(dst)
	dst = AppendFloat(dst, f)
	if math.IsNaN(f) || math.IsInf(f, 0) || bytes.ContainsAny(dst[start:], "e.") {
		return dst
	}
	return append(dst, ".0"...)
}
