package aggregate

import (
	"math"
	"testing"

	prometheus "github.com/prometheus/prometheus/model/histogram"

	"github.com/headgate/headgate/internal/expo"
)

// The bounds are those that Prometheus has, bit by bit, so that a zero threshold
// that is one to a client is one here.
func TestBoundsArePrometheuss(t *testing.T) {
	for schema := int32(minSchema); schema <= maxSchema; schema++ {
		low, high := indexRange(schema)
		step := max(1, (high-low)/5000)
		for i := low + 1; i < high; i += step {
			h := prometheus.FloatHistogram{
				Schema: schema, PositiveSpans: []prometheus.Span{{Offset: int32(i), Length: 1}}, PositiveBuckets: []float64{1},
			}
			it := h.PositiveBucketIterator()
			it.Next()
			if got, want := bound(schema, i), it.At().Upper; got != want {
				t.Fatalf("schema %d, index %d: bound %v, Prometheus has %v", schema, i, got, want)
			}
		}
	}
}

// A bound is in the bucket that it ends, and what is larger is in the next.
func TestIndexOf(t *testing.T) {
	for schema := int32(minSchema); schema <= maxSchema; schema++ {
		for i := -300; i < 300; i++ {
			b := bound(schema, i)
			if b < 0x1p-1000 || b > 0x1p1000 {
				continue
			}
			if at, above := indexOf(schema, b), indexOf(schema, math.Nextafter(b, math.Inf(1))); at != i || above != i+1 {
				t.Fatalf("schema %d, bound %v of bucket %d: it is in bucket %d, the next float in %d", schema, b, i, at, above)
			}
		}
	}
	for _, v := range []float64{math.SmallestNonzeroFloat64, 0x1p-1040, math.MaxFloat64} {
		for schema := int32(minSchema); schema <= maxSchema; schema++ {
			if i := indexOf(schema, v); bound(schema, i) < v || bound(schema, i-1) >= v {
				t.Errorf("schema %d: %v is in bucket %d, from %v to %v", schema, v, i, bound(schema, i-1), bound(schema, i))
			}
		}
	}
}

// Prometheus gets the same sum once both histograms are of one resolution.
func TestNativeSumIsPrometheuss(t *testing.T) {
	rng := newRand(t)
	for range 2000 {
		var patterns [2]pattern
		var parts [2]*expo.Metric
		for i := range parts {
			patterns[i] = pattern{
				native: true, float: true, schema: int32(rng.IntN(maxSchema-minSchema+1) + minSchema),
				threshold: []float64{0, 0x1p-128, 0x1p-112, 1, 0x1p16}[rng.IntN(5)], // bounds in each schema
			}
			parts[i] = patterns[i].histogramFor(observations(rng, rng.IntN(30)))
		}
		got := prometheuss(add(t, expo.Histogram, parts[0], parts[1]))
		want, other := atSchema(t, parts[0], got.Schema), atSchema(t, parts[1], got.Schema)
		if _, _, _, err := want.Add(other); err != nil {
			t.Fatal(err)
		}
		if got, want := got.Compact(0), want.Compact(0); !got.Equals(want) {
			t.Fatalf("%+v:\ngot  %v\nwant %v", patterns, got, want)
		}
	}
}

// Prometheus sees a reset where Difference does, and none where it doesn't.
func TestNativeResetIsPrometheuss(t *testing.T) {
	rng := newRand(t)
	resets := 0
	for range 5000 {
		p := pattern{native: true, float: true, schema: int32(rng.IntN(3)), threshold: []float64{0, 0x1p-128, 1}[rng.IntN(3)]}
		q := p
		seen := observations(rng, rng.IntN(6))
		last := p.histogramFor(seen)
		switch rng.IntN(4) {
		case 0:
			q.schema = int32(rng.IntN(3))
		case 1:
			q.threshold = []float64{0, 0x1p-128, 1, 4}[rng.IntN(4)]
		case 2:
			seen = nil
		}
		now := q.histogramFor(append(seen, observations(rng, rng.IntN(12))...))
		_, reset, err := Difference(expo.Histogram, last, now)
		want := prometheuss(now).DetectReset(prometheuss(last))
		if err != nil || reset != want {
			t.Fatalf("from %s\nto   %s: reset %v, error %v, Prometheus says %v", show(last), show(now), reset, err, want)
		}
		if reset {
			resets++
		}
	}
	if resets < 500 || resets > 4500 {
		t.Errorf("%d resets of 5000: the test sees but one kind", resets)
	}
}

func atSchema(t *testing.T, m *expo.Metric, schema int32) *prometheus.FloatHistogram {
	h, err := prometheuss(m).CopyToSchema(schema)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func prometheuss(m *expo.Metric) *prometheus.FloatHistogram {
	h, n := m.Histogram, m.Histogram.Native
	spans := func(in []expo.Span) (out []prometheus.Span) {
		for _, s := range in {
			if s.Length == 0 {
				continue // only marks an empty histogram, and Prometheus's parser drops it too
			}
			out = append(out, prometheus.Span{Offset: s.Offset, Length: s.Length})
		}
		return out
	}
	return &prometheus.FloatHistogram{
		Schema: n.Schema, Count: h.CountFloat, Sum: h.Sum, ZeroThreshold: n.ZeroThreshold, ZeroCount: n.ZeroCountFloat,
		PositiveSpans: spans(n.PositiveSpans), PositiveBuckets: n.PositiveCounts,
		NegativeSpans: spans(n.NegativeSpans), NegativeBuckets: n.NegativeCounts,
	}
}
