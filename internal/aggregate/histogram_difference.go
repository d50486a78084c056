package aggregate

import "github.com/headgate/headgate/internal/expo"

func histogramDifference(last, now *expo.Metric) (increment expo.Metric, reset bool, err error) {
	if last == nil {
		increment, err = addHistogram(nil, now)
		return increment, false, err
	}
	before, after, err := pairOf(last, now)
	if err != nil {
		return expo.Metric{}, false, err
	}
	d, grew := after.minus(&before)
	if !grew {
		increment, err = addHistogram(nil, now)
		return increment, true, err
	}
	increment = frame(nil, now)
	increment.Histogram, err = d.write()
	return increment, false, err
}

// minus returns by how much h grew since last, and false if it began anew.
func (h *histogram) minus(last *histogram) (difference histogram, ok bool) {
	d := histogram{sum: sumDifference(last.sum, h.sum), infinite: h.infinite, isNative: h.isNative && last.isNative}
	if h.count.less(last.count) {
		return d, false
	}
	d.count, _ = h.count.minus(last.count, h.count)
	classic := h.classic() && last.classic()
	if classic {
		if d.finite, ok = subtractBuckets(h, last, &d.count); !ok {
			return d, false
		}
	}
	if d.isNative {
		if d.native, ok = h.native.minus(&last.native, h.count); !ok {
			return d, false
		}
		// What is in no bucket was NaN, which can only become more.
		in, _ := d.native.total()
		if d.count.n < in.n {
			return d, false
		}
	}
	return d, classic || d.isNative
}

// subtractBuckets returns by how much the common buckets grew, and false if what
// lies between two of them fell or if none is common. count is by how much all
// grew. Floats may seem to fall by rounding: there it evens the counts out.
func subtractBuckets(now, last *histogram, count *amount) (grew []expo.Bucket, ok bool) {
	grew, ok = make([]expo.Bucket, 0, min(len(now.finite), len(last.finite))+1), true // and +Inf
	var below amount
	eachCommon(last.finite, now.finite, func(a, b *expo.Bucket) bool {
		var n amount
		if n, ok = bucketAmount(b).minus(bucketAmount(a), now.count); !ok {
			return false
		}
		if n, ok = n.atLeast(below, now.count); !ok {
			return false
		}
		grew = append(grew, expo.Bucket{UpperBound: b.UpperBound, Count: n.n, CountFloat: n.f, Exemplar: b.Exemplar})
		below = n
		return true
	})
	if !ok || len(grew) == 0 && len(now.finite)+len(last.finite) > 0 {
		return nil, false
	}
	*count, ok = count.atLeast(below, now.count)
	return grew, ok
}

// minus returns by how much n, of a histogram with the count all, grew since last,
// and false if it began anew.
//
// A client that runs out of buckets widens its zero bucket to a bound of the present
// resolution or reduces that: it never cuts a bucket in two, and never goes back
// without beginning anew.
func (n *native) minus(last *native, all amount) (difference native, ok bool) {
	if n.schema > last.schema || n.threshold < last.threshold {
		return native{}, false
	}
	before := *last
	if n.threshold > before.threshold {
		if before.widen(n.threshold); before.threshold != n.threshold && before.cut(last) {
			return native{}, false
		}
	}
	before.coarsen(n.schema)
	d := native{schema: n.schema, threshold: n.threshold, exemplars: n.exemplars}
	var zero, positive, negative bool
	d.zero, zero = n.zero.minus(before.zero, all)
	d.positive, positive = subtractSlots(n.positive, before.positive, all)
	d.negative, negative = subtractSlots(n.negative, before.negative, all)
	return d, zero && positive && negative
}

// cut tells whether the bucket at n's threshold, which n's zero bucket has taken up
// since it was last, held something.
func (n *native) cut(last *native) bool {
	end := indexOf(n.schema, n.threshold)
	for _, slots := range [...][]slot{last.positive, last.negative} {
		for _, s := range slots {
			if s.index == end {
				return true
			}
		}
	}
	return false
}

// subtractSlots returns false if a bucket fell: one that is gone stays in last.
func subtractSlots(now, last []slot, all amount) (grew []slot, ok bool) {
	grew = make([]slot, 0, len(now))
	for _, s := range now {
		if len(last) > 0 && last[0].index == s.index {
			if s.count, ok = s.count.minus(last[0].count, all); !ok {
				return nil, false
			}
			last = last[1:]
		}
		if !s.count.isZero() {
			grew = append(grew, s)
		}
	}
	return grew, len(last) == 0
}
