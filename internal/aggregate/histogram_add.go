package aggregate

import "github.com/headgate/headgate/internal/expo"

func addHistogram(total, increment *expo.Metric) (expo.Metric, error) {
	next := frame(total, increment)
	sum, err := histogramSum(total, increment)
	if err != nil {
		return expo.Metric{}, err
	}
	next.Histogram, err = sum.write()
	if err != nil {
		return expo.Metric{}, err
	}
	return next, nil
}

func histogramSum(total, increment *expo.Metric) (histogram, error) {
	if total == nil {
		h, err := histogramOf(increment)
		h.finite = ownBuckets(h.finite)
		return h, err
	}
	a, b, err := pairOf(total, increment)
	if err != nil {
		return histogram{}, err
	}
	return a.plus(&b)
}

// plus returns the sum of h and an increment. It has those kinds of buckets that
// both have: so the order in which increments come makes no difference.
func (h *histogram) plus(increment *histogram) (histogram, error) {
	next := histogram{
		sum: h.sum + increment.sum, infinite: newerBucket(h.infinite, increment.infinite),
		isNative: h.isNative && increment.isNative,
	}
	var ok bool
	if next.count, ok = h.count.plus(increment.count); !ok {
		return next, overflow("histogram count", h.count, increment.count)
	}
	fits := false
	if h.classic() && increment.classic() {
		next.finite = addBuckets(h.finite, increment.finite)
		fits = len(next.finite) > 0 || len(h.finite)+len(increment.finite) == 0
	}
	if !fits && !next.isNative {
		return next, boundsError(h, increment)
	}
	if next.isNative {
		var err error
		next.native, err = h.native.plus(&increment.native)
		return next, err
	}
	return next, nil
}
