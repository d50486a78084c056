package labels

import (
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// better chooses the exemplar of a merged series: the newest, or else the one of
// the largest value, which is the part that a reader looks for first.
func better(a, b *dto.Exemplar) *dto.Exemplar {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.Timestamp != nil && b.Timestamp != nil && !a.Timestamp.AsTime().Equal(b.Timestamp.AsTime()):
		if earlier(a.Timestamp, b.Timestamp) {
			return b
		}
		return a
	case (a.Timestamp == nil) != (b.Timestamp == nil):
		if a.Timestamp == nil {
			return b
		}
		return a
	case b.GetValue() > a.GetValue():
		return b
	}
	return a
}

// withExemplar returns m with labels on its exemplar, m itself if there are none or
// no place for them. m isn't changed.
func withExemplar(m *dto.Metric, labels []Label) *dto.Metric {
	switch {
	case len(labels) == 0:
		return m
	case m.Counter != nil:
		c := &dto.Counter{Value: m.Counter.Value, CreatedTimestamp: m.Counter.CreatedTimestamp}
		c.Exemplar = extend(m.Counter.Exemplar, labels, m.Counter.GetValue())
		return &dto.Metric{Counter: c}
	case m.Histogram != nil && len(m.Histogram.Bucket) > 0:
		return &dto.Metric{Histogram: withBucketExemplar(m.Histogram, labels)}
	}
	return m
}

// extend returns an exemplar with labels and, as far as they fit beside them, those it had.
func extend(e *dto.Exemplar, labels []Label, value float64) *dto.Exemplar {
	made := &dto.Exemplar{Label: labelPairs(labels), Value: &value}
	if e == nil {
		return made
	}
	made.Value, made.Timestamp = e.Value, e.Timestamp
	room := maxExemplar
	for _, l := range labels {
		room -= l.runes()
	}
	for _, l := range e.Label {
		own := Label{l.GetName(), l.GetValue()}
		if room -= own.runes(); room < 0 {
			break
		}
		if position(labels, own.Name) < 0 {
			made.Label = append(made.Label, l)
		}
	}
	return made
}

// withBucketExemplar puts labels on the exemplars that h has. If it has none, the mean of
// what was observed becomes one, in its bucket: of a series made for one request
// that is the observation itself.
func withBucketExemplar(h *dto.Histogram, labels []Label) *dto.Histogram {
	made := copyHistogram(h)
	made.Bucket = slices.Clone(h.Bucket)
	some := false
	for i, b := range made.Bucket {
		if b.GetExemplar() != nil {
			made.Bucket[i] = bucketWith(b, extend(b.Exemplar, labels, 0))
			some = true
		}
	}
	n := count64(h)
	if some || !(n > 0) {
		return made
	}
	mean := h.GetSampleSum() / n
	var before float64
	for i, b := range made.Bucket {
		if mean <= b.GetUpperBound() {
			if cumulative(b) > before {
				made.Bucket[i] = bucketWith(b, extend(nil, labels, mean))
			}
			break
		}
		before = cumulative(b)
	}
	return made
}

func bucketWith(b *dto.Bucket, e *dto.Exemplar) *dto.Bucket {
	return &dto.Bucket{
		CumulativeCount: b.CumulativeCount, CumulativeCountFloat: b.CumulativeCountFloat, UpperBound: b.UpperBound, Exemplar: e,
	}
}

// copyHistogram copies all but what the copy may share.
func copyHistogram(h *dto.Histogram) *dto.Histogram {
	return &dto.Histogram{
		SampleCount: h.SampleCount, SampleCountFloat: h.SampleCountFloat, SampleSum: h.SampleSum,
		Bucket: h.Bucket, CreatedTimestamp: h.CreatedTimestamp, Schema: h.Schema,
		ZeroThreshold: h.ZeroThreshold, ZeroCount: h.ZeroCount, ZeroCountFloat: h.ZeroCountFloat,
		NegativeSpan: h.NegativeSpan, NegativeDelta: h.NegativeDelta, NegativeCount: h.NegativeCount,
		PositiveSpan: h.PositiveSpan, PositiveDelta: h.PositiveDelta, PositiveCount: h.PositiveCount,
		Exemplars: h.Exemplars,
	}
}
