package expo

import (
	dto "github.com/prometheus/client_model/go"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// toDTO returns f in Prometheus's own protobuf types, so that tests can compare
// what this package reads and writes with what Prometheus's code does.
func toDTO(f *Family) *dto.MetricFamily {
	out := &dto.MetricFamily{Name: proto.String(f.Name), Type: dto.MetricType(f.Type).Enum()}
	if f.HasHelp {
		out.Help = proto.String(f.Help)
	}
	if f.Unit != "" {
		out.Unit = proto.String(f.Unit)
	}
	for i := range f.Metrics {
		out.Metric = append(out.Metric, metricToDTO(f.Type, &f.Metrics[i]))
	}
	return out
}

func metricToDTO(t Type, m *Metric) *dto.Metric {
	out := &dto.Metric{Label: labelsToDTO(m.Labels)}
	if m.HasTimestamp {
		out.TimestampMs = proto.Int64(m.TimestampMs)
	}
	switch t {
	case Counter:
		out.Counter = &dto.Counter{
			Value:            proto.Float64(m.Value),
			Exemplar:         exemplarToDTO(m.Exemplar),
			CreatedTimestamp: timestampToDTO(m.Created),
		}
	case Gauge:
		out.Gauge = &dto.Gauge{Value: proto.Float64(m.Value)}
	case Untyped:
		out.Untyped = &dto.Untyped{Value: proto.Float64(m.Value)}
	case Summary:
		out.Summary = summaryToDTO(m)
	case Histogram, GaugeHistogram:
		out.Histogram = histogramToDTO(m)
	}
	return out
}

func summaryToDTO(m *Metric) *dto.Summary {
	out := &dto.Summary{
		SampleCount:      proto.Uint64(m.Summary.Count),
		SampleSum:        proto.Float64(m.Summary.Sum),
		CreatedTimestamp: timestampToDTO(m.Created),
	}
	for _, q := range m.Summary.Quantiles {
		out.Quantile = append(out.Quantile, &dto.Quantile{
			Quantile: proto.Float64(q.Quantile),
			Value:    proto.Float64(q.Value),
		})
	}
	return out
}

func histogramToDTO(m *Metric) *dto.Histogram {
	h := m.Histogram
	out := &dto.Histogram{
		SampleSum:        proto.Float64(h.Sum),
		CreatedTimestamp: timestampToDTO(m.Created),
	}
	out.SampleCount, out.SampleCountFloat = countToDTO(h.Count, h.CountFloat)
	for _, b := range h.Buckets {
		d := &dto.Bucket{UpperBound: proto.Float64(b.UpperBound), Exemplar: exemplarToDTO(b.Exemplar)}
		d.CumulativeCount, d.CumulativeCountFloat = countToDTO(b.Count, b.CountFloat)
		out.Bucket = append(out.Bucket, d)
	}
	if h.Native != nil {
		nativeToDTO(h.Native, out)
	}
	return out
}

func nativeToDTO(n *NativeHistogram, out *dto.Histogram) {
	out.Schema = proto.Int32(n.Schema)
	out.ZeroThreshold = proto.Float64(n.ZeroThreshold)
	out.ZeroCount, out.ZeroCountFloat = countToDTO(n.ZeroCount, n.ZeroCountFloat)
	out.NegativeSpan, out.PositiveSpan = spansToDTO(n.NegativeSpans), spansToDTO(n.PositiveSpans)
	out.NegativeDelta, out.PositiveDelta = n.NegativeDeltas, n.PositiveDeltas
	out.NegativeCount, out.PositiveCount = n.NegativeCounts, n.PositiveCounts
	for i := range n.Exemplars {
		out.Exemplars = append(out.Exemplars, exemplarToDTO(&n.Exemplars[i]))
	}
}

func spansToDTO(spans []Span) (out []*dto.BucketSpan) {
	for _, s := range spans {
		out = append(out, &dto.BucketSpan{Offset: proto.Int32(s.Offset), Length: proto.Uint32(s.Length)})
	}
	return out
}

// countToDTO returns a count in the one of its two fields that holds it.
func countToDTO(n uint64, f float64) (*uint64, *float64) {
	if f != 0 {
		return nil, proto.Float64(f)
	}
	return proto.Uint64(n), nil
}

func exemplarToDTO(e *Exemplar) *dto.Exemplar {
	if e == nil {
		return nil
	}
	return &dto.Exemplar{
		Label:     labelsToDTO(e.Labels),
		Value:     proto.Float64(e.Value),
		Timestamp: timestampToDTO(e.Timestamp),
	}
}

func labelsToDTO(labels []Label) (out []*dto.LabelPair) {
	for _, l := range labels {
		out = append(out, &dto.LabelPair{Name: proto.String(l.Name), Value: proto.String(l.Value)})
	}
	return out
}

func timestampToDTO(t *Timestamp) *timestamppb.Timestamp {
	if t == nil {
		return nil
	}
	return &timestamppb.Timestamp{Seconds: t.Seconds, Nanos: t.Nanos}
}

// canonDTO brings a family to the one form in which equal meaning is equal bytes:
// absent numbers become zeros, and a count stands in the field that counts.
func canonDTO(f *dto.MetricFamily) *dto.MetricFamily {
	f = proto.Clone(f).(*dto.MetricFamily)
	for _, m := range f.Metric {
		if s := m.Summary; s != nil {
			s.SampleCount = proto.Uint64(s.GetSampleCount())
			s.SampleSum = proto.Float64(s.GetSampleSum())
		}
		if h := m.Histogram; h != nil {
			h.SampleSum = proto.Float64(h.GetSampleSum())
			h.SampleCount, h.SampleCountFloat = countToDTO(h.GetSampleCount(), h.GetSampleCountFloat())
			for _, b := range h.Bucket {
				b.CumulativeCount, b.CumulativeCountFloat = countToDTO(b.GetCumulativeCount(), b.GetCumulativeCountFloat())
			}
		}
	}
	return f
}
