package api

import (
	"slices"

	"github.com/prometheus/prometheus/model/histogram"

	"github.com/headgate/headgate/internal/expo"
)

// appendNativeBuckets appends the populated buckets of a native histogram from
// the lowest to the highest, each as [boundaries, lower, upper, count]. As in
// Prometheus's API, boundaries is 0 for (], 1 for [), 2 for () and 3 for [].
func appendNativeBuckets(dst []byte, h *expo.HistogramValue) []byte {
	fh := floatHistogram(h)
	var buckets []histogram.Bucket[float64]
	for it := fh.NegativeBucketIterator(); it.Next(); {
		buckets = append(buckets, it.At())
	}
	slices.Reverse(buckets)
	buckets = append(buckets, fh.ZeroBucket())
	for it := fh.PositiveBucketIterator(); it.Next(); {
		buckets = append(buckets, it.At())
	}
	dst = append(dst, '[')
	first := true
	for _, b := range buckets {
		if b.Count == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '[', '0'+boundaries(b), ',')
		dst = append(appendJSONFloat(dst, b.Lower), ',')
		dst = append(appendJSONFloat(dst, b.Upper), ',')
		dst = append(appendBucketCount(dst, h, b.Count), ']')
	}
	return append(dst, ']')
}

// appendBucketCount spells whole numbers as such where the pusher counted in them.
func appendBucketCount(dst []byte, h *expo.HistogramValue, n float64) []byte {
	if h.FloatNative() {
		return appendJSONFloat(dst, n)
	}
	return appendJSONUint(dst, uint64(n))
}

func boundaries(b histogram.Bucket[float64]) byte {
	switch {
	case b.LowerInclusive && b.UpperInclusive:
		return 3
	case b.LowerInclusive:
		return 1
	case b.UpperInclusive:
		return 0
	}
	return 2
}

// floatHistogram is h with its counts as floats, which are exact up to 2^53.
func floatHistogram(h *expo.HistogramValue) *histogram.FloatHistogram {
	n := h.Native
	fh := &histogram.FloatHistogram{
		Schema: n.Schema, ZeroThreshold: n.ZeroThreshold,
		PositiveSpans: spans(n.PositiveSpans), NegativeSpans: spans(n.NegativeSpans),
	}
	if h.FloatNative() {
		fh.ZeroCount, fh.PositiveBuckets, fh.NegativeBuckets = n.ZeroCountFloat, n.PositiveCounts, n.NegativeCounts
	} else {
		fh.ZeroCount, fh.PositiveBuckets, fh.NegativeBuckets = float64(n.ZeroCount), counts(n.PositiveDeltas), counts(n.NegativeDeltas)
	}
	return fh
}

func spans(in []expo.Span) []histogram.Span {
	out := make([]histogram.Span, len(in))
	for i, s := range in {
		out[i] = histogram.Span{Offset: s.Offset, Length: s.Length}
	}
	return out
}

func counts(deltas []int64) []float64 {
	out := make([]float64, len(deltas))
	var sum int64
	for i, d := range deltas {
		sum += d
		out[i] = float64(sum)
	}
	return out
}
