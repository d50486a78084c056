package aggregate

import (
	"math"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// A reset is told by counts and buckets, and else the difference is exactly what
// was added: neither may a client's work count twice nor a new one's be lost.
func TestReset(t *testing.T) {
	summary := func(count uint64, sum float64) *expo.Metric {
		return &expo.Metric{Summary: &expo.SummaryValue{Count: count, Sum: sum}}
	}
	float := func(count float64, buckets ...expo.Bucket) *expo.Metric {
		return &expo.Metric{Histogram: &expo.HistogramValue{CountFloat: count, Buckets: buckets}}
	}
	fle := func(bound, count float64) expo.Bucket { return expo.Bucket{UpperBound: bound, CountFloat: count} }
	withSum := func(m *expo.Metric, sum float64) *expo.Metric { m.Histogram.Sum = sum; return m }
	native := func(schema int32, threshold float64, zero uint64, offset int32, counts ...int64) *expo.Metric {
		n := expo.NativeHistogram{Schema: schema, ZeroThreshold: threshold, ZeroCount: zero}
		count, last := zero, int64(0)
		if len(counts) > 0 {
			n.PositiveSpans = []expo.Span{{Offset: offset, Length: uint32(len(counts))}}
		}
		for _, c := range counts {
			n.PositiveDeltas = append(n.PositiveDeltas, c-last)
			last, count = c, count+uint64(c)
		}
		return nativeOf(count, n)
	}
	nativeFloat := func(count, zero float64) *expo.Metric {
		return &expo.Metric{Histogram: &expo.HistogramValue{CountFloat: count, Native: &expo.NativeHistogram{ZeroThreshold: 1, ZeroCountFloat: zero}}}
	}
	fine := bound(3, 1) // 2^(1/8), which the table doesn't round as computing does
	grew := 0.4
	grew -= 0.1 // more than 0.5 - 0.2, as floats are
	both := native(0, 0, 1, 0, 1)
	both.Histogram.Buckets = []expo.Bucket{le(1, 2)}
	for name, c := range map[string]struct {
		t         expo.Type
		last, now *expo.Metric
		want      *expo.Metric // nil: reset
	}{
		"counter":               {expo.Counter, value(2), value(5), value(3)},
		"counter stays":         {expo.Counter, value(2), value(2), value(0)},
		"counter falls":         {expo.Counter, value(5), value(2), nil},
		"gauge":                 {expo.Gauge, value(5), value(2), value(2)},
		"summary":               {expo.Summary, summary(1, 5), summary(3, 4), summary(2, -1)},
		"summary falls":         {expo.Summary, summary(3, 5), summary(2, 9), nil},
		"infinite sum":          {expo.Summary, summary(1, inf), summary(2, inf), summary(1, 0)},
		"sum falls":             {expo.Histogram, withSum(classicOf(1, le(1, 1)), 1), withSum(classicOf(2, le(1, 2)), -3), withSum(classicOf(1, le(1, 1)), -4)},
		"count falls":           {expo.Histogram, classicOf(3, le(1, 0)), classicOf(2, le(1, 1)), nil},
		"bucket falls":          {expo.Histogram, classicOf(3, le(1, 2)), classicOf(5, le(1, 1)), nil},
		"between bounds":        {expo.Histogram, classicOf(9, le(1, 1), le(2, 4)), classicOf(9, le(1, 4), le(2, 5)), nil},
		"above bounds":          {expo.Histogram, classicOf(5, le(1, 1)), classicOf(6, le(1, 5)), nil},
		"a bound more":          {expo.Histogram, classicOf(5, le(1, 1)), classicOf(6, le(0.5, 1), le(1, 2)), classicOf(1, le(1, 1))},
		"a bound less":          {expo.Histogram, classicOf(5, le(0.5, 1), le(1, 1)), classicOf(6, le(1, 2)), classicOf(1, le(1, 1))},
		"no bound in common":    {expo.Histogram, classicOf(5, le(1, 1)), classicOf(6, le(2, 2)), nil},
		"no bounds":             {expo.Histogram, classicOf(5), classicOf(6, le(inf, 6)), classicOf(1, le(inf, 1))},
		"rounding":              {expo.Histogram, float(0.2, fle(1, 0.1), fle(2, 0.2)), float(0.5, fle(1, 0.4), fle(2, 0.5)), float(grew, fle(1, grew), fle(2, grew))},
		"floats fall":           {expo.Histogram, float(0.3, fle(1, 0.1), fle(2, 0.3)), float(0.5, fle(1, 0.4), fle(2, 0.5)), nil},
		"native":                {expo.Histogram, native(0, 0, 1, 0, 1, 2), native(0, 0, 1, 0, 1, 5), native(0, 0, 0, 1, 3)},
		"nothing native":        {expo.Histogram, native(0, 0, 1, 0, 1), native(0, 0, 1, 0, 1), nativeOf(0, expo.NativeHistogram{PositiveSpans: []expo.Span{{}}})},
		"native rounding":       {expo.Histogram, nativeFloat(1, math.Nextafter(0.4, 1)), nativeFloat(2, 0.4), nativeFloat(1, 0)},
		"native falls":          {expo.Histogram, native(0, 0, 1, 0, 2), native(0, 0, 5, 0, 1), nil},
		"zero bucket falls":     {expo.Histogram, native(0, 0, 1, 0, 2), native(0, 0, 0, 0, 5), nil},
		"native is gone":        {expo.Histogram, native(0, 0, 0, 0, 2), native(0, 0, 0, 1, 5), nil},
		"coarser":               {expo.Histogram, native(1, 0, 0, 1, 1, 2), native(0, 0, 0, 1, 4), native(0, 0, 0, 1, 1)},
		"finer":                 {expo.Histogram, native(0, 0, 0, 1, 4), native(1, 0, 0, 1, 1, 4), nil},
		"wider zero":            {expo.Histogram, native(3, 0.5, 1, 1, 2, 1), native(3, fine, 4, 2, 2), native(3, fine, 1, 2, 1)},
		"wider, then coarser":   {expo.Histogram, native(3, 0.5, 1, 1, 2, 1), native(2, fine, 4, 1, 2), native(2, fine, 1, 1, 1)},
		"narrower zero":         {expo.Histogram, native(0, 1, 1, 1, 2), native(0, 0.5, 2, 1, 2), nil},
		"zero cuts a bucket":    {expo.Histogram, native(0, 1, 1, 1, 2), native(0, 1.5, 3, 1, 2), nil},
		"zero cuts nothing":     {expo.Histogram, native(0, 1, 1, 2, 2), native(0, 1.5, 3, 2, 2), native(0, 1.5, 2, 0)},
		"NaN disappears":        {expo.Histogram, withSum(mostlyNaN(3), nan), withSum(native(0, 0, 4, 0), 1), nil},
		"native from now on":    {expo.Histogram, classicOf(1, le(1, 1)), both, classicOf(1, le(1, 1))},
		"native instead":        {expo.Histogram, classicOf(1, le(1, 1)), native(0, 0, 5, 0), nil},
		"integers become float": {expo.Histogram, classicOf(1, le(1, 1)), float(2.5, fle(1, 2)), float(1.5, fle(1, 1))},
	} {
		t.Run(name, func(t *testing.T) {
			got, reset, err := Difference(c.t, c.last, c.now)
			want := c.want
			if want == nil {
				want = c.now
			}
			if err != nil || reset != (c.want == nil) || !same(&got, want) {
				t.Errorf("reset %v, error %v\ngot  %s\nwant %s", reset, err, show(&got), show(want))
			}
		})
	}
}

// mostlyNaN is a native histogram that saw NaN only, but for one observation.
func mostlyNaN(count uint64) *expo.Metric {
	return nativeOf(count, expo.NativeHistogram{ZeroCount: 1})
}
