package aggregate

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/headgate/headgate/internal/expo"
)

// readClassic takes over buckets, with floats made of integers where others are.
// What comes in order and in the right kind isn't copied.
func (h *histogram) readClassic(buckets []expo.Bucket, float bool) error {
	if float || !slices.IsSortedFunc(buckets, byBound) {
		buckets = slices.Clone(buckets)
		for i := range buckets {
			b := &buckets[i]
			a := amountOf(b.Count, b.CountFloat, float)
			b.Count, b.CountFloat = a.n, a.f
		}
		slices.SortFunc(buckets, byBound)
	}
	if err := checkBuckets(buckets, h.count); err != nil {
		return err
	}
	h.finite = buckets
	if n := len(buckets); n > 0 && math.IsInf(buckets[n-1].UpperBound, 1) {
		h.finite, h.infinite = buckets[:n-1], &buckets[n-1]
	}
	return nil
}

func byBound(a, b expo.Bucket) int { return cmp.Compare(a.UpperBound, b.UpperBound) }

// checkBuckets checks buckets that are in order.
func checkBuckets(buckets []expo.Bucket, count amount) error {
	var below amount
	for i := range buckets {
		b := &buckets[i]
		n := bucketAmount(b)
		switch {
		case math.IsNaN(b.UpperBound) || i > 0 && buckets[i-1].UpperBound == b.UpperBound:
			return bucketError(b, "bound", string(expo.AppendFloat(nil, b.UpperBound)), "a number, once")
		case !n.valid():
			return bucketError(b, "count", n.String(), "a finite value of 0 or more")
		case n.less(below):
			return bucketError(b, "count", n.String(), fmt.Sprintf("at least the %v of the bucket before, as counts are cumulative", below))
		case count.less(n):
			return bucketError(b, "count", n.String(), fmt.Sprintf("no more than the histogram's count of %v", count))
		case math.IsInf(b.UpperBound, 1) && n != count:
			return bucketError(b, "count", n.String(), fmt.Sprintf("the histogram's count of %v", count))
		}
		below = n
	}
	return nil
}

func bucketError(b *expo.Bucket, what, found, want string) error {
	return &ValueError{
		What: fmt.Sprintf("bucket le=\"%s\" %s", expo.AppendFloat(nil, b.UpperBound), what), Found: found, Want: want,
	}
}

func bucketAmount(b *expo.Bucket) amount { return amount{b.Count, b.CountFloat} }

// ownBuckets copies buckets, with room for the +Inf bucket.
func ownBuckets(buckets []expo.Bucket) []expo.Bucket {
	return append(make([]expo.Bucket, 0, len(buckets)+1), buckets...)
}

// addBuckets adds the buckets of the bounds that both have. Their counts are in
// the histograms' own, so they overflow only with those.
func addBuckets(total, increment []expo.Bucket) []expo.Bucket {
	next := make([]expo.Bucket, 0, min(len(total), len(increment))+1) // and +Inf
	eachCommon(total, increment, func(a, b *expo.Bucket) bool {
		n, _ := bucketAmount(a).plus(bucketAmount(b))
		next = append(next, expo.Bucket{UpperBound: a.UpperBound, Count: n.n, CountFloat: n.f, Exemplar: newerBucket(a, b).Exemplar})
		return true
	})
	return next
}

// eachCommon calls do, until it returns false, with each pair of buckets that have
// the same bound. Both are in order.
func eachCommon(a, b []expo.Bucket, do func(a, b *expo.Bucket) bool) {
	for len(a) > 0 && len(b) > 0 {
		switch x, y := a[0].UpperBound, b[0].UpperBound; {
		case x < y:
			a = a[1:]
		case x > y:
			b = b[1:]
		default:
			if !do(&a[0], &b[0]) {
				return
			}
			a, b = a[1:], b[1:]
		}
	}
}

// newerBucket returns the one of two buckets whose exemplar counts: the increment's
// if it has one. Either bucket may be nil.
func newerBucket(total, increment *expo.Bucket) *expo.Bucket {
	if total == nil || increment != nil && increment.Exemplar != nil {
		return increment
	}
	return total
}
