package push

import "sync"

// tally is what a histogram counted.
type tally struct {
	sum       float64
	buckets   []uint64    // each without those below it; the last is +Inf
	exemplars []*exemplar // the newest of each bucket; nil if there is none at all
}

func (t *tally) add(o tally) {
	t.sum += o.sum
	for i, n := range o.buckets {
		t.buckets[i] += n
	}
	for i, x := range o.exemplars {
		if x != nil {
			t.mark(i, x)
		}
	}
}

// distribution is the state of one series of a histogram. Its mutex keeps the sum
// and the buckets together: who hands over sees each observation in both or in
// neither. That takes two atomic operations, less than atomic fields would, and
// holds for a few instructions.
type distribution struct {
	mu      sync.Mutex
	gone    bool // evicted, or the recorder is closed
	count   uint64
	pending tally // since the last hand-over
	total   tally // handed over so far
}

func newDistribution(bounds int) *distribution {
	both := make([]uint64, 2*(bounds+1))
	return &distribution{
		pending: tally{buckets: both[: bounds+1 : bounds+1]},
		total:   tally{buckets: both[bounds+1:]},
	}
}

// observe counts v, unless the series is gone. x may be nil.
func (d *distribution) observe(bounds []float64, v float64, x *exemplar) bool {
	i := bucketOf(bounds, v)
	d.mu.Lock()
	if d.gone {
		d.mu.Unlock()
		return false
	}
	d.pending.buckets[i]++
	d.pending.sum += v
	if x != nil {
		d.pending.mark(i, x)
	}
	d.count++
	d.mu.Unlock()
	return true
}

// bucketOf returns the first bucket whose bound is not below v.
func bucketOf(bounds []float64, v float64) int {
	low, high := 0, len(bounds)
	for low < high {
		if mid := (low + high) / 2; bounds[mid] < v {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// take hands over what was counted since the last time, and how many that is.
func (d *distribution) take() (tally, uint64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken, n := d.pending, d.count
	d.pending, d.count = tally{buckets: make([]uint64, len(taken.buckets))}, 0
	d.total.add(taken)
	return taken, n
}

// sum returns all that was ever counted.
func (d *distribution) sum() tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := tally{buckets: make([]uint64, len(d.total.buckets))}
	all.add(d.total)
	all.add(d.pending)
	return all
}

func (d *distribution) waiting() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// evict marks the series as gone, unless something waits for a hand-over.
func (d *distribution) evict() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = d.gone || d.count == 0
	return d.gone
}

// seal marks the series as gone: what was counted by then waits for the last hand-over.
func (d *distribution) seal() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone = true
}
