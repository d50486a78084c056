package expo

import (
	"fmt"
	"math"
)

// The resolutions of native histograms.
const (
	minSchema = -4
	maxSchema = 8
)

// checkNative tells what of a native histogram Prometheus would refuse, and with
// it the whole scrape.
func checkNative(h *HistogramValue) error {
	n := h.Native
	if n.Schema < minSchema || n.Schema > maxSchema {
		return fmt.Errorf("native buckets of schema %d: want %d to %d", n.Schema, minSchema, maxSchema)
	}
	// The encoder writes a float count that is not 0 instead of the integer one, and
	// Prometheus looks at one that is above 0 only: it would find neither.
	if !(h.CountFloat >= 0) {
		return fmt.Errorf("a native histogram's count of %v: want 0 or more", h.CountFloat)
	}
	if !(n.ZeroCountFloat >= 0) {
		return fmt.Errorf("a native zero bucket with a count of %v: want 0 or more", n.ZeroCountFloat)
	}
	if h.FloatNative() {
		return checkFloatNative(n)
	}
	negative, err := checkDeltas("negative", n.NegativeSpans, n.NegativeDeltas)
	if err != nil {
		return err
	}
	positive, err := checkDeltas("positive", n.PositiveSpans, n.PositiveDeltas)
	if err != nil {
		return err
	}
	if !nativeForPrometheus(n) {
		return nil
	}
	inBuckets := negative + positive + n.ZeroCount
	if inBuckets > h.Count || inBuckets < h.Count && !math.IsNaN(h.Sum) {
		return fmt.Errorf("%d observations in native buckets but a count of %d", inBuckets, h.Count)
	}
	return nil
}

// FloatNative tells whether the counts of the native buckets, of which there are
// some, are floats. Integer ones have no meaning then, even if there are any.
func (h *HistogramValue) FloatNative() bool {
	n := h.Native
	return h.CountFloat > 0 || n.ZeroCountFloat > 0 || len(n.PositiveCounts) > 0 || len(n.NegativeCounts) > 0
}

// nativeForPrometheus tells whether Prometheus takes a histogram as a native one.
func nativeForPrometheus(n *NativeHistogram) bool {
	return len(n.PositiveSpans) > 0 || len(n.NegativeSpans) > 0 || n.ZeroThreshold > 0 || n.ZeroCount > 0
}

func checkFloatNative(n *NativeHistogram) error {
	if err := checkCounts("negative", n.NegativeSpans, n.NegativeCounts); err != nil {
		return err
	}
	return checkCounts("positive", n.PositiveSpans, n.PositiveCounts)
}

func checkCounts(side string, spans []Span, counts []float64) error {
	if err := checkSpans(side, spans, len(counts)); err != nil {
		return err
	}
	for i, c := range counts {
		if c < 0 {
			return fmt.Errorf("a %s native bucket, number %d, with a count of %v", side, i+1, c)
		}
	}
	return nil
}

// checkDeltas returns the number of observations in the buckets of one side.
func checkDeltas(side string, spans []Span, deltas []int64) (total uint64, err error) {
	if err := checkSpans(side, spans, len(deltas)); err != nil {
		return 0, err
	}
	var count int64
	for i, d := range deltas {
		if count += d; count < 0 {
			return 0, fmt.Errorf("a %s native bucket, number %d, with a count of %d", side, i+1, count)
		}
		total += uint64(count)
	}
	return total, nil
}

// checkSpans checks that spans describe as many buckets as there are and stay in
// the range of bucket indexes. It looks at each span once, however long it claims to be.
func checkSpans(side string, spans []Span, buckets int) error {
	var length uint64
	var end int64 // index after the last bucket
	for i, s := range spans {
		if i > 0 && s.Offset < 0 {
			return fmt.Errorf("a %s span, number %d, with the offset %d: only the first may be negative", side, i+1, s.Offset)
		}
		length += uint64(s.Length)
		end += int64(s.Offset) + int64(s.Length)
		if s.Offset == math.MinInt32 || end-1 > math.MaxInt32 {
			return fmt.Errorf("a %s span, number %d, outside the range of bucket indexes", side, i+1)
		}
	}
	if length != uint64(buckets) {
		return fmt.Errorf("%s spans of %d buckets in all but %d bucket counts", side, length, buckets)
	}
	return nil
}
