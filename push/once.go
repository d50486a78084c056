package push

import (
	"context"
	"time"
)

// once sends b without a queue, and tries again as long as ctx grants.
func (t *target) once(ctx context.Context, b *Batch) error {
	if !acquire(ctx, t.turn, nil) {
		return context.Cause(ctx)
	}
	defer func() { <-t.turn }()
	t.mu.Lock()
	t.current.warnings = nil
	t.tell(eventOf(t.name, Pending, b))
	attempts, err := t.insist(ctx, b)
	ev := eventOf(t.name, Succeeded, b)
	if ev.Attempt, ev.Err = attempts, err; err != nil {
		ev.State, ev.told = Failed, true
	}
	t.say(ev)
	return err
}

// insist tries until b was taken, was refused for good, or ctx leaves no time. The
// caller has the turn.
func (t *target) insist(ctx context.Context, b *Batch) (attempts int, last error) {
	for n := 1; ; n++ {
		t.mu.Lock()
		err := t.circuit.err(time.Now())
		t.mu.Unlock()
		if err != nil {
			return n - 1, err
		}
		err = t.attempt(ctx, b)
		switch {
		case err == nil:
			return n, nil
		case ctx.Err() != nil && last != nil:
			return n, last // says more than that the time is up
		case ctx.Err() != nil, ClassOf(err) > Throttled, n == t.retry.Attempts:
			return n, err
		}
		last = err
		next := wait{planned: t.retry.wait(n, err)}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= next.planned {
			return n, err
		}
		ev := eventOf(t.name, Retrying, b)
		ev.Attempt, ev.Err, ev.Wait = n, err, next.planned
		t.say(ev)
		t.pause(ctx, next)
	}
}

// say reports an event after an attempt, of a caller that doesn't hold mu.
func (t *target) say(ev Event) {
	t.mu.Lock()
	ev.Warnings = t.current.warnings
	t.tell(ev)
}
