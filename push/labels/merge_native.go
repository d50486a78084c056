package labels

import (
	"slices"

	dto "github.com/prometheus/client_model/go"
)

const (
	// maxNativeBuckets is how many buckets a merged histogram may have, unless one of its
	// parts has more: 160 are client_golang's and OpenTelemetry's usual bound.
	maxNativeBuckets = 160
	// maxNativeExemplars is client_golang's bound.
	maxNativeExemplars = 10
)

// mergeNative adds up native buckets, at the coarsest resolution among the parts. They are left out, and
// it returns false, if not all parts have them.
func mergeNative(made *dto.Histogram, parts []*dto.Histogram, float bool) bool {
	all := make([]native, 0, len(parts))
	some := false
	most := maxNativeBuckets
	for _, h := range parts {
		some = some || isNative(h)
		if isNative(h) && minSchema <= h.GetSchema() && h.GetSchema() <= maxSchema {
			n := readNative(h)
			most = max(most, len(n.positive)+len(n.negative))
			all = append(all, n)
		}
	}
	if len(all) < len(parts) {
		return !some
	}
	sum := addNative(all)
	for len(sum.positive)+len(sum.negative) > most && sum.schema > minSchema {
		sum.coarsen(sum.schema - 1)
	}
	sum.write(made, float)
	made.Exemplars = mergeExemplars(parts)
	return true
}

// addNative brings all to one schema and one zero bucket, and adds them up.
func addNative(all []native) native {
	sum := native{schema: maxSchema, positive: map[int]float64{}, negative: map[int]float64{}}
	for _, n := range all {
		sum.schema = min(sum.schema, n.schema)
		sum.threshold = max(sum.threshold, n.threshold)
	}
	for i := range all {
		all[i].coarsen(sum.schema)
	}
	sum.threshold = widen(all, sum.threshold)
	for _, n := range all {
		sum.zero += n.zero
		sum.take(sum.positive, n.positive)
		sum.take(sum.negative, n.negative)
	}
	return sum
}

// widen returns the zero threshold that cuts no populated bucket in two.
func widen(all []native, threshold float64) float64 {
	for again := true; again; {
		again = false
		for _, n := range all {
			for _, side := range []map[int]float64{n.positive, n.negative} {
				for i, count := range side {
					if count > 0 && n.bound(i-1) < threshold && threshold < n.bound(i) {
						threshold, again = n.bound(i), true
					}
				}
			}
		}
	}
	return threshold
}

// take adds buckets to those of n, or to its zero bucket.
func (n *native) take(side, buckets map[int]float64) {
	for i, count := range buckets {
		if n.bound(i) <= n.threshold {
			n.zero += count
		} else {
			side[i] += count
		}
	}
}

// mergeExemplars keeps the newest. Those of native buckets must have a time.
func mergeExemplars(parts []*dto.Histogram) []*dto.Exemplar {
	var all []*dto.Exemplar
	for _, h := range parts {
		for _, e := range h.Exemplars {
			if e.GetTimestamp() != nil {
				all = append(all, e)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *dto.Exemplar) int {
		return b.Timestamp.AsTime().Compare(a.Timestamp.AsTime())
	})
	all = all[:min(len(all), maxNativeExemplars)]
	slices.Reverse(all)
	return all
}
