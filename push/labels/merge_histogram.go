package labels

import (
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
)

// mergeHistograms adds histograms up. whole is whether all buckets, or at a coarser
// resolution all observations in them, are in the result.
func mergeHistograms(parts []*dto.Histogram) (made *dto.Histogram, whole bool) {
	made = &dto.Histogram{}
	if len(parts) == 0 {
		return made, true
	}
	float := slices.ContainsFunc(parts, isFloat)
	var n, sum float64
	for _, h := range parts {
		n += count64(h)
		sum += h.GetSampleSum()
		if h.CreatedTimestamp != nil && (made.CreatedTimestamp == nil || earlier(h.CreatedTimestamp, made.CreatedTimestamp)) {
			made.CreatedTimestamp = h.CreatedTimestamp
		}
	}
	made.SampleSum = &sum
	setCount(&made.SampleCount, &made.SampleCountFloat, n, float)
	made.Bucket, whole = mergeBuckets(parts, float)
	return made, mergeNative(made, parts, float) && whole
}

// setCount sets one of the two fields that the format has for each count. A float
// histogram has floats throughout.
func setCount(integer **uint64, float **float64, n float64, isFloat bool) {
	if isFloat {
		*float = &n
	} else {
		*integer = new(uint64(n))
	}
}

func isFloat(h *dto.Histogram) bool {
	return h.GetSampleCountFloat() > 0 || h.GetZeroCountFloat() > 0 || len(h.PositiveCount)+len(h.NegativeCount) > 0
}

func count64(h *dto.Histogram) float64 {
	if f := h.GetSampleCountFloat(); f > 0 {
		return f
	}
	return float64(h.GetSampleCount())
}

func cumulative(b *dto.Bucket) float64 {
	if f := b.GetCumulativeCountFloat(); f > 0 {
		return f
	}
	return float64(b.GetCumulativeCount())
}

// mergeBuckets adds up the buckets whose bounds all parts have: counts are cumulative,
// so leaving a bound out leaves the others exact.
func mergeBuckets(parts []*dto.Histogram, float bool) (made []*dto.Bucket, whole bool) {
	bounds := finiteBounds(parts[0])
	whole = true
	infinite := false
	for _, h := range parts {
		own := finiteBounds(h)
		whole = whole && slices.Equal(own, bounds)
		bounds = slices.DeleteFunc(bounds, func(b float64) bool { return !slices.Contains(own, b) })
		infinite = infinite || len(own) < len(h.Bucket)
	}
	if infinite {
		bounds = append(bounds, math.Inf(1))
	}
	for _, bound := range bounds {
		made = append(made, mergeBucket(parts, bound, float))
	}
	return made, whole
}

// finiteBounds leaves +Inf out, which a histogram may leave out too.
func finiteBounds(h *dto.Histogram) []float64 {
	bounds := make([]float64, 0, len(h.GetBucket())+1)
	for _, b := range h.GetBucket() {
		if !math.IsInf(b.GetUpperBound(), 1) {
			bounds = append(bounds, b.GetUpperBound())
		}
	}
	return bounds
}

func mergeBucket(parts []*dto.Histogram, bound float64, float bool) *dto.Bucket {
	var n float64
	made := &dto.Bucket{UpperBound: &bound}
	for _, h := range parts {
		at := slices.IndexFunc(h.Bucket, func(b *dto.Bucket) bool { return b.GetUpperBound() == bound })
		if at < 0 { // +Inf, left out
			n += count64(h)
			continue
		}
		n += cumulative(h.Bucket[at])
		made.Exemplar = better(made.Exemplar, h.Bucket[at].Exemplar)
	}
	setCount(&made.CumulativeCount, &made.CumulativeCountFloat, n, float)
	return made
}
