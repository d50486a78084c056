package aggregate

import (
	"cmp"
	"flag"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// pattern is how a histogram arranges what it observes.
type pattern struct {
	bounds    []float64 // none: no classic buckets
	native    bool
	schema    int32
	threshold float64
	float     bool
	infinite  bool // with the +Inf bucket
}

// histogramFor is the model: what a client has that made these observations.
func (p pattern) histogramFor(observations []float64) *expo.Metric {
	count := func(n int) (uint64, float64) {
		if p.float {
			return 0, float64(n)
		}
		return uint64(n), 0
	}
	h := &expo.HistogramValue{}
	h.Count, h.CountFloat = count(len(observations))
	for _, v := range observations {
		h.Sum += v
	}
	bounds := slices.Clone(p.bounds)
	if p.infinite {
		bounds = append(bounds, math.Inf(1))
	}
	for _, le := range bounds {
		n := 0
		for _, v := range observations {
			if v <= le || math.IsInf(le, 1) {
				n++
			}
		}
		b := expo.Bucket{UpperBound: le}
		b.Count, b.CountFloat = count(n)
		h.Buckets = append(h.Buckets, b)
	}
	if p.native {
		h.Native = p.nativeFor(observations)
	}
	return &expo.Metric{Labels: []expo.Label{{Name: "a", Value: "1"}}, Histogram: h}
}

func (p pattern) nativeFor(observations []float64) *expo.NativeHistogram {
	n := native{schema: p.schema, threshold: p.threshold}
	for _, v := range observations {
		one := amount{n: 1}
		if p.float {
			one = amount{f: 1}
		}
		_, last := indexRange(p.schema)
		switch size := math.Abs(v); {
		case math.IsNaN(v):
		case size <= p.threshold:
			n.zero, _ = n.zero.plus(one)
		case math.IsInf(v, 1):
			n.positive = observe(n.positive, last, one)
		case math.IsInf(v, -1):
			n.negative = observe(n.negative, last, one)
		case v > 0:
			n.positive = observe(n.positive, indexOf(p.schema, size), one)
		default:
			n.negative = observe(n.negative, indexOf(p.schema, size), one)
		}
	}
	out, err := n.write()
	if err != nil {
		panic(err)
	}
	return out
}

func observe(slots []slot, index int, one amount) []slot {
	at, ok := slices.BinarySearchFunc(slots, index, func(s slot, i int) int { return cmp.Compare(s.index, i) })
	if ok {
		slots[at].count, _ = slots[at].count.plus(one)
		return slots
	}
	return slices.Insert(slots, at, slot{index, one})
}

// sums returns how the sum of histograms of these patterns has to look.
func sums(patterns ...pattern) pattern {
	p := patterns[0]
	p.bounds = slices.Clone(p.bounds)
	snap := false
	for _, q := range patterns[1:] {
		p.bounds = slices.DeleteFunc(p.bounds, func(b float64) bool { return !slices.Contains(q.bounds, b) })
		p.native, p.float, p.infinite = p.native && q.native, p.float || q.float, p.infinite || q.infinite
		snap = snap || p.schema != q.schema || p.threshold != q.threshold
		p.schema, p.threshold = min(p.schema, q.schema), max(p.threshold, q.threshold)
	}
	if snap && p.threshold > 0 {
		p.threshold = bound(p.schema, indexOf(p.schema, p.threshold))
	}
	return p
}

var seedFlag = flag.Uint64("seed", 0, "run random tests with this seed")

// newRand returns a generator whose seed is printed if the test fails.
func newRand(t *testing.T) *rand.Rand {
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("repeat with -seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// randomPattern returns one that all others can be added to.
func randomPattern(rng *rand.Rand, native bool) pattern {
	p := pattern{bounds: []float64{1}, float: rng.IntN(4) == 0, infinite: rng.IntN(2) == 0, native: native}
	for _, b := range []float64{-2, 0, 2.5, 5, 10} {
		if rng.IntN(2) == 0 {
			p.bounds = append(p.bounds, b)
		}
	}
	slices.Sort(p.bounds)
	if native {
		p.schema = int32(rng.IntN(maxSchema-minSchema+1) + minSchema)
		p.threshold = []float64{0, 0x1p-128, 0.001, 1, 1.05, 3}[rng.IntN(6)]
		if rng.IntN(3) == 0 {
			p.bounds = nil
		}
	}
	return p
}

// observations are such that their sum doesn't depend on the order.
func observations(rng *rand.Rand, n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		switch rng.IntN(60) {
		case 0:
			out[i] = math.Inf(1)
		case 1:
			out[i] = math.NaN()
		default:
			out[i] = float64(rng.IntN(400)-80) / 8
		}
	}
	return out
}
