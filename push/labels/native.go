package labels

import (
	"maps"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// Schemas whose bucket bounds are powers of 2^(2^-schema).
const (
	minSchema = -4
	maxSchema = 8
)

// native is the native buckets of a histogram, by index.
type native struct {
	schema    int32
	threshold float64 // the zero bucket holds observations of at most this size
	zero      float64
	positive  map[int]float64
	negative  map[int]float64
}

// isNative is whether h has native buckets, as Prometheus tells.
func isNative(h *dto.Histogram) bool {
	return h.GetZeroThreshold() > 0 || h.GetZeroCount() > 0 || h.GetZeroCountFloat() > 0 ||
		len(h.PositiveSpan) > 0 || len(h.NegativeSpan) > 0
}

func readNative(h *dto.Histogram) native {
	zero := float64(h.GetZeroCount())
	if f := h.GetZeroCountFloat(); f > 0 {
		zero = f
	}
	return native{
		schema: h.GetSchema(), threshold: h.GetZeroThreshold(), zero: zero,
		positive: readBuckets(h.PositiveSpan, h.PositiveDelta, h.PositiveCount),
		negative: readBuckets(h.NegativeSpan, h.NegativeDelta, h.NegativeCount),
	}
}

// readBuckets reads as many buckets as there are counts for, whatever the spans say,
// and leaves out those that hold nothing.
func readBuckets(spans []*dto.BucketSpan, deltas []int64, counts []float64) map[int]float64 {
	out := make(map[int]float64, len(deltas)+len(counts))
	index, last := 0, int64(0)
	for _, s := range spans {
		index += int(s.GetOffset())
		for range s.GetLength() {
			var n float64
			switch {
			case len(counts) > 0:
				n, counts = counts[0], counts[1:]
			case len(deltas) > 0:
				last += deltas[0]
				n, deltas = float64(last), deltas[1:]
			default:
				return out
			}
			if n != 0 {
				out[index] = n
			}
			index++
		}
	}
	return out
}

// coarsen halves the resolution until it is schema's. A bucket's index is that of its
// upper bound, so it goes up to the next coarser bound.
func (n *native) coarsen(schema int32) {
	if schema >= n.schema {
		return
	}
	shift := n.schema - schema
	n.schema = schema
	for _, side := range []*map[int]float64{&n.positive, &n.negative} {
		coarse := make(map[int]float64, len(*side))
		for i, count := range *side {
			coarse[(i-1)>>shift+1] += count
		}
		*side = coarse
	}
}

// bound is the upper bound of the bucket i.
func (n *native) bound(i int) float64 { return math.Exp2(math.Ldexp(float64(i), -int(n.schema))) }

func (n *native) write(h *dto.Histogram, float bool) {
	h.Schema, h.ZeroThreshold = &n.schema, &n.threshold
	setCount(&h.ZeroCount, &h.ZeroCountFloat, n.zero, float)
	h.PositiveSpan, h.PositiveDelta, h.PositiveCount = writeBuckets(n.positive, float)
	h.NegativeSpan, h.NegativeDelta, h.NegativeCount = writeBuckets(n.negative, float)
	if !isNative(h) {
		// Without any span it would be taken for a classic histogram.
		h.PositiveSpan = []*dto.BucketSpan{{Offset: new(int32(0)), Length: new(uint32(0))}}
	}
}

func writeBuckets(buckets map[int]float64, float bool) (spans []*dto.BucketSpan, deltas []int64, counts []float64) {
	next, last := 0, int64(0)
	for _, i := range slices.Sorted(maps.Keys(buckets)) {
		if len(spans) == 0 || i != next {
			spans = append(spans, &dto.BucketSpan{Offset: new(int32(i - next)), Length: new(uint32(0))})
		}
		*spans[len(spans)-1].Length++
		next = i + 1
		if float {
			counts = append(counts, buckets[i])
			continue
		}
		n := int64(buckets[i])
		deltas = append(deltas, n-last)
		last = n
	}
	return spans, deltas, counts
}
