package aggregate

import (
	"flag"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

var windowSeed = flag.Uint64("windowseed", 0, "the one seed for TestQuantilesAreNear; 0 runs many")

// A quantile is the value of that rank, off by no more than is promised, whatever the
// values and however many; and the order in which they came makes no difference.
func TestQuantilesAreNear(t *testing.T) {
	from, to := uint64(1), uint64(400)
	if *windowSeed != 0 {
		from, to = *windowSeed, *windowSeed
	}
	for seed := from; seed <= to; seed++ {
		rng := rand.New(rand.NewPCG(seed, 7))
		values := randomValues(rng)
		w, again := observed(values), observed(shuffled(rng, values))
		if again.Sum = w.Sum; !reflect.DeepEqual(w, again) { // a sum of floats does depend on it
			t.Fatalf("seed %d: other values than in another order", seed)
		}
		slices.Sort(values)
		off := SketchError * float64(uint64(1)<<w.Values.Width)
		for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1, rng.Float64()} {
			rank := max(int(math.Ceil(q*float64(len(values)))), 1)
			want := values[rank-1]
			got := w.Quantile(q)
			if w.Values.Width > 6 && got >= w.Min && got <= w.Max {
				continue // spread beyond what is promised
			}
			if !(math.Abs(got-want) <= off*math.Abs(want)) {
				t.Fatalf("seed %d: quantile %v of %d values: got %v, want %v give or take %v of it", seed, q, len(values), got, want, off)
			}
		}
	}
}

// Within a factor of 256 the buckets stay as narrow as they can be.
func TestSketchStaysExactWithinAFactorOf256(t *testing.T) {
	var s Sketch
	for v := 1.0; v < 256; v += 0.01 {
		s.Observe(v)
	}
	if s.Width != 0 {
		t.Errorf("the buckets were made wider %d times", s.Width)
	}
}

// A sketch is bounded by the most that a float can spread.
func TestSketchIsBounded(t *testing.T) {
	var s Sketch
	for e := -1074; e < 1024; e++ {
		for _, v := range []float64{1, 1.25, 1.5, -1, -1.7} {
			s.Observe(math.Ldexp(v, e))
		}
		s.Observe(0)
		if len(s.Buckets) > MostBuckets || s.Width > MostWidth {
			t.Fatalf("%d buckets, %d times wider", len(s.Buckets), s.Width)
		}
	}
}

// Min, max, sum and count are exact, and the rest follows from them.
func TestWindowOutputs(t *testing.T) {
	w := observed([]float64{3, -1, 10})
	for o, want := range map[Output]float64{WindowSum: 12, WindowCount: 3, WindowMin: -1, WindowMax: 10, WindowAvg: 4, WindowRate: 0.2} {
		if got := w.Output(o, 60); got != want {
			t.Errorf("%v is %v, want %v", o, got, want)
		}
	}
	c := w.Clone()
	if w.Observe(5); c.Count != 3 || len(c.Values.Buckets) != 3 {
		t.Error("a clone has changed with the original")
	}
}

func observed(values []float64) *Window {
	w := &Window{Values: &Sketch{}}
	for _, v := range values {
		w.Observe(v)
	}
	return w
}

func shuffled(rng *rand.Rand, values []float64) []float64 {
	other := slices.Clone(values)
	rng.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
	return other
}

func randomValues(rng *rand.Rand) []float64 {
	values := make([]float64, 1+rng.IntN(3000))
	spread := []float64{0.1, 1, 5, 40, 300}[rng.IntN(5)]
	for i := range values {
		switch rng.IntN(20) {
		case 0:
			values[i] = 0
		case 1:
			values[i] = float64(rng.IntN(9))
		default:
			values[i] = math.Exp(rng.NormFloat64() * spread)
		}
		if rng.IntN(3) == 0 {
			values[i] = -values[i]
		}
		if values[i] = min(max(values[i], -math.MaxFloat64), math.MaxFloat64); values[i] == 0 {
			values[i] = 0 // and not -0, of which nobody tells the order
		}
	}
	return values
}
