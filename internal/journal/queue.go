package journal

import (
	"fmt"
	"sync"
)

// queue is what Append has accepted and the writer has not taken.
type queue struct {
	maxEntries int
	maxBytes   int64
	// wake holds one token when the queue went from empty to not, grew to target, or closed.
	wake chan struct{}

	mu      sync.Mutex // never held across I/O or Deliver
	started bool
	closed  bool
	waiting []*Entry
	target  int // how many the writer would like to take at once, see gather
	// spare are the slices of delivered batches, so that a steady load allocates none.
	spare [][]*Entry
	// entries and bytes count what is accepted and not yet delivered: what the
	// journal holds of the caller's memory.
	entries int
	bytes   int64
}

func (q *queue) init(opt Options) {
	q.maxEntries, q.maxBytes = opt.MaxQueueEntries, opt.MaxQueueBytes
	q.wake = make(chan struct{}, 1)
}

func (q *queue) open() {
	q.mu.Lock()
	q.started = true
	q.mu.Unlock()
}

func (q *queue) put(e *Entry) error {
	size := int64(len(e.Payload))
	q.mu.Lock()
	if !q.started || q.closed {
		q.mu.Unlock()
		return ErrClosed
	}
	if q.entries >= q.maxEntries || q.entries > 0 && q.bytes+size > q.maxBytes {
		entries, bytes := q.entries, q.bytes
		q.mu.Unlock()
		return fmt.Errorf("%w: %d of %d entries, %d of %d bytes wait", ErrQueueFull, entries, q.maxEntries, bytes, q.maxBytes)
	}
	q.waiting = append(q.waiting, e)
	q.entries++
	q.bytes += size
	signal := len(q.waiting) == 1 || len(q.waiting) == q.target
	q.mu.Unlock()
	if signal {
		q.signal()
	}
	return nil
}

func (q *queue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// below reports whether fewer than target entries wait. If so, wake gets a token
// when that many do.
func (q *queue) below(target int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.target = target
	return len(q.waiting) < target && !q.closed
}

// take gives all that waits to the writer; open is false once no more will come.
func (q *queue) take() (entries []*Entry, open bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		return nil, !q.closed
	}
	entries, q.waiting = q.waiting, nil
	if n := len(q.spare); n > 0 {
		q.waiting, q.spare = q.spare[n-1], q.spare[:n-1]
	}
	// One token at most is left over from this; it costs an empty look.
	if q.closed {
		q.signal()
	}
	return entries, true
}

// delivered takes a batch's slice back.
func (q *queue) delivered(batch []*Entry, entries int, bytes int64) {
	const keep, largest = 4, 1 << 13
	clear(batch)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries -= entries
	q.bytes -= bytes
	if len(q.spare) < keep && cap(batch) <= largest {
		q.spare = append(q.spare, batch[:0])
	}
}

func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *queue) depth() (entries int, bytes int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.entries, q.bytes
}
