package push

import (
	"context"
	"fmt"
	"time"

	"github.com/headgate/headgate/push/spool"
)

// sending is what a target is about to send, or tries to send again.
type sending struct {
	id       uint64
	producer string
	sequence uint64
	batch    *Batch
	attempts int
	warnings []Warning // of the last attempt
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
	t.current.warnings = nil
	t.mu.Unlock()
	start := time.Now()
	hearing, heard := hear(ctx)
	err := t.send(hearing, transport, b)
	took := time.Since(start)
	warnings := heard.end()
	t.report.warned(t.name, b.Job, warnings)
	if err != nil && ctx.Err() != nil {
		return err // the caller's end says nothing about the target
	}
	t.report.attempted(t.name, took, err)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.current.warnings = warnings
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
		return fmt.Errorf("%w: %w", splitErr, err)
	}
	for _, part := range parts {
		if err := t.send(ctx, transport, part); err != nil {
			return err
		}
	}
	return nil
}
