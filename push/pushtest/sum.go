package pushtest

import (
	"errors"
	"fmt"
	"math"

	dto "github.com/prometheus/client_model/go"
)

// sum returns old with the increments added: counters, histograms, and the sums
// and counts of summaries add, of gauges and untyped metrics the new value counts.
// Series that only one of the two has are taken over. Neither argument is changed.
func sum(old, increments *dto.MetricFamily) (*dto.MetricFamily, error) {
	if old.GetType() != increments.GetType() {
		return nil, fmt.Errorf("increments of %q have type %s, but the group's %q has type %s",
			increments.GetName(), increments.GetType(), old.GetName(), old.GetType())
	}
	next := familyLike(increments)
	next.Metric = append(next.Metric, old.Metric...)
	index := make(map[string]int, len(old.Metric))
	for i, m := range old.Metric {
		index[seriesText(m)] = i
	}
	for _, m := range increments.Metric {
		text := seriesText(m)
		i, ok := index[text]
		if !ok {
			next.Metric = append(next.Metric, m)
			continue
		}
		total, err := sumMetric(next.Metric[i], m)
		if err != nil {
			return nil, fmt.Errorf("series %s%s: %w", old.GetName(), text, err)
		}
		next.Metric[i] = total
	}
	return next, nil
}

func sumMetric(old, m *dto.Metric) (*dto.Metric, error) {
	next := like(m, m.Label)
	switch {
	case m.Counter != nil:
		v := old.Counter.GetValue() + m.Counter.GetValue()
		next.Counter = &dto.Counter{Value: &v, Exemplar: m.Counter.Exemplar, CreatedTimestamp: old.Counter.CreatedTimestamp}
	case m.Summary != nil:
		n, v := old.Summary.GetSampleCount()+m.Summary.GetSampleCount(), old.Summary.GetSampleSum()+m.Summary.GetSampleSum()
		next.Summary = &dto.Summary{SampleCount: &n, SampleSum: &v, CreatedTimestamp: old.Summary.CreatedTimestamp}
	case m.Histogram != nil:
		h, err := sumHistogram(old.Histogram, m.Histogram)
		if err != nil {
			return nil, err
		}
		next.Histogram = h
	}
	return next, nil
}

func sumHistogram(old, h *dto.Histogram) (*dto.Histogram, error) {
	a, b := finiteBuckets(old), finiteBuckets(h)
	if len(a) != len(b) {
		return nil, fmt.Errorf("%d buckets are added to %d: want the same bounds", len(b), len(a))
	}
	n, v := old.GetSampleCount()+h.GetSampleCount(), old.GetSampleSum()+h.GetSampleSum()
	next := &dto.Histogram{SampleCount: &n, SampleSum: &v, CreatedTimestamp: old.CreatedTimestamp}
	for i := range a {
		if a[i].GetUpperBound() != b[i].GetUpperBound() {
			return nil, fmt.Errorf("bucket le=%q is added to bucket le=%q: want the same bounds", fmt.Sprint(b[i].GetUpperBound()), fmt.Sprint(a[i].GetUpperBound()))
		}
		count := a[i].GetCumulativeCount() + b[i].GetCumulativeCount()
		next.Bucket = append(next.Bucket, &dto.Bucket{UpperBound: a[i].UpperBound, CumulativeCount: &count, Exemplar: b[i].Exemplar})
	}
	return next, nil
}

// finiteBuckets leaves out the +Inf bucket, which follows from the count and
// which not every client sends.
func finiteBuckets(h *dto.Histogram) []*dto.Bucket {
	b := h.GetBucket()
	if n := len(b); n > 0 && math.IsInf(b[n-1].GetUpperBound(), 1) {
		return b[:n-1]
	}
	return b
}

// increments returns what can be added of families: summaries lose their quantiles.
// What can't be added is refused, also where there is nothing yet to add it to.
func increments(families []*dto.MetricFamily) ([]*dto.MetricFamily, error) {
	for i, f := range families {
		next := familyLike(f)
		for _, m := range f.Metric {
			if err := addable(m); err != nil {
				return nil, fmt.Errorf("series %s%s: %w", f.GetName(), seriesText(m), err)
			}
			if s := m.Summary; s != nil {
				m = like(m, m.Label)
				m.Summary = &dto.Summary{SampleCount: s.SampleCount, SampleSum: s.SampleSum, CreatedTimestamp: s.CreatedTimestamp}
			}
			next.Metric = append(next.Metric, m)
		}
		families[i] = next
	}
	return families, nil
}

func addable(m *dto.Metric) error {
	if v := m.GetCounter().GetValue(); v < 0 || math.IsNaN(v) {
		return fmt.Errorf("counter increment %v: want 0 or more", v)
	}
	h := m.GetHistogram()
	if h != nil && (h.Schema != nil || len(h.PositiveSpan)+len(h.NegativeSpan) > 0 || h.SampleCountFloat != nil) {
		return errors.New("pushtest adds histograms with buckets and whole counts only")
	}
	return nil
}
