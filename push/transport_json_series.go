package push

import (
	"math"
	"strconv"

	dto "github.com/prometheus/client_model/go"
)

// jsonTypes are the types that samples are sent with. The text format has no
// histogram of gauges, so the series of one are sent each for itself.
var jsonTypes = map[dto.MetricType]string{
	dto.MetricType_COUNTER:         "counter",
	dto.MetricType_GAUGE:           "gauge",
	dto.MetricType_SUMMARY:         "summary",
	dto.MetricType_UNTYPED:         "untyped",
	dto.MetricType_HISTOGRAM:       "histogram",
	dto.MetricType_GAUGE_HISTOGRAM: "untyped",
}

// series writes the samples of the present series, as the text format has them.
func (w *jsonWriter) series(name string, t dto.MetricType) {
	switch m := w.metric; t {
	case dto.MetricType_COUNTER:
		w.sample(name, m.GetCounter().GetValue(), "", "")
	case dto.MetricType_GAUGE:
		w.sample(name, m.GetGauge().GetValue(), "", "")
	case dto.MetricType_UNTYPED:
		w.sample(name, m.GetUntyped().GetValue(), "", "")
	case dto.MetricType_SUMMARY:
		w.summary(name, m.GetSummary())
	default:
		w.histogram(name, m.GetHistogram())
	}
}

func (w *jsonWriter) summary(name string, s *dto.Summary) {
	for _, q := range s.GetQuantile() {
		w.sample(name, q.GetValue(), "quantile", formatFloat(q.GetQuantile()))
	}
	w.sample(name+"_sum", s.GetSampleSum(), "", "")
	w.sample(name+"_count", float64(s.GetSampleCount()), "", "")
}

func (w *jsonWriter) histogram(name string, h *dto.Histogram) {
	count := eitherCount(h.GetSampleCount(), h.GetSampleCountFloat())
	bucket, infinite := name+"_bucket", false
	for _, b := range h.GetBucket() {
		infinite = infinite || math.IsInf(b.GetUpperBound(), 1)
		w.sample(bucket, eitherCount(b.GetCumulativeCount(), b.GetCumulativeCountFloat()), "le", formatFloat(b.GetUpperBound()))
	}
	if !infinite {
		w.sample(bucket, count, "le", "+Inf")
	}
	w.sample(name+"_sum", h.GetSampleSum(), "", "")
	w.sample(name+"_count", count, "", "")
}

// eitherCount returns the count of a histogram: one in floats goes before.
func eitherCount(n uint64, f float64) float64 {
	if f > 0 {
		return f
	}
	return float64(n)
}

// formatFloat writes f as the text format does in labels.
func formatFloat(f float64) string { return strconv.FormatFloat(f, 'g', -1, 64) }
