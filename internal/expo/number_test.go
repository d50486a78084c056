package expo

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// checkParse compares parseFloat with strconv, bit by bit.
func checkParse(t *testing.T, s string) {
	t.Helper()
	want, err := strconv.ParseFloat(s, 64)
	wantOK := err == nil && !strings.ContainsAny(s, "pP_")
	got, ok := parseFloat(s)
	if ok != wantOK || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Errorf("parseFloat(%q) = %v, %v; want %v, %v", s, got, ok, want, wantOK)
	}
}

// FuzzParseFloat guards that the short cut for plain numbers is exact.
func FuzzParseFloat(f *testing.F) {
	for _, s := range []string{"1", "-1.5e+06", "0.1", "9007199254740993", "NaN", "+Inf", "0x1p-2", "1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkParse(t, s) })
}
