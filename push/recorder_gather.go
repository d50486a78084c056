package push

import (
	"cmp"
	"math"

	dto "github.com/prometheus/client_model/go"
)

// Gather returns the running totals of counters and histograms since their series
// were made, and the last values of gauges, so that a Recorder may be scraped
// besides: it is a prometheus.Gatherer. It takes nothing from what is pushed. Where
// increments are pushed, a series that gave room to new ones is gone here, too, and
// starts again from zero if it comes back.
func (r *Recorder) Gather() ([]*dto.MetricFamily, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fold := r.config.mode == recordTotals && !r.final
	if fold {
		r.beginEpoch()
	}
	var families []*dto.MetricFamily
	for _, f := range r.sortedFamilies() {
		mf := f.protobuf()
		for _, s := range f.sorted() {
			if fold {
				s.drain() // so that what a closed recorder refuses is told from what it holds
			}
			if s.fresh && f.kind == gaugeKind && s.waiting() == 0 {
				continue // a bound handle that was never set
			}
			mf.Metric = append(mf.Metric, s.snapshot())
		}
		if len(mf.Metric) > 0 {
			families = append(families, mf)
		}
	}
	return families, nil
}

// snapshot returns the running total, or a gauge's value. r.mu is held.
func (s *series) snapshot() *dto.Metric {
	switch s.family.kind {
	case counterKind:
		v := s.total + s.gained()
		return s.stamp(s.counter(v, cmp.Or(s.exemplar.Load(), s.newest)))
	case histogramKind:
		all := s.dist.sum()
		return s.stamp(s.histogram(&all))
	}
	return s.gauge(math.Float64frombits(s.bits.Load()))
}

func (f *family) protobuf() *dto.MetricFamily {
	mf := &dto.MetricFamily{Name: new(f.name), Type: f.kind.protobuf().Enum()}
	if f.help != "" {
		mf.Help = new(f.help)
	}
	return mf
}

func (s *series) counter(v float64, x *exemplar) *dto.Metric {
	return &dto.Metric{Label: s.pairs, Counter: &dto.Counter{Value: new(v), Exemplar: x.protobuf()}}
}

func (s *series) gauge(v float64) *dto.Metric {
	return &dto.Metric{Label: s.pairs, Gauge: &dto.Gauge{Value: new(v)}}
}

// histogram returns t as a classic histogram, whose buckets count all that is not
// above their bounds. The last, +Inf, is implied by the count, unless it has an
// exemplar.
func (s *series) histogram(t *tally) *dto.Metric {
	last := len(s.family.bounds)
	h := &dto.Histogram{SampleSum: new(t.sum), Bucket: make([]*dto.Bucket, last, last+1)}
	var below uint64
	for i, bound := range s.family.bounds {
		below += t.buckets[i]
		h.Bucket[i] = &dto.Bucket{UpperBound: new(bound), CumulativeCount: new(below), Exemplar: t.exemplar(i)}
	}
	h.SampleCount = new(below + t.buckets[last])
	if x := t.exemplar(last); x != nil {
		h.Bucket = append(h.Bucket, &dto.Bucket{UpperBound: new(math.Inf(1)), CumulativeCount: h.SampleCount, Exemplar: x})
	}
	return &dto.Metric{Label: s.pairs, Histogram: h}
}

func labelPairs(set []Label) []*dto.LabelPair {
	pairs := make([]*dto.LabelPair, len(set))
	for i := range set {
		pairs[i] = &dto.LabelPair{Name: new(set[i].Name), Value: new(set[i].Value)}
	}
	return pairs
}

// stamp says since when a total counts. The type of the timestamp is of a package
// that push doesn't import, and so follows from the field.
func (s *series) stamp(m *dto.Metric) *dto.Metric {
	t := newOf(m.GetCounter().GetCreatedTimestamp())
	t.Seconds, t.Nanos = s.created.Unix(), int32(s.created.Nanosecond())
	if m.Counter != nil {
		m.Counter.CreatedTimestamp = t
	} else {
		m.Histogram.CreatedTimestamp = t
	}
	return m
}

func newOf[T any](*T) *T { return new(T) }
