package expo

import (
	"math"
	"strings"
)

// The seconds that a google.protobuf.Timestamp may hold: the years 1 to 9999.
const (
	minSeconds = -62135596800
	maxSeconds = 253402300799
)

const nanosPerSecond = 1_000_000_000

// parseTimestamp reads seconds since the epoch. Decimal notation is read exactly,
// as far as nanoseconds go; a float64 would blur present times by some 100 ns.
func parseTimestamp(s string) (Timestamp, bool) {
	t, ok := parseDecimalTimestamp(s)
	if !ok {
		f, valid := parseFloat(s)
		if !valid || !(math.Abs(f) <= maxSeconds) {
			return Timestamp{}, false
		}
		seconds, fraction := math.Modf(f)
		t = newTimestamp(int64(seconds), int64(math.Round(fraction*nanosPerSecond)))
	}
	return t, t.Seconds >= minSeconds && t.Seconds <= maxSeconds
}

// parseDecimalTimestamp reads [+-]digits[.digits]; false if s is anything else.
func parseDecimalTimestamp(s string) (Timestamp, bool) {
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	if len(whole)+len(fraction) == 0 || len(whole) > 18 {
		return Timestamp{}, false
	}
	seconds, ok := decimal(whole, len(whole))
	nanos, ok2 := decimal(fraction, 9)
	if !ok || !ok2 {
		return Timestamp{}, false
	}
	if negative {
		seconds, nanos = -seconds, -nanos
	}
	return newTimestamp(seconds, nanos), true
}

// decimal reads s as if it had that many digits: further ones are cut off, missing
// ones are zeros. All of s must be digits.
func decimal(s string, digits int) (int64, bool) {
	var n int64
	for i := range max(len(s), digits) {
		c := byte(0)
		if i < len(s) {
			c = s[i] - '0'
		}
		if c > 9 {
			return 0, false
		}
		if i < digits {
			n = n*10 + int64(c)
		}
	}
	return n, true
}

// newTimestamp brings nanos to the range from 0 to 999,999,999.
func newTimestamp(seconds, nanos int64) Timestamp {
	seconds += nanos / nanosPerSecond
	nanos %= nanosPerSecond
	if nanos < 0 {
		seconds, nanos = seconds-1, nanos+nanosPerSecond
	}
	return Timestamp{Seconds: seconds, Nanos: int32(nanos)}
}
