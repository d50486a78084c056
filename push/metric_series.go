package push

import (
	"math"
	"sync/atomic"
	"time"

	dto "github.com/prometheus/client_model/go"
)

// series is one series of a family.
//
// Each increment is handed over exactly once: a drain swaps the sums for zero. A
// series that has been idle may be evicted, and all are sealed when the recorder
// closes, while somebody who found it before is about to record in it. So whoever
// records changes the value first and counts in state second; who evicts sets the
// flag only while the count is zero. Either the count comes first and the series
// stays, or the flag does, and the recording goroutine sees it and moves what
// nobody would drain.
type series struct {
	// state counts what was recorded since the last drain; its top bits are flags.
	state atomic.Uint64
	// whole sums a counter's whole increments since the last hand-over, which takes
	// one atomic addition.
	whole atomic.Uint64
	// bits is a float64: the sum of a counter's other increments, a gauge's value.
	bits atomic.Uint64
	dist *distribution // histograms only
	// exemplar is a counter's newest since the last hand-over. It is stored before
	// the value that it is of: who takes the value finds it, or a newer one.
	exemplar atomic.Pointer[exemplar]
	// buffered is how many samples wait in the sampleBuffer, whose lock guards it.
	buffered int

	family *family
	labels []Label // sorted by name, valid

	// Guarded by Recorder.mu.
	pairs   []*dto.LabelPair // labels as protobuf; shared by all that is gathered
	total   float64          // counter: what was handed over so far
	newest  *exemplar        // counter: the last that was handed over
	changed uint64           // epoch of the last drain that found a change
	fresh   bool             // not drained yet: goes out even if it is zero
	created time.Time
}

const (
	flagEvicted = 1 << 63 // in no table and no list
	flagSealed  = 1 << 62 // recorder closed
	countMask   = flagSealed - 1

	// Increments below largestWhole go to series.whole, which is emptied long before
	// it could overflow: spillAt leaves room for 2^23 goroutines that add at once.
	largestWhole = 1 << 40
	spillAt      = 1 << 62
)

// seriesOp is what is done to a series.
type seriesOp uint8

const (
	opAdd     seriesOp = iota // to a counter
	opSet                     // a gauge
	opShift                   // a gauge, by so much
	opObserve                 // a value, by a histogram
)

// noTime stands for now where a timestamp in milliseconds is asked for.
const noTime int64 = math.MinInt64

// do does o, or returns false because the series is gone. x may be nil, and is nil
// for a gauge.
func (s *series) do(o seriesOp, v float64, at int64, x *exemplar) bool {
	r := s.family.recorder
	switch {
	case o == opObserve:
		if !s.dist.observe(s.family.bounds, v, x) {
			return false
		}
		r.counted()
		return true
	case o == opAdd:
		if x != nil {
			s.exemplar.Store(x)
		}
		s.add(v)
	case r.config.mode == recordSamples:
		if !r.buffer.put(s, o, v, at) {
			return false
		}
		r.counted()
		return true
	case o == opSet:
		s.bits.Store(math.Float64bits(v))
	default:
		addFloat(&s.bits, v)
	}
	if state := s.state.Add(1); state > countMask && !s.late(o, state) {
		return false
	}
	r.counted()
	return true
}

// add adds v ≥ 0 to a counter.
func (s *series) add(v float64) {
	if v < largestWhole {
		if n := uint64(v); float64(n) == v {
			if s.whole.Add(n) >= spillAt {
				s.spill()
			}
			return
		}
	}
	addFloat(&s.bits, v)
}

// spill makes room in whole, under the lock so that no total is seen without it.
func (s *series) spill() {
	s.family.recorder.mu.Lock()
	defer s.family.recorder.mu.Unlock()
	addFloat(&s.bits, float64(s.whole.Swap(0)))
}

// take hands over what a counter gained.
func (s *series) take() float64 {
	return float64(s.whole.Swap(0)) + math.Float64frombits(s.bits.Swap(0))
}

// gained is what take would hand over.
func (s *series) gained() float64 {
	return float64(s.whole.Load()) + math.Float64frombits(s.bits.Load())
}

// late decides about what was recorded in a series found evicted or sealed, and
// returns whether it counts.
//
// A sealed one's counts if the last drain has yet to come. If it is over, it may
// have taken what was recorded just then: rather refused and sent than the reverse.
func (s *series) late(o seriesOp, state uint64) bool {
	r := s.family.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.final:
		return false
	case state&flagEvicted == 0:
		return true
	case o == opAdd:
		s.move()
		return true
	}
	return false
}

// move adds what came too late for an evicted counter to the series that has its
// labels now. If one has to be made, the bound on series doesn't hold: accepted is
// accepted, and there are no more than goroutines that record. r.mu is held.
func (s *series) move() {
	v := s.take()
	if v == 0 {
		return // somebody moved it with theirs
	}
	next := s.family.newSeries(appendLabelKey(nil, s.labels), s.labels)
	if x := s.exemplar.Swap(nil); x != nil {
		next.exemplar.CompareAndSwap(nil, x) // what it has is newer
	}
	addFloat(&next.bits, v)
	next.state.Add(1)
}

// isEvicted is whether the series is gone for good.
func (s *series) isEvicted() bool { return s.state.Load()&flagEvicted != 0 }

// waiting is how many samples were recorded since the last drain.
func (s *series) waiting() uint64 {
	if s.dist != nil {
		return s.dist.waiting()
	}
	return s.state.Load() & countMask
}

// evict marks an idle series as gone, unless it isn't idle any more.
func (s *series) evict() bool {
	switch {
	case s.dist != nil:
		return s.dist.evict()
	case s.family.recorder.config.mode == recordSamples:
		return s.family.recorder.buffer.evict(s)
	}
	return s.state.CompareAndSwap(0, flagEvicted)
}

// seal marks a series of a closed recorder.
func (s *series) seal() {
	if s.dist != nil {
		s.dist.seal()
	}
	s.state.Or(flagSealed)
}

// addFloat adds v to the float64 in bits.
func addFloat(bits *atomic.Uint64, v float64) {
	for {
		old := bits.Load()
		if bits.CompareAndSwap(old, math.Float64bits(math.Float64frombits(old)+v)) {
			return
		}
	}
}
