package lint

import (
	"strings"

	dto "github.com/prometheus/client_model/go"

	"github.com/headgate/headgate/internal/expo"
)

// mostMetrics is how many metrics of a family are looked at. What isn't found in so
// many isn't looked for in the others, so that a family of a hundred thousand doesn't
// take as long again to check as to take in.
const mostMetrics = 5000

// ownFamily copies what rules look at of a family, without the labels of the key.
// Nothing of it aliases the push.
func ownFamily(f *expo.Family, key []expo.Label) *dto.MetricFamily {
	made := &dto.MetricFamily{Name: new(strings.Clone(f.Name)), Type: dto.MetricType(f.Type).Enum()}
	if f.Help != "" {
		made.Help = new(strings.Clone(f.Help))
	}
	for i := range f.Metrics[:min(len(f.Metrics), mostMetrics)] {
		made.Metric = append(made.Metric, ownMetric(f, &f.Metrics[i], key))
	}
	return made
}

func ownMetric(f *expo.Family, m *expo.Metric, key []expo.Label) *dto.Metric {
	made := &dto.Metric{}
	for i := range m.Labels {
		label := &m.Labels[i]
		for len(key) > 0 && key[0].Name < label.Name {
			key = key[1:]
		}
		if own(label, key) {
			made.Label = append(made.Label, &dto.LabelPair{Name: new(strings.Clone(label.Name)), Value: new(strings.Clone(label.Value))})
		}
	}
	switch {
	case f.Type == expo.Gauge:
		made.Gauge = &dto.Gauge{Value: new(m.Value)}
	case f.Type == expo.Untyped:
		made.Untyped = &dto.Untyped{Value: new(m.Value)}
	case m.Histogram != nil:
		made.Histogram = &dto.Histogram{}
		for i := range m.Histogram.Buckets {
			made.Histogram.Bucket = append(made.Histogram.Bucket, &dto.Bucket{UpperBound: new(m.Histogram.Buckets[i].UpperBound)})
		}
	}
	return made
}

// Family copies what labels.Vetter looks at of a family as it was parsed.
func Family(f *expo.Family) *dto.MetricFamily { return ownFamily(f, nil) }
