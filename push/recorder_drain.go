package push

import (
	"cmp"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// drain hands over what was recorded since the last drain, sorted by name and
// labels, and how many samples that is. Mode totals has nothing to hand over.
//
// New series wait while it runs, about half a microsecond for each that changed.
func (r *Recorder) drain() (families []*dto.MetricFamily, samples int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.config.mode == recordTotals || r.final {
		return nil, 0
	}
	r.beginEpoch()
	buffered := groupSamples(r.buffer.take())
	now := r.config.now().UnixMilli()
	for _, f := range r.sortedFamilies() {
		mf := f.protobuf()
		if r.config.mode == recordSamples {
			mf.Metric = f.drainSamples(buffered[f], now)
		} else {
			mf.Metric = f.drainIncrements()
		}
		if len(mf.Metric) > 0 {
			families = append(families, mf)
			samples += len(mf.Metric)
		}
	}
	return families, samples
}

// beginEpoch does what is done once a drain. r.mu is held.
func (r *Recorder) beginEpoch() {
	r.epoch++
	r.waiting.Store(0)
	r.reportAnew()
	r.forgetSpellings()
	r.final = r.closed
}

// drainIncrements hands over the increments of counters and histograms, and the
// gauges that were set.
func (f *family) drainIncrements() []*dto.Metric {
	var metrics []*dto.Metric
	for _, s := range f.sorted() {
		gain, changed := s.drain()
		switch {
		case !changed:
			continue
		case f.kind == histogramKind:
			metrics = append(metrics, s.histogram(&gain.tally))
		case f.kind == gaugeKind:
			metrics = append(metrics, s.gauge(gain.value))
		default:
			metrics = append(metrics, s.counter(gain.value, gain.exemplar))
		}
	}
	return metrics
}

// drainSamples hands over the buffered samples of a gauge, or the running totals
// that changed as samples of now.
func (f *family) drainSamples(buffered []bufferedSample, now int64) []*dto.Metric {
	var metrics []*dto.Metric
	for _, s := range f.sorted() {
		_, changed := s.drain()
		if !changed || f.kind == gaugeKind {
			continue
		}
		m := s.snapshot()
		m.TimestampMs = new(now)
		metrics = append(metrics, m)
	}
	for _, b := range buffered {
		m := b.series.gauge(b.value)
		m.TimestampMs = new(b.at)
		metrics = append(metrics, m)
	}
	return metrics
}

// groupSamples sorts samples by series and time; what has the same time stays in
// the order in which it was recorded.
func groupSamples(all []bufferedSample) map[*family][]bufferedSample {
	groups := map[*family][]bufferedSample{}
	for _, b := range all {
		f := b.series.family
		groups[f] = append(groups[f], b)
	}
	for _, g := range groups {
		slices.SortStableFunc(g, func(a, b bufferedSample) int {
			if a.series != b.series {
				return compareLabels(a.series.labels, b.series.labels)
			}
			return cmp.Compare(a.at, b.at)
		})
	}
	return groups
}

// gain is what a series has to hand over.
type gain struct {
	value    float64
	exemplar *exemplar // of a counter; nil if none is new
	tally    tally
}

// drain takes what was recorded since the last drain, and adds a counter's and a
// histogram's to the total. The count is taken before the value: what comes in
// between is handed over now, and counted the next time as nothing more.
func (s *series) drain() (g gain, changed bool) {
	var n uint64
	switch s.family.kind {
	case gaugeKind:
		n = s.takeCount()
		g.value = math.Float64frombits(s.bits.Load())
		changed = n > 0
	case histogramKind:
		g.tally, n = s.dist.take()
		changed = n > 0 || s.fresh
	default:
		if n = s.takeCount(); n > 0 {
			g.value = s.take()
			s.total += g.value
		}
		if changed = g.value > 0 || s.fresh; changed {
			g.exemplar = s.takeExemplar()
		}
	}
	r := s.family.recorder
	r.recorded += n
	if n > 0 {
		s.changed = r.epoch
	}
	s.fresh = s.fresh && !changed
	return g, changed
}

// takeCount takes the count of state and leaves its flags.
func (s *series) takeCount() uint64 {
	if s.state.Load()&countMask == 0 {
		return 0
	}
	return s.state.And(^uint64(countMask)) & countMask
}
