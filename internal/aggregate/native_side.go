package aggregate

import (
	"fmt"
	"math"

	"github.com/headgate/headgate/internal/expo"
)

// side is the positive or the negative buckets as they are pushed.
type side struct {
	name   string
	schema int32
	spans  []expo.Span
	deltas []int64
	counts []float64
}

// read returns the buckets that hold something. own says that it is the counts that
// count and not the deltas, float that floats are wanted.
func (s *side) read(own, float bool) ([]slot, error) {
	n := len(s.deltas)
	if own {
		n = len(s.counts)
	}
	if err := s.checkSpans(n); err != nil {
		return nil, err
	}
	slots := make([]slot, 0, n)
	i, index, count := 0, 0, int64(0)
	for _, span := range s.spans {
		index += int(span.Offset)
		for range span.Length {
			a := amount{}
			if own {
				a.f = s.counts[i]
			} else {
				if count += s.deltas[i]; count < 0 { // also if it overflowed
					return nil, s.bad(index, fmt.Sprint(count), "0 or more")
				}
				a = amountOf(uint64(count), 0, float)
			}
			if !a.valid() {
				return nil, s.bad(index, a.String(), "a finite value of 0 or more")
			}
			if !a.isZero() {
				slots = append(slots, slot{index, a})
			}
			i, index = i+1, index+1
		}
	}
	return slots, s.checkRange(slots)
}

// checkSpans looks at each span once, however long it claims to be, so that read
// goes no further than there are counts.
func (s *side) checkSpans(counts int) error {
	var length uint64
	for i, span := range s.spans {
		if i > 0 && span.Offset < 0 {
			return &ValueError{What: s.name + " native span's offset", Found: fmt.Sprint(span.Offset), Want: "0 or more after the first span"}
		}
		length += uint64(span.Length)
	}
	if length != uint64(counts) {
		return &ValueError{What: s.name + " native spans", Found: fmt.Sprintf("of %d buckets", length), Want: fmt.Sprintf("%d, as there are counts", counts)}
	}
	return nil
}

// checkRange refuses what no float64 is in. It is what bounds the memory of a total
// and keeps the offsets between buckets in 32 bits.
func (s *side) checkRange(slots []slot) error {
	if len(slots) == 0 {
		return nil
	}
	low, high := indexRange(s.schema)
	for _, end := range [...]slot{slots[0], slots[len(slots)-1]} {
		if end.index < low || end.index > high {
			return &ValueError{
				What: s.name + " native bucket's index", Found: fmt.Sprint(end.index),
				Want: fmt.Sprintf("%d to %d in schema %d", low, high, s.schema),
			}
		}
	}
	return nil
}

func (s *side) bad(index int, found, want string) error {
	return &ValueError{What: fmt.Sprintf("%s native bucket %d count", s.name, index), Found: found, Want: want}
}

// writeSide is read's inverse. The counts are in deltas or in counts, by their kind.
func writeSide(slots []slot) (spans []expo.Span, deltas []int64, counts []float64, err error) {
	next, last := 0, uint64(0)
	for i, s := range slots {
		if s.count.n > math.MaxInt64 {
			return nil, nil, nil, &ValueError{What: "native bucket count", Found: s.count.String(), Want: fmt.Sprintf("at most %d", math.MaxInt64)}
		}
		if i == 0 || s.index != next {
			spans = append(spans, expo.Span{Offset: int32(s.index - next)})
		}
		spans[len(spans)-1].Length++
		next = s.index + 1
		if s.count.f != 0 {
			if counts == nil {
				counts = make([]float64, 0, len(slots))
			}
			counts = append(counts, s.count.f)
			continue
		}
		if deltas == nil {
			deltas = make([]int64, 0, len(slots))
		}
		deltas = append(deltas, int64(s.count.n-last))
		last = s.count.n
	}
	return spans, deltas, counts, nil
}
