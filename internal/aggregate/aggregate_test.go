package aggregate

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

var inf, nan = math.Inf(1), math.NaN()

func classicOf(count uint64, buckets ...expo.Bucket) *expo.Metric {
	return &expo.Metric{Histogram: &expo.HistogramValue{Count: count, Buckets: buckets}}
}

func nativeOf(count uint64, n expo.NativeHistogram) *expo.Metric {
	return &expo.Metric{Histogram: &expo.HistogramValue{Count: count, Native: &n}}
}

func le(bound float64, count uint64) expo.Bucket { return expo.Bucket{UpperBound: bound, Count: count} }

func value(v float64) *expo.Metric { return &expo.Metric{Value: v} }

// What can't be an increment is refused, by Check as by Add and Difference, with
// what was found and what would be right.
func TestCheck(t *testing.T) {
	one := []expo.Span{{Length: 1}}
	for name, c := range map[string]struct {
		t    expo.Type
		m    *expo.Metric
		want string // "" if it is fine
	}{
		"counter":                {expo.Counter, value(0), ""},
		"counter that falls":     {expo.Counter, value(-1), "counter -1: want a finite value of 0 or more"},
		"counter NaN":            {expo.Counter, value(nan), "counter NaN"},
		"counter +Inf":           {expo.Counter, value(inf), "counter +Inf"},
		"gauge":                  {expo.Gauge, value(nan), ""},
		"untyped":                {expo.Untyped, value(-1), ""},
		"gauge histogram":        {expo.GaugeHistogram, classicOf(1, le(1, 5)), ""},
		"type":                   {9, value(1), "metric type 9: want 0 to 5"},
		"no summary":             {expo.Summary, value(1), "summary without a value: want one"},
		"no histogram":           {expo.Histogram, value(1), "histogram without a value: want one"},
		"histogram":              {expo.Histogram, classicOf(3, le(1, 1), le(2, 1), le(inf, 3)), ""},
		"unsorted":               {expo.Histogram, classicOf(3, le(2, 3), le(1, 1)), ""},
		"bucket falls":           {expo.Histogram, classicOf(3, le(1, 2), le(2, 1)), `bucket le="2" count 1: want at least the 2 of the bucket before`},
		"more than counted":      {expo.Histogram, classicOf(3, le(1, 4)), `bucket le="1" count 4: want no more than the histogram's count of 3`},
		"+Inf is the count":      {expo.Histogram, classicOf(3, le(inf, 2)), `bucket le="+Inf" count 2: want the histogram's count of 3`},
		"bound twice":            {expo.Histogram, classicOf(3, le(1, 1), le(1, 1)), `bucket le="1" bound 1: want a number, once`},
		"NaN bound":              {expo.Histogram, classicOf(3, le(nan, 1)), `bound NaN: want a number`},
		"negative float bucket":  {expo.Histogram, classicOf(3, expo.Bucket{UpperBound: 1, CountFloat: -0.5}), `bucket le="1" count -0.5: want a finite value of 0 or more`},
		"float count NaN":        {expo.Histogram, &expo.Metric{Histogram: &expo.HistogramValue{CountFloat: nan}}, "histogram count NaN: want a finite"},
		"native":                 {expo.Histogram, nativeOf(3, expo.NativeHistogram{ZeroCount: 1, PositiveSpans: one, PositiveDeltas: []int64{2}}), ""},
		"native, others NaN":     {expo.Histogram, &expo.Metric{Histogram: &expo.HistogramValue{Count: 3, Sum: nan, Native: &expo.NativeHistogram{ZeroCount: 1}}}, ""},
		"native count":           {expo.Histogram, nativeOf(4, expo.NativeHistogram{ZeroCount: 3}), "histogram count 4: want 3, what its native buckets hold"},
		"native, more NaN":       {expo.Histogram, &expo.Metric{Histogram: &expo.HistogramValue{Count: 2, Sum: nan, Native: &expo.NativeHistogram{ZeroCount: 3}}}, "histogram count 2: want 3"},
		"native wraps":           {expo.Histogram, nativeOf(0, expo.NativeHistogram{ZeroCount: 2, PositiveSpans: []expo.Span{{Length: 2}}, PositiveDeltas: []int64{math.MaxInt64, 0}}), "more observations than 64 bits hold"},
		"custom bounds":          {expo.Histogram, nativeOf(1, expo.NativeHistogram{Schema: -53, ZeroCount: 1}), "schema -53: want -4 to 8"},
		"negative threshold":     {expo.Histogram, nativeOf(1, expo.NativeHistogram{ZeroThreshold: -1, ZeroCount: 1}), "threshold -1: want a finite"},
		"negative zero count":    {expo.Histogram, &expo.Metric{Histogram: &expo.HistogramValue{CountFloat: 1, Native: &expo.NativeHistogram{ZeroThreshold: 1, ZeroCountFloat: -1}}}, "zero bucket's count -1"},
		"negative native bucket": {expo.Histogram, nativeOf(0, expo.NativeHistogram{NegativeSpans: one, NegativeDeltas: []int64{-1}}), "negative native bucket 0 count -1: want 0 or more"},
		"deltas that wrap":       {expo.Histogram, nativeOf(0, expo.NativeHistogram{PositiveSpans: []expo.Span{{Length: 2}}, PositiveDeltas: []int64{math.MaxInt64, 1}}), "positive native bucket 1 count -9223372036854775808"},
		"NaN native bucket":      {expo.Histogram, nativeOf(0, expo.NativeHistogram{NegativeSpans: one, NegativeCounts: []float64{nan}}), "negative native bucket 0 count NaN"},
		"long span":              {expo.Histogram, nativeOf(0, expo.NativeHistogram{PositiveSpans: []expo.Span{{Length: math.MaxUint32}}}), "spans of 4294967295 buckets: want 0"},
		"span back":              {expo.Histogram, nativeOf(0, expo.NativeHistogram{PositiveSpans: []expo.Span{{Length: 1}, {Offset: -1, Length: 1}}, PositiveDeltas: []int64{1, 0}}), "span's offset -1"},
		"beyond all floats":      {expo.Histogram, nativeOf(1, expo.NativeHistogram{PositiveSpans: []expo.Span{{Offset: 1026, Length: 1}}, PositiveDeltas: []int64{1}}), "index 1026: want -1075 to 1025 in schema 0"},
	} {
		t.Run(name, func(t *testing.T) {
			_, added := Add(c.t, Last, nil, c.m)
			_, again := Add(c.t, Last, c.m, c.m)
			_, _, differs := Difference(c.t, nil, c.m)
			_, _, differsAgain := Difference(c.t, c.m, c.m)
			for from, err := range map[string]error{
				"Check": Check(c.t, c.m), "Add": added, "Add to the same": again,
				"Difference": differs, "Difference from the same": differsAgain,
			} {
				if c.want == "" {
					if err != nil {
						t.Errorf("%s refuses it: %v", from, err)
					}
					continue
				}
				var e *ValueError
				if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: error %v, want a ValueError with %q", from, err, c.want)
				}
			}
		})
	}
}

