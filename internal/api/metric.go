package api

import (
	"strconv"

	"github.com/headgate/headgate/internal/expo"
)

// appendJSONMetric appends one metric, its keys in alphabetical order as
// Pushgateway's are. All numbers are strings.
func appendJSONMetric(dst []byte, t expo.Type, m *expo.Metric) []byte {
	dst = append(dst, '{')
	switch {
	case m.Summary != nil:
		dst = append(dst, `"count":`...)
		dst = append(appendJSONUint(dst, m.Summary.Count), ',')
		dst = append(appendMetricLabels(dst, m), `,"quantiles":{`...)
		dst = append(appendQuantiles(dst, m.Summary.Quantiles), `},"sum":`...)
		dst = appendJSONFloat(dst, m.Summary.Sum)
	case m.Histogram != nil:
		dst = append(dst, `"buckets":`...)
		dst = append(appendBuckets(dst, m.Histogram), `,"count":`...)
		dst = append(appendCount(dst, m.Histogram.Count, m.Histogram.CountFloat), ',')
		dst = append(appendMetricLabels(dst, m), `,"sum":`...)
		dst = appendJSONFloat(dst, m.Histogram.Sum)
	default:
		dst = append(appendMetricLabels(dst, m), `,"value":`...)
		dst = appendJSONFloat(dst, m.Value)
	}
	return append(dst, '}')
}

// appendMetricLabels appends the labels, which are resident sorted by name.
func appendMetricLabels(dst []byte, m *expo.Metric) []byte {
	return appendJSONLabels(append(dst, `"labels":`...), m.Labels)
}

func appendQuantiles(dst []byte, quantiles []expo.Quantile) []byte {
	for i, q := range quantiles {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONFloat(dst, q.Quantile), ':')
		dst = appendJSONFloat(dst, q.Value)
	}
	return dst
}

func appendBuckets(dst []byte, h *expo.HistogramValue) []byte {
	if h.Native != nil && len(h.Native.PositiveSpans)+len(h.Native.NegativeSpans) > 0 {
		return appendNativeBuckets(dst, h)
	}
	dst = append(dst, '{')
	for i, b := range h.Buckets {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendJSONFloat(dst, b.UpperBound), ':')
		dst = appendCount(dst, b.Count, b.CountFloat)
	}
	return append(dst, '}')
}

func appendCount(dst []byte, n uint64, float float64) []byte {
	if float != 0 {
		return appendJSONFloat(dst, float)
	}
	return append(strconv.AppendUint(append(dst, '"'), n, 10), '"')
}
