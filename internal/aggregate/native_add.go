package aggregate

// plus returns the sum of n and an increment at the coarser resolution.
//
// If the two differ in resolution or zero threshold, the zero bucket ends at the end
// of the bucket that the larger threshold is in, and takes up what lies below. A
// threshold is a bound anyway in most clients. Where it isn't, widening it at once
// makes the result independent of the order in which increments come.
func (n *native) plus(increment *native) (native, error) {
	a, b := *n, *increment
	if a.schema != b.schema || a.threshold != b.threshold {
		schema, threshold := min(a.schema, b.schema), max(a.threshold, b.threshold)
		a.coarsen(schema)
		b.coarsen(schema)
		a.widen(threshold)
		b.widen(threshold)
	}
	sum := native{schema: a.schema, threshold: a.threshold, exemplars: b.exemplars}
	if len(sum.exemplars) == 0 {
		sum.exemplars = a.exemplars
	}
	var ok, positive, negative bool
	sum.zero, ok = a.zero.plus(b.zero)
	sum.positive, positive = addSlots(a.positive, b.positive)
	sum.negative, negative = addSlots(a.negative, b.negative)
	if !ok || !positive || !negative {
		return sum, &ValueError{What: "native bucket", Found: "of two large counts", Want: "a sum that 64 bits hold"}
	}
	return sum, nil
}

// coarsen reduces the resolution to schema's.
func (n *native) coarsen(schema int32) {
	if shift := n.schema - schema; shift > 0 {
		n.positive, n.negative = coarsenSlots(n.positive, shift), coarsenSlots(n.negative, shift)
		n.schema = schema
	}
}

func coarsenSlots(slots []slot, shift int32) []slot {
	out := make([]slot, 0, len(slots))
	for _, s := range slots {
		s.index = coarser(s.index, shift)
		if last := len(out) - 1; last >= 0 && out[last].index == s.index {
			// They are in the histogram's count, so they don't overflow.
			out[last].count, _ = out[last].count.plus(s.count)
			continue
		}
		out = append(out, s)
	}
	return out
}

// widen makes the zero bucket as wide as threshold, which isn't below its own, and
// further to the end of the bucket that this is in.
func (n *native) widen(threshold float64) {
	if threshold == 0 {
		return
	}
	last := indexOf(n.schema, threshold)
	n.threshold = bound(n.schema, last)
	n.positive = n.intoZero(n.positive, last)
	n.negative = n.intoZero(n.negative, last)
}

// intoZero moves the buckets up to the index last into the zero bucket, and returns the others.
func (n *native) intoZero(slots []slot, last int) []slot {
	for len(slots) > 0 && slots[0].index <= last {
		n.zero, _ = n.zero.plus(slots[0].count) // as in coarsenSlots
		slots = slots[1:]
	}
	return slots
}

// addSlots returns false if a count overflows.
func addSlots(a, b []slot) (sum []slot, ok bool) {
	sum = make([]slot, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].index < b[0].index:
			sum, a = append(sum, a[0]), a[1:]
		case a[0].index > b[0].index:
			sum, b = append(sum, b[0]), b[1:]
		default:
			n, ok := a[0].count.plus(b[0].count)
			if !ok {
				return nil, false
			}
			sum = append(sum, slot{a[0].index, n})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(sum, a...), b...), true
}