// A total never wraps nor becomes infinite: the increment that it can't hold is refused.
func TestAddOverflow(t *testing.T) {
	summary := func(n uint64) *expo.Metric { return &expo.Metric{Summary: &expo.SummaryValue{Count: n}} }
	float := func(n float64) *expo.Metric { return &expo.Metric{Histogram: &expo.HistogramValue{CountFloat: n}} }
	half := nativeOf(math.MaxInt64, expo.NativeHistogram{PositiveSpans: []expo.Span{{Length: 1}}, PositiveDeltas: []int64{math.MaxInt64}})
	for name, c := range map[string]struct {
		t    expo.Type
		a, b *expo.Metric
		want string
	}{
		"counter":         {expo.Counter, value(math.MaxFloat64), value(math.MaxFloat64), "want a finite sum"},
		"summary":         {expo.Summary, summary(math.MaxUint64), summary(1), "summary count 18446744073709551615 and 1 more"},
		"histogram":       {expo.Histogram, classicOf(math.MaxUint64), classicOf(2), "histogram count 18446744073709551615 and 2 more"},
		"float histogram": {expo.Histogram, float(math.MaxFloat64), float(math.MaxFloat64), "histogram count 1.797"},
		"native bucket":   {expo.Histogram, half, half, "native bucket count 18446744073709551614: want at most 9223372036854775807"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Add(c.t, Last, c.a, c.b)
			var e *ValueError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want a ValueError with %q", err, c.want)
			}
		})
	}
}

// Histograms that have nothing in common are refused with both lists of bounds.
func TestBoundsError(t *testing.T) {
	var many []expo.Bucket
	for i := range 30 {
		many = append(many, le(float64(i)+0.5, 0))
	}
	native := nativeOf(1, expo.NativeHistogram{ZeroCount: 1})
	for name, c := range map[string]struct {
		a, b *expo.Metric
		want string
	}{
		"other bounds": {classicOf(1, le(1, 1), le(2, 1), le(inf, 1)), classicOf(1, le(3, 1)),
			"histogram with bounds 3 is added to one with bounds 1, 2: want a bucket bound that both have"},
		"many bounds": {classicOf(0, many...), classicOf(0, le(3, 0)),
			"one with bounds 0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, … (30): want"},
		"no bounds":         {classicOf(1, le(1, 1)), classicOf(1, le(inf, 1)), "histogram with no bounds is added to one with bounds 1"},
		"native to classic": {classicOf(1, le(1, 1)), native, "histogram with native buckets is added to one with bounds 1"},
		"classic to native": {native, classicOf(1), "histogram with no bounds is added to one with native buckets"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Add(expo.Histogram, Last, c.a, c.b)
			var e *BoundsError
			if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want a BoundsError with %q", err, c.want)
			}
		})
	}
}
