package store

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/headgate/headgate/internal/expo"
)

// classic is whether a value has classic buckets, as what isn't native has.
func (v refValue) classic() bool { return len(v.bounds) > 0 || !v.native }

// inNative counts what was observed by the index of its native bucket.
func (v refValue) inNative() (zero int, buckets map[int]int) {
	buckets = map[int]int{}
	for at, n := range v.seen {
		if at <= v.zeroTo {
			zero += n
			continue
		}
		buckets[int(math.Ceil(math.Log2(float64(at))*math.Ldexp(1, v.schema)))] += n
	}
	return zero, buckets
}

func (v refValue) fellInNative() bool {
	zero, buckets := v.inNative()
	for _, n := range buckets {
		if n < 0 {
			return true
		}
	}
	return zero < 0
}

// nativeBuckets has a span for each bucket, empty ones among them, as no rule forbids.
func (v refValue) nativeBuckets() *expo.NativeHistogram {
	zero, buckets := v.inNative()
	h := &expo.NativeHistogram{Schema: int32(v.schema), ZeroThreshold: float64(v.zeroTo), ZeroCount: uint64(zero)}
	next, last := 0, 0
	for _, i := range slices.Sorted(maps.Keys(buckets)) {
		h.PositiveSpans = append(h.PositiveSpans, expo.Span{Offset: int32(i - next), Length: 1})
		h.PositiveDeltas = append(h.PositiveDeltas, int64(buckets[i]-last))
		next, last = i+1, buckets[i]
	}
	return h
}

// beyondText are the native buckets and the created timestamps of sums, as the model
// has them.
func (w *refWorld) beyondText() string {
	var b []byte
	for _, key := range slices.Sorted(maps.Keys(w.groups)) {
		for _, name := range slices.Sorted(maps.Keys(w.groups[key].families)) {
			f := w.groups[key].families[name]
			if w.groups[key].mode == Keep {
				continue
			}
			for _, labels := range slices.Sorted(maps.Keys(f.series)) {
				s := f.series[labels]
				b = fmt.Appendf(b, "%s%s created %d", name, labels, s.created)
				if s.value.native {
					zero, buckets := s.value.inNative()
					maps.DeleteFunc(buckets, func(_, n int) bool { return n == 0 })
					b = fmt.Appendf(b, " schema %d zero %d to %d buckets %v", s.value.schema, zero, s.value.zeroTo, buckets)
				}
				b = append(b, '\n')
			}
		}
	}
	return string(b)
}

// beyondText is the same of a store.
func beyondText(t *testing.T, s *Store) string {
	var b []byte
	keys := s.keys()
	slices.Sort(keys)
	for _, key := range keys {
		u := s.groups[key].sum()
		if u == nil {
			continue
		}
		for _, f := range u.sorted() {
			for _, labels := range slices.Sorted(maps.Keys(f.series)) {
				var parser expo.Parser
				m, err := f.metric(f.series[labels], &parser)
				if err != nil {
					t.Fatal(err)
				}
				created := int64(0)
				if m.Created != nil {
					created = m.Created.Seconds*1e9 + int64(m.Created.Nanos)
				}
				b = fmt.Appendf(b, "%s%s created %d", f.name(), labels, created)
				if h := m.Histogram; h != nil && h.Native != nil {
					n := h.Native
					b = fmt.Appendf(b, " schema %d zero %d to %v buckets %v", n.Schema, n.ZeroCount, n.ZeroThreshold, filled(n))
				}
				b = append(b, '\n')
			}
		}
	}
	return string(b)
}

// filled are the positive buckets that hold something, by index.
func filled(h *expo.NativeHistogram) map[int]int {
	buckets, at, count, rest := map[int]int{}, 0, 0, h.PositiveDeltas
	for _, span := range h.PositiveSpans {
		at += int(span.Offset)
		for range span.Length {
			if count += int(rest[0]); count > 0 {
				buckets[at] = count
			}
			at, rest = at+1, rest[1:]
		}
	}
	return buckets
}
