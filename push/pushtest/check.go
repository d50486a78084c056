package pushtest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
)

// prepare makes of pushed families what the group will hold: series that carry
// the grouping labels. It refuses what a scrape couldn't show.
func prepare(pushed []*dto.MetricFamily, key map[string]string) ([]*dto.MetricFamily, error) {
	var families []*dto.MetricFamily
	for _, f := range pushed {
		next := familyLike(f)
		seen := map[string]bool{}
		for _, m := range f.Metric {
			if err := check(f, m); err != nil {
				return nil, err
			}
			m = like(m, withKey(m.Label, key))
			id := seriesText(m)
			if seen[id] {
				return nil, fmt.Errorf("series %s%s was collected before with the same name and label values", f.GetName(), id)
			}
			if own := ownLabel(f.GetType()); slices.ContainsFunc(m.Label, func(l *dto.LabelPair) bool { return l.GetName() == own }) {
				return nil, fmt.Errorf("series %s%s: label %q belongs to the type, %s", f.GetName(), id, own, f.GetType())
			}
			seen[id] = true
			next.Metric = append(next.Metric, m)
		}
		if f.GetName() == timeName || f.GetName() == failureName || len(f.Metric) == 0 {
			continue
		}
		families = append(families, next)
	}
	return families, nil
}

// check checks a metric before it gets the grouping labels.
func check(f *dto.MetricFamily, m *dto.Metric) error {
	if m == nil || !fitsType(f.GetType(), m) {
		return fmt.Errorf("metric family %q has a metric without a value of its type, %s", f.GetName(), f.GetType())
	}
	if m.TimestampMs != nil {
		return fmt.Errorf("series %s%s has a timestamp: pushed metrics must not have timestamps", f.GetName(), seriesText(m))
	}
	seen := map[string]bool{}
	for _, l := range m.Label {
		switch name := l.GetName(); {
		case seen[name]:
			return fmt.Errorf("label %q is there twice in a series of %q", name, f.GetName())
		case strings.HasPrefix(name, model.ReservedLabelPrefix):
			return fmt.Errorf("label %q of %q: names that begin with __ are reserved", name, f.GetName())
		}
		seen[l.GetName()] = true
	}
	if bound, twice := repeatedBound(m); twice {
		return fmt.Errorf("series %s%s has the bucket or quantile %v twice", f.GetName(), seriesText(m), bound)
	}
	return nil
}

// ownLabel is the label that a type has itself in a scrape, if it has one.
func ownLabel(t dto.MetricType) string {
	switch t {
	case dto.MetricType_SUMMARY:
		return model.QuantileLabel
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		return model.BucketLabel
	}
	return ""
}

func fitsType(t dto.MetricType, m *dto.Metric) bool {
	switch t {
	case dto.MetricType_COUNTER:
		return m.Counter != nil
	case dto.MetricType_GAUGE:
		return m.Gauge != nil
	case dto.MetricType_SUMMARY:
		return m.Summary != nil
	case dto.MetricType_HISTOGRAM, dto.MetricType_GAUGE_HISTOGRAM:
		return m.Histogram != nil
	case dto.MetricType_UNTYPED:
		return m.Untyped != nil
	}
	return false
}

func repeatedBound(m *dto.Metric) (float64, bool) {
	seen := map[uint64]bool{}
	twice := func(bound float64) bool {
		bits := math.Float64bits(bound)
		defer func() { seen[bits] = true }()
		return seen[bits]
	}
	for _, b := range m.GetHistogram().GetBucket() {
		if twice(b.GetUpperBound()) {
			return b.GetUpperBound(), true
		}
	}
	for _, q := range m.GetSummary().GetQuantile() {
		if twice(q.GetQuantile()) {
			return q.GetQuantile(), true
		}
	}
	return 0, false
}

// withKey returns labels with those of a grouping key over them, sorted by name.
// Without an instance there is an empty one, so that no scraper adds its own.
func withKey(labels []*dto.LabelPair, key map[string]string) []*dto.LabelPair {
	instance := "instance"
	all := []*dto.LabelPair{}
	named := map[string]bool{}
	for name, value := range key {
		all = append(all, &dto.LabelPair{Name: &name, Value: &value})
		named[name] = true
	}
	for _, l := range labels {
		if !named[l.GetName()] {
			all = append(all, &dto.LabelPair{Name: l.Name, Value: l.Value})
			named[l.GetName()] = true
		}
	}
	if !named[instance] {
		all = append(all, &dto.LabelPair{Name: &instance, Value: new(string)})
	}
	slices.SortFunc(all, func(a, b *dto.LabelPair) int { return strings.Compare(a.GetName(), b.GetName()) })
	return all
}

// like returns m with other labels.
func like(m *dto.Metric, labels []*dto.LabelPair) *dto.Metric {
	return &dto.Metric{Label: labels, Counter: m.Counter, Gauge: m.Gauge, Summary: m.Summary, Histogram: m.Histogram, Untyped: m.Untyped}
}

// seriesText is the labels of m in their one spelling.
func seriesText(m *dto.Metric) string {
	labels := make(map[string]string, len(m.Label))
	for _, l := range m.Label {
		labels[l.GetName()] = l.GetValue()
	}
	return keyText(labels)
}
