package aggregate

import (
	"fmt"
	"math"

	"github.com/headgate/headgate/internal/expo"
)

// histogram is a histogram that was found valid, put so that two can be worked on:
// both with integer counts, or both with floats.
type histogram struct {
	count    amount
	sum      float64
	finite   []expo.Bucket // ascending, without +Inf; not to be changed
	infinite *expo.Bucket  // the +Inf bucket, which not every client sends; its count is count
	isNative bool
	native   native // if isNative
}

// classic tells whether there are classic buckets. Without any others the count
// alone is one, that of +Inf.
func (h *histogram) classic() bool { return len(h.finite) > 0 || !h.isNative }

// histogramOf reads a histogram with the kind of counts that it has.
func histogramOf(m *expo.Metric) (histogram, error) {
	if m.Histogram == nil {
		return histogram{}, missing("histogram")
	}
	return readHistogram(m.Histogram, hasFloats(m.Histogram))
}

// pairOf reads two histograms, with float counts if one of them has them.
func pairOf(a, b *expo.Metric) (x, y histogram, err error) {
	if a.Histogram == nil || b.Histogram == nil {
		return x, y, missing("histogram")
	}
	float := hasFloats(a.Histogram) || hasFloats(b.Histogram)
	if x, err = readHistogram(a.Histogram, float); err != nil {
		return x, y, err
	}
	y, err = readHistogram(b.Histogram, float)
	return x, y, err
}

// hasFloats tells whether any count is a float. One that is 0 may be an integer.
func hasFloats(h *expo.HistogramValue) bool {
	if h.CountFloat != 0 || h.Native != nil && h.FloatNative() {
		return true
	}
	for i := range h.Buckets {
		if h.Buckets[i].CountFloat != 0 {
			return true
		}
	}
	return false
}

func readHistogram(v *expo.HistogramValue, float bool) (histogram, error) {
	h := histogram{count: amountOf(v.Count, v.CountFloat, float), sum: v.Sum}
	if !h.count.valid() {
		return h, &ValueError{What: "histogram count", Found: h.count.String(), Want: "a finite value of 0 or more"}
	}
	if err := h.readClassic(v.Buckets, float); err != nil {
		return h, err
	}
	if h.isNative = isNative(v.Native); !h.isNative {
		return h, nil
	}
	var err error
	if h.native, err = readNative(v, float); err != nil {
		return h, err
	}
	return h, h.checkNativeCount(float)
}

// checkNativeCount checks that the native buckets hold the observations that were
// counted. Those that were NaN are in none of them. Prometheus makes no such demand
// of floats, as rounding spoils it.
func (h *histogram) checkNativeCount(float bool) error {
	in, ok := h.native.total()
	if !ok {
		return &ValueError{What: "native histogram", Found: "with more observations than 64 bits hold", Want: "less"}
	}
	if float || in == h.count || in.less(h.count) && math.IsNaN(h.sum) {
		return nil
	}
	return &ValueError{
		What: "histogram count", Found: h.count.String(),
		Want: fmt.Sprintf("%v, what its native buckets hold", in),
	}
}

// write returns h as expo has it. It takes over the buckets.
func (h *histogram) write() (*expo.HistogramValue, error) {
	v := &expo.HistogramValue{Count: h.count.n, CountFloat: h.count.f, Sum: h.sum, Buckets: h.finite}
	if h.infinite != nil {
		v.Buckets = append(v.Buckets, expo.Bucket{
			UpperBound: math.Inf(1), Count: h.count.n, CountFloat: h.count.f, Exemplar: h.infinite.Exemplar,
		})
	}
	if !h.isNative {
		return v, nil
	}
	var err error
	v.Native, err = h.native.write()
	return v, err
}
