package labels

import (
	"math"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// merge makes one metric of several, without labels. A metric that hasn't got
// the family's type has no part in it.
func (r *rewriter) merge(parts []*dto.Metric) *dto.Metric {
	switch r.family.GetType() {
	case dto.MetricType_COUNTER:
		return &dto.Metric{Counter: mergeCounters(present(parts, (*dto.Metric).GetCounter))}
	case dto.MetricType_GAUGE:
		gauges := present(parts, (*dto.Metric).GetGauge)
		return &dto.Metric{Gauge: &dto.Gauge{Value: new(r.mergeValues(values(gauges)))}}
	case dto.MetricType_SUMMARY:
		return &dto.Metric{Summary: r.mergeSummaries(present(parts, (*dto.Metric).GetSummary))}
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		h, whole := mergeHistograms(present(parts, (*dto.Metric).GetHistogram))
		if !whole {
			r.policy.lost(buckets, r.family.GetName(), "", "")
		}
		return &dto.Metric{Histogram: h}
	default:
		untyped := present(parts, (*dto.Metric).GetUntyped)
		return &dto.Metric{Untyped: &dto.Untyped{Value: new(r.mergeValues(values(untyped)))}}
	}
}

// present returns the part of each metric that get finds, where there is one.
func present[T any](parts []*dto.Metric, get func(*dto.Metric) *T) []*T {
	out := make([]*T, 0, len(parts))
	for _, m := range parts {
		if part := get(m); part != nil {
			out = append(out, part)
		}
	}
	return out
}

func values[T interface{ GetValue() float64 }](parts []T) []float64 {
	out := make([]float64, len(parts))
	for i, p := range parts {
		out[i] = p.GetValue()
	}
	return out
}

func mergeCounters(parts []*dto.Counter) *dto.Counter {
	var sum float64
	made := &dto.Counter{}
	for _, c := range parts {
		sum += c.GetValue()
		made.Exemplar = better(made.Exemplar, c.Exemplar)
		if c.CreatedTimestamp != nil && (made.CreatedTimestamp == nil || earlier(c.CreatedTimestamp, made.CreatedTimestamp)) {
			made.CreatedTimestamp = c.CreatedTimestamp
		}
	}
	made.Value = &sum
	return made
}

// earlier orders timestamps of protobuf without a dependency on its package.
func earlier[T interface{ AsTime() time.Time }](a, b T) bool { return a.AsTime().Before(b.AsTime()) }

func (r *rewriter) mergeSummaries(parts []*dto.Summary) *dto.Summary {
	var n uint64
	var sum float64
	made := &dto.Summary{SampleCount: &n, SampleSum: &sum}
	lost := false
	for _, s := range parts {
		n += s.GetSampleCount()
		sum += s.GetSampleSum()
		lost = lost || len(s.Quantile) > 0
		if s.CreatedTimestamp != nil && (made.CreatedTimestamp == nil || earlier(s.CreatedTimestamp, made.CreatedTimestamp)) {
			made.CreatedTimestamp = s.CreatedTimestamp
		}
	}
	if lost {
		r.policy.lost(quantiles, r.family.GetName(), "", "")
	}
	return made
}

// mergeValues makes one of the values of gauges. A NaN, which says that there is no
// value, has no part in it unless there is nothing else.
func (r *rewriter) mergeValues(values []float64) float64 {
	how := r.policy.plan(r.family.GetName()).gauges
	if how == ByName {
		how = mergeByName(r.family.GetName())
	}
	sum, n := math.NaN(), 0
	for _, v := range values {
		switch {
		case math.IsNaN(v):
			continue
		case n == 0:
			sum = v
		case how == Max:
			sum = max(sum, v)
		case how == Min:
			sum = min(sum, v)
		default:
			sum += v
		}
		n++
	}
	if how == Mean && n > 0 {
		return sum / float64(n)
	}
	return sum
}
