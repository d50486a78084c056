package expo

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

// reference is what Prometheus's encoder writes.
func referenceFloat(f float64) string {
	switch {
	case f == 0:
		return "0"
	case math.IsNaN(f):
		return "NaN"
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func checkFloat(t *testing.T, f float64) {
	t.Helper()
	if got, want := string(AppendFloat(nil, f)), referenceFloat(f); got != want {
		t.Errorf("AppendFloat(%b) = %q, want %q", f, got, want)
	}
}

// The fast path for integers must be invisible.
func TestFloatAgreesWithStrconv(t *testing.T) {
	const seed = 20240817
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for _, f := range []float64{
		0, math.Copysign(0, -1), 1, -1, 9, 10, 99999, 999999, 1e6, -1e6, 1000001, 1234500, 1e9, 1700000001, 999999999999999,
		1e15, 1e15 + 2, 1 << 53, 1<<53 + 2, 1e20, 1e21, 1e22, 0.1, 0.0001, 0.00001, 1.5, -2.25, 123456.5, 1234567.5,
		math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, math.SmallestNonzeroFloat64, math.MaxUint64,
	} {
		checkFloat(t, f)
		checkFloat(t, -f)
	}
	for range 200_000 {
		checkFloat(t, math.Float64frombits(rng.Uint64()))
		digits := rng.IntN(17)
		n := rng.Int64N(int64(math.Pow10(digits)) + 1)
		checkFloat(t, float64(n))
		checkFloat(t, float64(n)*100)
		checkFloat(t, -float64(n)/8)
	}
}

func TestOpenMetricsFloat(t *testing.T) {
	for f, want := range map[float64]string{
		0: "0.0", 1: "1.0", -1: "-1.0", 10: "10.0", 1e6: "1e+06", 0.5: "0.5",
		math.Inf(1): "+Inf", math.Inf(-1): "-Inf",
	} {
		if got := string(appendOpenMetricsFloat([]byte("x "), f)); got != "x "+want {
			t.Errorf("%v: got %q, want %q", f, got, "x "+want)
		}
	}
	if got := string(appendOpenMetricsFloat(nil, math.NaN())); got != "NaN" {
		t.Errorf("NaN: got %q", got)
	}
}

func BenchmarkAppendFloat(b *testing.B) {
	for _, f := range []float64{1, 42, 1700000001, 1700000001.25, 0.25} {
		b.Run(referenceFloat(f), func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 64)
			for b.Loop() {
				buf = AppendFloat(buf[:0], f)
			}
		})
	}
}
