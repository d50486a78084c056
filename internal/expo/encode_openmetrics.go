package expo

import (
	"math"
	"strconv"
	"strings"
)

// OpenMetricsEOF ends every OpenMetrics exposition.
const OpenMetricsEOF = "# EOF\n"

const totalSuffix = "_total"

// OpenMetricsOptions are the choices in writing OpenMetrics samples.
type OpenMetricsOptions struct {
	// Created adds a _created line to what has a created timestamp. It must not be
	// set where another family of the exposition has the name of such a line.
	Created bool
}

// AppendOpenMetricsHeader appends the HELP, TYPE and UNIT lines of f in
// OpenMetrics 1.0. A counter is declared without its _total suffix; one that
// doesn't have the suffix is declared as unknown.
//
// With unknown set every counter is declared as unknown, under its full name: for
// when the name without _total is that of another family.
//
// A unit that is not the last word of the declared name is left out, as
// Prometheus refuses the whole exposition for one.
func AppendOpenMetricsHeader(dst []byte, f *Family, unknown bool) []byte {
	name := f.Name
	if counterBase := openMetricsBase(f); counterBase != "" && !unknown {
		name = counterBase
	} else {
		unknown = unknown || f.Type == Counter
	}
	quoted := !LegacyMetricName(name)
	if f.HasHelp {
		dst = appendMetadata(dst, "# HELP ", name, quoted)
		dst = appendEscaped(dst, f.Help, true)
		dst = append(dst, '\n')
	}
	dst = appendMetadata(dst, "# TYPE ", name, quoted)
	if f.Type == Untyped || f.Type == Counter && unknown {
		dst = append(dst, "unknown"...)
	} else {
		dst = append(dst, f.Type.String()...)
	}
	dst = append(dst, '\n')
	if unitFits(name, f.Unit) {
		dst = appendMetadata(dst, "# UNIT ", name, quoted)
		dst = append(dst, f.Unit...)
		dst = append(dst, '\n')
	}
	return dst
}

func appendMetadata(dst []byte, keyword, name string, quoted bool) []byte {
	dst = append(dst, keyword...)
	if quoted {
		dst = appendQuoted(dst, name)
	} else {
		dst = append(dst, name...)
	}
	return append(dst, ' ')
}

// openMetricsBase returns the name of a counter without _total, "" if f is no
// counter or if there is nothing but the suffix to take off.
func openMetricsBase(f *Family) string {
	if base, ok := strings.CutSuffix(f.Name, totalSuffix); ok && f.Type == Counter {
		return base
	}
	return ""
}

func unitFits(name, unit string) bool {
	rest, ok := strings.CutSuffix(name, unit)
	return ok && unit != "" && strings.HasSuffix(rest, "_") && LegacyMetricName("_"+unit)
}

// AppendOpenMetricsSamples appends the sample lines of all metrics of f in
// OpenMetrics 1.0, without a header. Labels are written in the order given; le and
// quantile come last.
//
// The counts of a float histogram, which the format has no way to express, are
// written as floats; Prometheus reads them.
func AppendOpenMetricsSamples(dst []byte, f *Family, o OpenMetricsOptions) []byte {
	w := openMetricsWriter{dst: dst, name: f.Name, quoted: !LegacyMetricName(f.Name), created: o.Created}
	for i := range f.Metrics {
		w.metric(f.Type, &f.Metrics[i])
	}
	return w.dst
}

// openMetricsWriter writes the samples of one family in OpenMetrics 1.0.
type openMetricsWriter struct {
	dst     []byte
	name    string
	quoted  bool // the name goes into the braces, in quotes
	created bool
}

func (w *openMetricsWriter) metric(t Type, m *Metric) {
	switch t {
	case Counter:
		w.series("", m)
		w.float(m.Value)
		w.end(m, m.Exemplar)
		w.createdLine(strings.TrimSuffix(w.name, totalSuffix), m)
	case Summary:
		w.summary(m, m.Summary)
	case Histogram, GaugeHistogram:
		w.histogram(m, m.Histogram)
	default:
		w.series("", m)
		w.float(m.Value)
		w.end(m, nil)
	}
}

