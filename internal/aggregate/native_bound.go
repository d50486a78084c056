package aggregate

import (
	"math"

	prometheus "github.com/prometheus/prometheus/model/histogram"
)

// The resolutions of native histograms: the bounds of schema s are the powers of
// 2^(2^-s). A bucket's index is that of its upper bound, which is in the bucket.
const (
	minSchema = -4
	maxSchema = 8
)

// The powers of two that no finite float64 reaches: only ±Inf is above 2^1024, and
// the smallest number is above 2^-1075.
const (
	maxExponent = 1024
	minExponent = -1075
)

// indexRange returns the indexes of the buckets in which there are floats.
func indexRange(schema int32) (low, high int) {
	if schema < 0 {
		return minExponent >> -schema, maxExponent>>-schema + 1
	}
	return minExponent << schema, maxExponent<<schema + 1
}

// bound is the upper bound of the bucket index. That of the last bucket below ±Inf
// is the largest float.
func bound(schema int32, index int) float64 {
	if schema <= 0 {
		return min(math.Ldexp(1, index<<-schema), math.MaxFloat64)
	}
	if index&(1<<schema-1) == 0 {
		return min(math.Ldexp(1, index>>schema), math.MaxFloat64)
	}
	return tabled(schema, index)
}

// tabled returns a bound from Prometheus's table. Clients have the same one, and widen
// zero buckets to its bounds, but it isn't correctly rounded: bounds computed in
// another way would cut a bucket in two. There is no other way to it.
func tabled(schema int32, index int) float64 {
	h := prometheus.FloatHistogram{
		Schema:          schema,
		PositiveSpans:   []prometheus.Span{{Offset: int32(index), Length: 1}},
		PositiveBuckets: []float64{1},
	}
	it := h.PositiveBucketIterator()
	it.Next()
	return it.At().Upper
}

// indexOf returns the index of the bucket that v is in, a finite value above 0.
func indexOf(schema int32, v float64) int {
	// The logarithm is rounded, the bounds decide.
	index := int(math.Ceil(math.Ldexp(math.Log2(v), int(schema))))
	for bound(schema, index) < v {
		index++
	}
	for bound(schema, index-1) >= v {
		index--
	}
	return index
}

// coarser returns the index of the bucket that takes up the bucket index when the
// schema is reduced by shift.
func coarser(index int, shift int32) int { return (index-1)>>shift + 1 }
