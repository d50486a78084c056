package lint

import (
	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
)

// mostMetrics is how many metrics of a pushed family are looked at. What isn't found in
// so many isn't looked for in the others, so that a family of a hundred thousand
// doesn't take as long again to check as to take in.
const mostMetrics = 2000

// Family is f as labels.Vetter takes it, as far as it looks at it. It points into f.
func Family(f *expo.Family) *dto.MetricFamily { return ownFamily(f, nil, len(f.Metrics)) }

// ownFamily is Family without the labels of the key, and of most metrics at most.
func ownFamily(f *expo.Family, key []expo.Label, most int) *dto.MetricFamily {
	made := &dto.MetricFamily{Name: &f.Name, Help: &f.Help, Type: dto.MetricType(f.Type).Enum()}
	metrics := f.Metrics[:min(len(f.Metrics), most)]
	made.Metric = make([]*dto.Metric, len(metrics))
	for i := range metrics {
		made.Metric[i] = ownMetric(f.Type, &metrics[i], key)
	}
	return made
}

func ownMetric(typ expo.Type, m *expo.Metric, key []expo.Label) *dto.Metric {
	made := &dto.Metric{Label: ownLabels(m.Labels, key)}
	switch {
	case typ == expo.Gauge:
		made.Gauge = &dto.Gauge{Value: &m.Value}
	case typ == expo.Untyped:
		made.Untyped = &dto.Untyped{Value: &m.Value}
	case m.Histogram != nil:
		made.Histogram = &dto.Histogram{}
		for i := range m.Histogram.Buckets {
			made.Histogram.Bucket = append(made.Histogram.Bucket, &dto.Bucket{UpperBound: &m.Histogram.Buckets[i].UpperBound})
		}
	}
	return made
}

func ownLabels(all, key []expo.Label) []*dto.LabelPair {
	pairs := make([]dto.LabelPair, len(all))
	made := make([]*dto.LabelPair, 0, len(all))
	for i := range all {
		label := &all[i]
		for len(key) > 0 && key[0].Name < label.Name {
			key = key[1:]
		}
		if own(label, key) {
			pairs[i].Name, pairs[i].Value = &label.Name, &label.Value
			made = append(made, &pairs[i])
		}
	}
	return made
}
