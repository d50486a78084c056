package expo

import (
	"math"
	"strconv"
)

// AppendTextHeader appends the HELP line, if f has one, and the TYPE line of f in
// text format 0.0.4, which knows a gauge histogram as a histogram.
func AppendTextHeader(dst []byte, f *Family) []byte {
	if f.HasHelp {
		dst = append(dst, "# HELP "...)
		dst = appendMetricName(dst, f.Name)
		dst = append(dst, ' ')
		dst = appendEscaped(dst, f.Help, false)
		dst = append(dst, '\n')
	}
	dst = append(dst, "# TYPE "...)
	dst = appendMetricName(dst, f.Name)
	dst = append(dst, ' ')
	t := f.Type
	if t == GaugeHistogram {
		t = Histogram
	}
	dst = append(dst, t.String()...)
	return append(dst, '\n')
}

// AppendSamples appends the sample lines of all metrics of f in text format
// 0.0.4, without a header. Labels are written in the order given; le and quantile
// come last. Names outside the legacy character set are quoted.
func AppendSamples(dst []byte, f *Family) []byte {
	w := textWriter{dst: dst, name: f.Name, quoted: !LegacyMetricName(f.Name)}
	for i := range f.Metrics {
		w.metric(f.Type, &f.Metrics[i])
	}
	return w.dst
}

// textWriter writes the samples of one family in text format 0.0.4.
type textWriter struct {
	dst    []byte
	name   string
	quoted bool // the name goes into the braces, in quotes
}

func (w *textWriter) metric(t Type, m *Metric) {
	switch t {
	case Summary:
		w.summary(m, m.Summary)
	case Histogram, GaugeHistogram:
		w.histogram(m, m.Histogram)
	default:
		w.sample("", m, m.Value)
	}
}

func (w *textWriter) summary(m *Metric, s *SummaryValue) {
	for _, q := range s.Quantiles {
		w.boundSample("", m, "quantile", q.Quantile, q.Value)
	}
	w.sample("_sum", m, s.Sum)
	w.sample("_count", m, float64(s.Count))
}

func (w *textWriter) histogram(m *Metric, h *HistogramValue) {
	infSeen := false
	for i := range h.Buckets {
		b := &h.Buckets[i]
		w.boundSample("_bucket", m, "le", b.UpperBound, floatOr(b.CountFloat, b.Count))
		infSeen = infSeen || math.IsInf(b.UpperBound, 1)
	}
	count := floatOr(h.CountFloat, h.Count)
	if !infSeen {
		w.boundSample("_bucket", m, "le", math.Inf(1), count)
	}
	w.sample("_sum", m, h.Sum)
	w.sample("_count", m, count)
}

// floatOr returns the float count if there is one, else the integer count.
func floatOr(f float64, n uint64) float64 {
	if f != 0 {
		return f
	}
	return float64(n)
}

// sample writes the line of one series without le or quantile.
func (w *textWriter) sample(suffix string, m *Metric, value float64) {
	dst, sep := appendSeries(w.dst, w.name, suffix, w.quoted, m.Labels)
	if sep == ',' {
		dst = append(dst, '}')
	}
	w.dst = appendValue(dst, m, value)
}

// boundSample writes the line of one series with a last label that is a number.
func (w *textWriter) boundSample(suffix string, m *Metric, label string, bound, value float64) {
	dst, sep := appendSeries(w.dst, w.name, suffix, w.quoted, m.Labels)
	dst = append(dst, sep)
	dst = append(dst, label...)
	dst = append(dst, `="`...)
	dst = AppendFloat(dst, bound)
	w.dst = appendValue(append(dst, `"}`...), m, value)
}

func appendValue(dst []byte, m *Metric, value float64) []byte {
	dst = append(dst, ' ')
	dst = AppendFloat(dst, value)
	if m.HasTimestamp {
		dst = append(dst, ' ')
		dst = strconv.AppendInt(dst, m.TimestampMs, 10)
	}
	return append(dst, '\n')
}
