package aggregate

import (
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// A gauge becomes what the configuration says, and a NaN, which is no value, never
// takes another's place but that of the last.
func TestAddGauges(t *testing.T) {
	for _, c := range []struct {
		g              Gauges
		a, b, want     float64
		nanIncrement   float64
		wantOfNaNTotal float64
	}{
		{Last, 3, 2, 2, nan, 2},
		{Sum, 3, 2, 5, 3, 2},
		{Min, 3, 2, 2, 3, 2},
		{Max, 3, 2, 3, 3, 2},
	} {
		for _, typ := range []expo.Type{expo.Gauge, expo.Untyped} {
			for i, p := range [][3]float64{{c.a, c.b, c.want}, {c.a, nan, c.nanIncrement}, {nan, c.b, c.wantOfNaNTotal}, {nan, nan, nan}} {
				got, err := Add(typ, c.g, value(p[0]), value(p[1]))
				if err != nil || !same(&got, value(p[2])) {
					t.Errorf("%v of %v, case %d: %v and %v became %v, error %v, want %v", c.g, typ, i, p[0], p[1], got.Value, err, p[2])
				}
			}
		}
	}
}

// The total keeps its labels and its beginning, the newest exemplar counts, and no
// sample's own time is left: a sum has none.
func TestFrame(t *testing.T) {
	trace := func(id string) *expo.Exemplar {
		return &expo.Exemplar{Labels: []expo.Label{{Name: "trace_id", Value: id}}, Value: 1}
	}
	frame := func(created int64, exemplar *expo.Exemplar) *expo.Metric {
		return &expo.Metric{
			Labels: []expo.Label{{Name: "a", Value: "1"}}, Created: &expo.Timestamp{Seconds: created}, TimestampMs: 5, HasTimestamp: true,
			Value: 1, Exemplar: exemplar, Summary: &expo.SummaryValue{Quantiles: []expo.Quantile{{Quantile: 0.5, Value: 1}}},
			Histogram: &expo.HistogramValue{
				Buckets: []expo.Bucket{{UpperBound: 1, Exemplar: exemplar}, {UpperBound: inf, Exemplar: exemplar}},
				Native:  &expo.NativeHistogram{ZeroThreshold: 1, Exemplars: []expo.Exemplar{*trace("native")}},
			},
		}
	}
	old, next := trace("old"), trace("next")
	for typ := expo.Counter; typ <= expo.GaugeHistogram; typ++ {
		for _, c := range []struct{ total, increment, want *expo.Exemplar }{{old, next, next}, {old, nil, old}, {nil, next, next}} {
			m, err := Add(typ, Sum, frame(7, c.total), frame(8, c.increment))
			if err != nil || m.HasTimestamp || m.TimestampMs != 0 || m.Created.Seconds != 7 || m.Labels[0].Value != "1" {
				t.Errorf("%v: %s, error %v", typ, show(&m), err)
			}
			switch typ {
			case expo.Counter:
				if m.Exemplar != c.want {
					t.Errorf("exemplar %+v, want %+v", m.Exemplar, c.want)
				}
			case expo.Histogram:
				for _, b := range m.Histogram.Buckets {
					if b.Exemplar != c.want {
						t.Errorf("bucket %v has exemplar %+v, want %+v", b.UpperBound, b.Exemplar, c.want)
					}
				}
				if len(m.Histogram.Native.Exemplars) != 1 {
					t.Errorf("native exemplars %+v, want the increment's", m.Histogram.Native.Exemplars)
				}
			case expo.Summary:
				if m.Summary.Quantiles != nil {
					t.Errorf("quantiles %v, of a sum none are known", m.Summary.Quantiles)
				}
			}
		}
	}
}

// The first increment of a gauge histogram, or the one that comes later, is the total.
func TestGaugeHistogramIsLast(t *testing.T) {
	a, b := classicOf(9, le(1, 9)), classicOf(2, le(1, 2))
	got, err := Add(expo.GaugeHistogram, Sum, a, b)
	if err != nil || !same(&got, b) {
		t.Errorf("got %s, error %v", show(&got), err)
	}
	got, reset, err := Difference(expo.GaugeHistogram, a, b)
	if err != nil || reset || !same(&got, b) {
		t.Errorf("difference %s, reset %v, error %v", show(&got), reset, err)
	}
}

// Bounds that not both have are left out, and the counts of the others stay exact.
func TestCommonBounds(t *testing.T) {
	a := classicOf(10, le(1, 1), le(2, 3), le(5, 7), le(inf, 10))
	b := classicOf(4, le(2, 1), le(3, 2), le(5, 4))
	want := classicOf(14, le(2, 4), le(5, 11), le(inf, 14))
	if got := add(t, expo.Histogram, a, b); !same(got, want) {
		t.Errorf("got %s, want %s", show(got), show(want))
	}
}

// Histograms of a count and a sum alone add up, though no bound is common to them.
func TestNoBounds(t *testing.T) {
	if got, want := add(t, expo.Histogram, classicOf(2), classicOf(3, le(inf, 3))), classicOf(5, le(inf, 5)); !same(got, want) {
		t.Errorf("got %s, want %s", show(got), show(want))
	}
}

// What Add and Difference return is the caller's: a change of it reaches no argument.
func TestResultsAreOwn(t *testing.T) {
	whole := pattern{bounds: []float64{1, 2}, infinite: true, native: true}.histogramFor([]float64{-1, 1, 2, 3})
	before := show(whole)
	first, _ := Add(expo.Histogram, Last, nil, whole)
	second, _ := Add(expo.Histogram, Last, whole, whole)
	grown, _, _ := Difference(expo.Histogram, whole, whole)
	begun, _, _ := Difference(expo.Histogram, nil, whole)
	for _, m := range []expo.Metric{first, second, grown, begun} {
		h := m.Histogram
		for i := range h.Buckets {
			h.Buckets[i].Count = 99
		}
		for _, deltas := range [][]int64{h.Native.PositiveDeltas, h.Native.NegativeDeltas} {
			for i := range deltas {
				deltas[i] = 99
			}
		}
		h.Count, h.Native.Schema = 99, 1
	}
	if show(whole) != before {
		t.Errorf("the argument is now %s, it was %s", show(whole), before)
	}
}

// Of a histogram that is both, in one of two, what both are is kept.
func TestCommonKind(t *testing.T) {
	both := nativeOf(1, expo.NativeHistogram{ZeroCount: 1})
	both.Histogram.Buckets = []expo.Bucket{le(1, 1)}
	classic, native := classicOf(1, le(1, 1)), nativeOf(1, expo.NativeHistogram{ZeroCount: 1})
	other := nativeOf(1, expo.NativeHistogram{ZeroCount: 1})
	other.Histogram.Buckets = []expo.Bucket{le(3, 1)}
	for name, c := range map[string]struct {
		a, b               *expo.Metric
		classic, nativeToo bool
	}{
		"both": {both, both, true, true}, "classic": {both, classic, true, false},
		"native": {native, both, false, true}, "other bounds": {both, other, false, true},
	} {
		h := add(t, expo.Histogram, c.a, c.b).Histogram
		if (len(h.Buckets) > 0) != c.classic || (h.Native != nil) != c.nativeToo || h.Count != 2 {
			t.Errorf("%s: got %+v", name, h)
		}
	}
}
