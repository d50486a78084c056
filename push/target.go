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

// pause waits before the next attempt, until somebody is in a hurry at most.
func (t *target) pause(ctx context.Context, w wait) {
	timer := time.NewTimer(w.planned)
	defer timer.Stop()
	floor := time.Now().Add(w.least)
	select {
	case <-timer.C:
		return
	case <-t.last:
		return
	case <-ctx.Done():
		return
	case <-t.hurry:
	}
	timer.Reset(time.Until(floor))
	select {
	case <-timer.C:
	case <-t.last:
	case <-ctx.Done():
	}
}

// wait is how long until the next attempt, and how long for somebody in a hurry.
type wait struct{ planned, least time.Duration }

// calm forgets who was in a hurry: what they wanted is about to be tried.
func (t *target) calm() {
	for _, c := range []chan struct{}{t.hurry, t.last} {
		select {
		case <-c:
		default:
		}
	}
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

// signal wakes who waits on a channel of capacity 1, once for any number of signals.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
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
		b.Producer, b.Sequence = e.Producer, e.Sequence
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

// sending is what a target is about to send, or tries to send again.
type sending struct {
	id       uint64
	producer string
	sequence uint64
	batch    *Batch
	attempts int
}

func (s *sending) is(e *spool.Entry) bool {
	return s.batch != nil && s.id == e.ID && s.producer == e.Producer && s.sequence == e.Sequence
}

// begin notes what is sent next. If something else was being tried that has come to
// no end, this is newer state in its place.
func (t *target) begin(e *spool.Entry, b *Batch) {
	t.mu.Lock()
	before := t.current
	if before.is(e) {
		t.mu.Unlock()
		return
	}
	t.current = sending{id: e.ID, producer: e.Producer, sequence: e.Sequence, batch: b}
	if before.batch == nil || before.sequence > 0 || before.id > 0 && e.ID == 0 {
		t.mu.Unlock() // what was just adopted goes first, and before is still waiting
		return
	}
	ev := eventOf(t.name, Superseded, before.batch)
	ev.Attempt = before.attempts
	t.tell(ev)
}

// attempt sends b once.
func (t *target) attempt(ctx context.Context, b *Batch) error {
	t.mu.Lock()
	transport := t.transport
	t.current.attempts++
	t.mu.Unlock()
	start := time.Now()
	err := t.send(ctx, transport, b)
	took := time.Since(start)
	if err != nil && ctx.Err() != nil {
		return err // the caller's end says nothing about the target
	}
	t.report.attempted(t.name, took, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.circuit.saw(err, time.Now())
	t.seen.took = max(t.seen.took, took)
	t.seen.throttled = t.seen.throttled || err != nil && ClassOf(err) == Throttled
	t.seen.retryAfter = t.retry.asked(err)
	if t.cause = err; err != nil && ClassOf(err) <= Throttled { // else it is the batch that fails
		t.failures++
	} else {
		t.failures = 0
	}
	return err
}

// send is one Send with its timeout, or several if the target says that b is too
// large and b is state, which may go in parts.
func (t *target) send(ctx context.Context, transport Transport, b *Batch) error {
	attempt, cancel := context.WithTimeout(ctx, t.timeout)
	err := transport.Send(attempt, b)
	cancel()
	if err == nil || ClassOf(err) != TooLarge || b.Mode.ordered() {
		return err
	}
	parts, splitErr := split(b)
	if splitErr != nil {
		return errors.Join(err, splitErr)
	}
	for _, part := range parts {
		if err := t.send(ctx, transport, part); err != nil {
			return err
		}
	}
	return nil
}
