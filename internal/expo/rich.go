package expo

import "math"

// NeedsProto is whether the text format can't say all that m holds.
func NeedsProto(m *Metric) bool {
	return m.Exemplar != nil || m.Created != nil || m.Histogram != nil && histogramNeedsProto(m.Histogram)
}

// histogramNeedsProto is so too where a +Inf bucket wasn't pushed: the text has one
// in any case, while protobuf and the API show what was.
func histogramNeedsProto(h *HistogramValue) bool {
	inf := false
	for i := range h.Buckets {
		if h.Buckets[i].Exemplar != nil {
			return true
		}
		inf = inf || math.IsInf(h.Buckets[i].UpperBound, 1)
	}
	return h.Native != nil || !inf
}
