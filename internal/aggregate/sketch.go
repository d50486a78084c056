package aggregate

import (
	"cmp"
	"math"
	"slices"
)

// Sketch counts values in buckets, from which it tells quantiles. The zero value is
// ready. A value's bucket are the leading bits of its float64: the exponent and the
// first bits of the fraction, which cut each power of two into equal parts. So there is
// nothing to compute that one processor might round otherwise than the next, and what a
// sketch holds depends on which values it has got, not on their order.
//
// A quantile is off by SketchError of its value at most while the values fall into
// MostBuckets buckets, which is so for any that are within a factor of 256 of each
// other. Values that spread further make the buckets twice as wide, and the error
// doubles. After six times a bucket is a power of two, which has room for values 10^154
// apart; beyond that no exactness is promised.
type Sketch struct {
	// Width is how many times the buckets were made twice as wide.
	Width uint8
	// Buckets are in the order of the values, none of them empty.
	Buckets []SketchBucket
}

// SketchBucket is one range of values.
type SketchBucket struct {
	// Index is 0 for the value 0, n for the n-th range above 0 and -n for that below.
	Index int32
	Count uint64
}

// Bounds of a sketch.
const (
	MostBuckets = 512
	SketchError = 1.0 / (2 << fractionBits)
	// MostWidth is where all values of one sign are in one bucket.
	MostWidth = fractionBits + 11

	fractionBits = 6
	firstShift   = 52 - fractionBits
)

// Observe counts a value, which is finite.
func (s *Sketch) Observe(v float64) {
	index := s.index(v)
	i, found := slices.BinarySearchFunc(s.Buckets, index, func(b SketchBucket, i int32) int { return cmp.Compare(b.Index, i) })
	if found {
		s.Buckets[i].Count++
		return
	}
	s.Buckets = slices.Insert(s.Buckets, i, SketchBucket{index, 1})
	for len(s.Buckets) > MostBuckets {
		s.widen()
	}
}

func (s *Sketch) index(v float64) int32 {
	if v == 0 {
		return 0
	}
	n := int32(math.Float64bits(math.Abs(v))>>(firstShift+s.Width)) + 1
	if v < 0 {
		return -n
	}
	return n
}

// widen makes one bucket of two that share all but the last bit.
func (s *Sketch) widen() {
	s.Width++
	wide := s.Buckets[:0]
	for _, b := range s.Buckets {
		switch {
		case b.Index > 0:
			b.Index = (b.Index-1)>>1 + 1
		case b.Index < 0:
			b.Index = -((-b.Index-1)>>1 + 1)
		}
		if last := len(wide) - 1; last >= 0 && wide[last].Index == b.Index {
			wide[last].Count += b.Count
		} else {
			wide = append(wide, b)
		}
	}
	s.Buckets = wide
}

// at is the middle of the bucket with the n-th smallest value, from 1.
func (s *Sketch) at(n uint64) float64 {
	for _, b := range s.Buckets {
		if n <= b.Count {
			return s.middle(b.Index)
		}
		n -= b.Count
	}
	return math.NaN()
}

func (s *Sketch) middle(index int32) float64 {
	switch {
	case index == 0:
		return 0
	case index < 0:
		return -s.middle(-index)
	}
	shift := firstShift + s.Width
	low := math.Float64frombits(uint64(index-1) << shift)
	high := math.Float64frombits(uint64(index) << shift)
	return low + (high-low)/2
}

// Clone returns a copy with buckets of its own.
func (s *Sketch) Clone() *Sketch { return &Sketch{s.Width, slices.Clone(s.Buckets)} }
