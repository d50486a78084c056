package expo

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// Whatever would make a scrape fail or hold a series twice is refused, with what
// is wrong quoted.
func TestCheckMetric(t *testing.T) {
	buckets := func(bounds ...float64) Metric {
		h := &HistogramValue{}
		for _, b := range bounds {
			h.Buckets = append(h.Buckets, Bucket{UpperBound: b})
		}
		return Metric{Histogram: h}
	}
	quantiles := func(qq ...float64) Metric {
		s := &SummaryValue{}
		for _, q := range qq {
			s.Quantiles = append(s.Quantiles, Quantile{Quantile: q})
		}
		return Metric{Summary: s}
	}
	native := func(count uint64, n NativeHistogram) Metric {
		return Metric{Histogram: &HistogramValue{Count: count, Native: &n}}
	}
	float := func(n NativeHistogram) Metric {
		return Metric{Histogram: &HistogramValue{CountFloat: 3.5, Native: &n}}
	}
	inf, nan := math.Inf(1), math.NaN()
	many := make([]Label, 100)
	for i := range many {
		many[i].Name = fmt.Sprintf("l%d", i)
	}
	for name, c := range map[string]struct {
		t    Type
		m    Metric
		want string // "" if it is fine
	}{
		"plain":                 {Gauge, Metric{Labels: a1}, ""},
		"no summary":            {Summary, Metric{}, "is not a SUMMARY"},
		"no histogram":          {GaugeHistogram, Metric{}, "is not a GAUGE_HISTOGRAM"},
		"many labels":           {Gauge, Metric{Labels: many}, ""},
		"many labels, one dup":  {Gauge, Metric{Labels: append(slices.Clone(many), Label{"l7", "x"})}, `same name: "l7"`},
		"empty label name":      {Gauge, Metric{Labels: []Label{{"", "x"}}}, `"" is not a valid label name`},
		"NUL in label name":     {Gauge, Metric{Labels: []Label{{"a\x00", "x"}}}, `"a\x00" is not a valid label name`},
		"explicit quantile":     {Summary, Metric{Labels: []Label{{"quantile", "x"}}, Summary: &SummaryValue{}}, `explicit "quantile" label`},
		"explicit le":           {Histogram, Metric{Labels: []Label{{"le", "x"}}, Histogram: &HistogramValue{}}, `explicit "le" label`},
		"le of a gauge":         {Gauge, Metric{Labels: []Label{{"le", "x"}}}, ""},
		"ascending":             {Histogram, buckets(-1, 0, 1, inf), ""},
		"unsorted":              {Histogram, buckets(1, inf, 0), ""},
		"same bound":            {Histogram, buckets(1, 2, 1), "two buckets with the upper bound 1"},
		"both zeros":            {Histogram, buckets(0, math.Copysign(0, -1)), "two buckets with the upper bound 0"},
		"two +Inf":              {Histogram, buckets(inf, inf), "two buckets with the upper bound +Inf"},
		"NaN bound":             {Histogram, buckets(nan), "the upper bound NaN"},
		"quantiles":             {Summary, quantiles(0.5, 0.9, 0.1, nan), ""},
		"same quantile":         {Summary, quantiles(0.5, 0.9, 0.5), "the quantile 0.5 twice"},
		"two NaN":               {Summary, quantiles(nan, 0.5, nan), "the quantile NaN twice"},
		"created out of range":  {Counter, Metric{Created: &Timestamp{Seconds: 1 << 40}}, "invalid created timestamp: 1099511627776 seconds"},
		"created nanoseconds":   {Counter, Metric{Created: &Timestamp{Nanos: -1}}, "-1 nanoseconds"},
		"exemplar label twice":  {Counter, Metric{Exemplar: &Exemplar{Labels: []Label{{"a", ""}, {"a", ""}}}}, "exemplar with two or more labels"},
		"exemplar label value":  {Counter, Metric{Exemplar: &Exemplar{Labels: []Label{{"a", "\xff"}}}}, `whose value is not utf8 without NUL: "\xff"`},
		"native":                {Histogram, native(3, NativeHistogram{ZeroCount: 1, PositiveSpans: []Span{{0, 1}, {2, 1}}, PositiveDeltas: []int64{1, 0}}), ""},
		"native, no op span":    {Histogram, native(0, NativeHistogram{PositiveSpans: []Span{{}}}), ""},
		"native count":          {Histogram, native(4, NativeHistogram{ZeroCount: 3}), "3 observations in native buckets but a count of 4"},
		"native schema":         {Histogram, native(0, NativeHistogram{Schema: 9}), "schema 9: want -4 to 8"},
		"spans without buckets": {Histogram, native(0, NativeHistogram{NegativeSpans: []Span{{0, math.MaxUint32}}}), "outside the range"},
		"spans too long":        {Histogram, native(0, NativeHistogram{NegativeSpans: []Span{{0, 5}}, NegativeDeltas: []int64{1}}), "negative spans of 5 buckets in all but 1 bucket counts"},
		"span back":             {Histogram, native(2, NativeHistogram{PositiveSpans: []Span{{0, 1}, {-1, 1}}, PositiveDeltas: []int64{1, 0}}), "number 2, with the offset -1"},
		"negative bucket":       {Histogram, native(0, NativeHistogram{PositiveSpans: []Span{{0, 1}}, PositiveDeltas: []int64{-1}}), "number 1, with a count of -1"},
		"float":                 {Histogram, float(NativeHistogram{ZeroCountFloat: 0.5, PositiveSpans: []Span{{0, 1}}, PositiveCounts: []float64{3}}), ""},
		"float with deltas":     {Histogram, float(NativeHistogram{PositiveSpans: []Span{{0, 1}}, PositiveDeltas: []int64{3}}), "1 buckets in all but 0 bucket counts"},
		"negative float":        {Histogram, float(NativeHistogram{PositiveSpans: []Span{{0, 1}}, PositiveCounts: []float64{-3}}), "with a count of -3"},
	} {
		t.Run(name, func(t *testing.T) {
			err := CheckMetric(&Family{Name: "m", Type: c.t}, &c.m)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}
