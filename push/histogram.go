package push

import (
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Histogram counts values in buckets, by the values of its labels.
type Histogram struct{ family *family }

// Histogram returns the histogram of this name, and makes it if there is none. The
// same name asked for with other labels or buckets, or as something else, gives a
// handle that records nothing; Err says so.
//
// Buckets are upper bounds, ascending; +Inf may be left out, and none at all
// means client_golang's DefBuckets. A histogram without labels is sent empty
// before the first Observe.
func (r *Recorder) Histogram(name, help string, buckets []float64, labelNames ...string) *Histogram {
	want := newFamily(histogramKind, name, help, labelNames)
	want.bounds = boundsOf(buckets)
	want.handle = &Histogram{want}
	return r.declare(want).handle.(*Histogram)
}

func boundsOf(buckets []float64) []float64 {
	if len(buckets) == 0 {
		buckets = prometheus.DefBuckets
	}
	bounds := slices.Clone(buckets)
	if last := len(bounds) - 1; math.IsInf(bounds[last], 1) {
		bounds = bounds[:last]
	}
	return bounds
}

// Observe counts v in the series of these label values, given in the order of the
// histogram's labels. A v that is not finite is refused and counted, and so is
// another number of values.
func (h *Histogram) Observe(v float64, labelValues ...string) {
	h.family.do(opObserve, v, labelValues)
}

// With returns the series of these label values, which is sent empty before the
// first Observe. It saves looking up the series each time.
func (h *Histogram) With(labelValues ...string) *HistogramSeries {
	s := new(HistogramSeries)
	s.bind(h.family, labelValues)
	return s
}

// HistogramSeries is one series of a Histogram.
type HistogramSeries struct{ bound }

// Observe counts v, as Histogram.Observe does.
func (s *HistogramSeries) Observe(v float64) { s.do(opObserve, v) }
