package expo

import (
	"math"
	"testing"
)

func encodeText(f *Family) string { return string(AppendSamples(AppendTextHeader(nil, f), f)) }

func encodeOpenMetrics(f *Family, unknown, created bool) string {
	return string(AppendOpenMetricsSamples(AppendOpenMetricsHeader(nil, f, unknown), f, OpenMetricsOptions{Created: created}))
}

var a1 = []Label{{"a", "1"}}

// The text of each type; FuzzEncode compares many more with Prometheus's encoder.
func TestText(t *testing.T) {
	for name, c := range map[string]struct {
		family Family
		want   string
	}{
		"escapes": {
			Family{Name: "m", Type: Gauge, HasHelp: true, Help: "a\\b\n\"c\"", Metrics: []Metric{{Labels: []Label{{"l", "a\\b\n\"c\""}}}}},
			"# HELP m a\\\\b\\n\"c\"\n# TYPE m gauge\nm{l=\"a\\\\b\\n\\\"c\\\"\"} 0\n",
		},
		"empty help": {Family{Name: "m", Type: Untyped, HasHelp: true, Metrics: []Metric{{}}}, "# HELP m \n# TYPE m untyped\nm 0\n"},
		"timestamp": {
			Family{Name: "m", Metrics: []Metric{{Value: 1e6, HasTimestamp: true, TimestampMs: -5}}},
			"# TYPE m counter\nm 1e+06 -5\n",
		},
		"quoted names": {
			Family{Name: "a.b", Metrics: []Metric{{}, {Labels: []Label{{"c d", "x"}}}}},
			"# TYPE \"a.b\" counter\n{\"a.b\"} 0\n{\"a.b\",\"c d\"=\"x\"} 0\n",
		},
		"summary": {
			Family{Name: "s", Type: Summary, Metrics: []Metric{{Labels: a1, Summary: &SummaryValue{Count: 2, Sum: 3, Quantiles: []Quantile{{0.5, math.NaN()}}}}}},
			"# TYPE s summary\ns{a=\"1\",quantile=\"0.5\"} NaN\ns_sum{a=\"1\"} 3\ns_count{a=\"1\"} 2\n",
		},
		"histogram without +Inf": {
			Family{Name: "h", Type: GaugeHistogram, Metrics: []Metric{{Histogram: &HistogramValue{CountFloat: 2.5, Sum: 3, Buckets: []Bucket{{UpperBound: 1, Count: 1}}}}}},
			"# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2.5\nh_sum 3\nh_count 2.5\n",
		},
		"+Inf with another count": {
			Family{Name: "h", Type: Histogram, Metrics: []Metric{{Histogram: &HistogramValue{Count: 2, Buckets: []Bucket{{UpperBound: math.Inf(1), Count: 1}}}}}},
			"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 1\nh_sum 0\nh_count 2\n",
		},
		"native histogram": {
			Family{Name: "h", Type: Histogram, Metrics: []Metric{{Histogram: &HistogramValue{Count: 2, Native: &NativeHistogram{ZeroCount: 2}}}}},
			"# TYPE h histogram\nh_bucket{le=\"+Inf\"} 2\nh_sum 0\nh_count 2\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := encodeText(&c.family); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestOpenMetrics(t *testing.T) {
	counter := []Metric{{
		Labels: a1, Value: 2, Created: &Timestamp{Seconds: 1, Nanos: 5e8},
		Exemplar: &Exemplar{Labels: []Label{{"id", "x"}}, Value: 1, Timestamp: &Timestamp{Seconds: 3}},
	}}
	const sample = "{a=\"1\"} 2.0 # {id=\"x\"} 1.0 3.0\n"
	for name, c := range map[string]struct {
		family           Family
		unknown, created bool
		want             string
	}{
		"counter":              {Family{Name: "c_total", Metrics: counter}, false, true, "# TYPE c counter\nc_total" + sample + "c_created{a=\"1\"} 1.5\n"},
		"no created lines":     {Family{Name: "c_total", Metrics: counter}, false, false, "# TYPE c counter\nc_total" + sample},
		"forced unknown":       {Family{Name: "c_total", Metrics: counter}, true, false, "# TYPE c_total unknown\nc_total" + sample},
		"counter without":      {Family{Name: "c", Metrics: counter}, false, false, "# TYPE c unknown\nc" + sample},
		"nothing but _total":   {Family{Name: "_total", Metrics: counter}, false, false, "# TYPE _total unknown\n_total" + sample},
		"forced, not counter":  {Family{Name: "g", Type: Gauge}, true, false, "# TYPE g gauge\n"},
		"untyped":              {Family{Name: "u", Type: Untyped}, false, false, "# TYPE u unknown\n"},
		"unit":                 {Family{Name: "g_bytes", Type: Gauge, Unit: "bytes"}, false, false, "# TYPE g_bytes gauge\n# UNIT g_bytes bytes\n"},
		"unit of a counter":    {Family{Name: "c_bytes_total", Unit: "bytes"}, false, false, "# TYPE c_bytes counter\n# UNIT c_bytes bytes\n"},
		"unit not in the name": {Family{Name: "g", Type: Gauge, Unit: "bytes"}, false, false, "# TYPE g gauge\n"},
		"unit with a newline":  {Family{Name: "g_a\nb", Type: Gauge, Unit: "a\nb"}, false, false, "# TYPE \"g_a\\nb\" gauge\n"},
		"float histogram": {
			Family{Name: "h", Type: Histogram, Metrics: []Metric{{Histogram: &HistogramValue{CountFloat: 2.5, Buckets: []Bucket{{UpperBound: 1, CountFloat: 1.5}}}}}},
			false, false, "# TYPE h histogram\nh_bucket{le=\"1.0\"} 1.5\nh_bucket{le=\"+Inf\"} 2.5\nh_sum 0.0\nh_count 2.5\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := encodeOpenMetrics(&c.family, c.unknown, c.created); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// A nested message's length may take more bytes than were reserved for it.
func TestCloseMessageWidensLength(t *testing.T) {
	for _, n := range []int{0, 1, 127, 128, 16383, 16384, 1 << 21} {
		dst, start := openMessage([]byte("before"), 4)
		for i := range n {
			dst = append(dst, byte(i))
		}
		dst = closeMessage(dst, start)
		r := wireReader{rest: dst[len("before"):]}
		if !r.next() || len(r.bytes) != n || len(r.rest) != 0 {
			t.Fatalf("%d bytes: read back %d, %d left over, error %v", n, len(r.bytes), len(r.rest), r.err)
		}
		for i, b := range r.bytes {
			if b != byte(i) {
				t.Fatalf("%d bytes: byte %d is %d", n, i, b)
			}
		}
	}
}
