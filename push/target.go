package push

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/headgate/headgate/push/spool"
)

// target is a Transport and all that it takes to get batches there: a queue, the
// retries, a circuit breaker. It sends one batch at a time, in order.
type target struct {
	name    string
	timeout time.Duration // of an attempt
	retry   Retry
	report  *reporter
	alone   bool // the Pusher's only target

	unspooled error // why it has no spool, though there should be one

	// turn is held by who sends: the goroutine of run, or a caller of drain or once.
	turn chan struct{}
	// hurry ends the wait for the next attempt, but not one that the target asked for
	// or the circuit breaker makes. last ends any.
	hurry, last chan struct{}
	// work says that there is something in the queue.
	work chan struct{}

	// telling is held while events are told, and taken before mu is let go of, so
	// that they are told in the order in which they happened.
	telling sync.Mutex

	mu        sync.Mutex // guards all below; not held while sending
	transport Transport
	queue     *spool.Spool
	circuit   circuit
	lastID    uint64 // of what was put
	failures  int    // of the target in a row
	cause     error  // why the last of them failed
	current   sending
	waiters   []*waiter
	closed    bool      // and the queue with it
	lost      LostError // what nobody was told yet
	seen      feedback  // since the last tick
}

func newTarget(name string, t Transport, q *spool.Spool, c *config, r *reporter) *target {
	return &target{
		name: name, timeout: c.timeout, retry: c.retry, report: r, transport: t, queue: q,
		circuit: circuit{Breaker: c.breaker},
		turn:    make(chan struct{}, 1), work: make(chan struct{}, 1),
		hurry: make(chan struct{}, 1), last: make(chan struct{}, 1),
	}
}

// run sends what is put until ctx ends.
func (t *target) run(ctx context.Context) {
	if !acquire(ctx, t.turn, nil) {
		return
	}
	defer func() { <-t.turn }()
	for ctx.Err() == nil {
		if next, more := t.step(ctx); more {
			t.pause(ctx, next)
			continue
		}
		select {
		case <-t.work:
		case <-ctx.Done():
		}
	}
}

// drain sends what is waiting until w is settled or ctx ends, for a Pusher that
// wasn't started, unless somebody else does: it may have been started meanwhile.
func (t *target) drain(ctx context.Context, w *waiter) {
	if !acquire(ctx, t.turn, w.done) {
		return
	}
	defer func() { <-t.turn }()
	for ctx.Err() == nil && !w.settled() {
		next, more := t.step(ctx)
		if !more || w.settled() {
			return
		}
		t.pause(ctx, next)
	}
}

// step makes one attempt to send the head of the queue. It returns whether there
// was one, and how long to wait before the next step.
func (t *target) step(ctx context.Context) (next wait, more bool) {
	t.calm()
	e, err := t.head()
	if errors.Is(err, spool.ErrClosed) {
		return wait{}, false
	}
	if err != nil {
		// What is in a spool that can't be read waits for better times, or the next process.
		t.report.spoolTrouble(t.name, err)
		return wait{t.retry.Max, t.retry.Max}, true
	}
	if e == nil {
		return wait{}, false
	}
	b, err := batchOf(e)
	if err != nil {
		// Not even the batch's job can be told; its samples can.
		t.giveUp(e, &Batch{Samples: e.Samples, Producer: e.Producer, Sequence: e.Sequence}, err)
		return wait{}, true
	}
	t.begin(e, b)
	err = t.attempt(ctx, b)
	if err != nil && ctx.Err() != nil {
		t.interrupted(e, err)
		return wait{}, true
	}
	return t.conclude(e, b, err), true
}

func batchOf(e *spool.Entry) (*Batch, error) {
	b, err := readEnvelope(e.Payload)
	if err != nil {
		return nil, err
	}
	b.Samples = e.Samples
	if e.Ordered {
		b.Producer, b.Sequence, b.Unsure, b.Taken = e.Producer, e.Sequence, e.Unsure, e.Time
	}
	return b, nil
}

// head returns the oldest entry that waits, nil if there is none.
func (t *target) head() (*spool.Entry, error) {
	t.mu.Lock()
	e, err := t.queue.Head()
	events := t.losses(t.queue.Losses())
	if err == nil {
		t.settle(e)
	}
	t.tell(events...)
	return e, err
}

// use changes the transport for the attempts to come.
func (t *target) use(transport Transport) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.transport = transport
}

// status is for the Pusher's metrics.
func (t *target) status() (waiting spool.Stats, open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.queue.Stats(), t.circuit.open()
}

// tell reports events. The caller holds mu, which tell lets go of.
func (t *target) tell(events ...Event) {
	t.telling.Lock()
	defer t.telling.Unlock()
	t.mu.Unlock()
	for _, ev := range events {
		t.report.event(ev)
	}
}