func (w *openMetricsWriter) summary(m *Metric, s *SummaryValue) {
	for _, q := range s.Quantiles {
		w.boundSeries("", m, "quantile", q.Quantile)
		w.float(q.Value)
		w.end(m, nil)
	}
	w.sumAndCount(m, s.Sum, s.Count, 0)
	w.createdLine(w.name, m)
}

func (w *openMetricsWriter) histogram(m *Metric, h *HistogramValue) {
	infSeen := false
	for i := range h.Buckets {
		b := &h.Buckets[i]
		w.boundSeries("_bucket", m, "le", b.UpperBound)
		w.count(b.Count, b.CountFloat)
		w.end(m, b.Exemplar)
		infSeen = infSeen || math.IsInf(b.UpperBound, 1)
	}
	if !infSeen {
		w.boundSeries("_bucket", m, "le", math.Inf(1))
		w.count(h.Count, h.CountFloat)
		w.end(m, nil)
	}
	w.sumAndCount(m, h.Sum, h.Count, h.CountFloat)
	w.createdLine(w.name, m)
}

func (w *openMetricsWriter) sumAndCount(m *Metric, sum float64, count uint64, countFloat float64) {
	w.series("_sum", m)
	w.float(sum)
	w.end(m, nil)
	w.series("_count", m)
	w.count(count, countFloat)
	w.end(m, nil)
}

// createdLine writes the _created line of m, if it has one, for the metric called name.
func (w *openMetricsWriter) createdLine(name string, m *Metric) {
	if !w.created || m.Created == nil {
		return
	}
	var sep byte
	if w.dst, sep = appendSeries(w.dst, name, "_created", w.quoted, m.Labels); sep == ',' {
		w.dst = append(w.dst, '}')
	}
	w.timestamp(*m.Created)
	w.dst = append(w.dst, '\n')
}

// series begins the line of a series without le or quantile.
func (w *openMetricsWriter) series(suffix string, m *Metric) {
	var sep byte
	if w.dst, sep = appendSeries(w.dst, w.name, suffix, w.quoted, m.Labels); sep == ',' {
		w.dst = append(w.dst, '}')
	}
}

// boundSeries begins the line of a series with a last label that is a number.
func (w *openMetricsWriter) boundSeries(suffix string, m *Metric, label string, bound float64) {
	dst, sep := appendSeries(w.dst, w.name, suffix, w.quoted, m.Labels)
	dst = append(dst, sep)
	dst = append(dst, label...)
	dst = append(dst, `="`...)
	dst = appendOpenMetricsFloat(dst, bound)
	w.dst = append(dst, `"}`...)
}

func (w *openMetricsWriter) float(f float64) {
	w.dst = appendOpenMetricsFloat(append(w.dst, ' '), f)
}

func (w *openMetricsWriter) count(n uint64, f float64) {
	if f > 0 {
		w.float(f)
		return
	}
	w.dst = strconv.AppendUint(append(w.dst, ' '), n, 10)
}

// timestamp writes t in seconds, with the precision of a float64 as Prometheus's
// encoder does.
func (w *openMetricsWriter) timestamp(t Timestamp) {
	w.float(float64(t.Seconds*1e9+int64(t.Nanos)) / 1e9)
}

// end writes what follows the value: the timestamp of m and an exemplar. One
// without labels is left out, as in Prometheus's encoder.
func (w *openMetricsWriter) end(m *Metric, e *Exemplar) {
	if m.HasTimestamp {
		w.float(float64(m.TimestampMs) / 1000)
	}
	if e != nil && len(e.Labels) > 0 {
		w.dst = append(w.dst, " # "...)
		w.dst, _ = appendLabels(w.dst, '{', e.Labels)
		w.dst = append(w.dst, '}')
		w.float(e.Value)
		if e.Timestamp != nil {
			w.timestamp(*e.Timestamp)
		}
	}
	w.dst = append(w.dst, '\n')
}
