package push

import (
	"math"
	"slices"
	"sync"
)

// sampleBuffer holds single samples until they are drained: a ring that grows to
// its limit, beyond which the oldest make room.
type sampleBuffer struct {
	limit int

	mu      sync.Mutex
	ring    []bufferedSample
	oldest  int // in ring, once it is full
	dropped uint64
	closed  bool
}

type bufferedSample struct {
	series *series
	value  float64
	at     int64 // milliseconds since 1970
}

// put does o to a gauge and keeps what it became, unless the gauge is gone or the
// buffer closed. Value, time and place in the ring are had under the lock, so that
// they have one order.
func (b *sampleBuffer) put(s *series, o seriesOp, v float64, at int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || s.isEvicted() {
		return false
	}
	if at == noTime {
		at = s.family.recorder.config.now().UnixMilli()
	}
	if o == opShift {
		v += math.Float64frombits(s.bits.Load())
	}
	s.bits.Store(math.Float64bits(v))
	s.state.Add(1)
	s.buffered++
	sample := bufferedSample{series: s, value: v, at: at}
	if len(b.ring) < b.limit {
		b.ring = append(b.ring, sample)
		return true
	}
	b.ring[b.oldest].series.buffered--
	b.ring[b.oldest] = sample
	b.oldest = (b.oldest + 1) % len(b.ring)
	b.dropped++
	return true
}

// take empties the buffer and returns what it held, oldest first.
func (b *sampleBuffer) take() []bufferedSample {
	b.mu.Lock()
	defer b.mu.Unlock()
	taken := slices.Concat(b.ring[b.oldest:], b.ring[:b.oldest])
	for i := range taken {
		taken[i].series.buffered = 0
	}
	clear(b.ring) // lets go of evicted series
	b.ring, b.oldest = b.ring[:0], 0
	return taken
}

// evict marks an idle gauge as gone, unless a sample of it waits.
func (b *sampleBuffer) evict(s *series) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return s.buffered == 0 && s.state.CompareAndSwap(0, flagEvicted)
}

func (b *sampleBuffer) lost() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

func (b *sampleBuffer) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
}
