package push

import (
	"errors"
	"fmt"
	"time"

	"github.com/headgate/headgate/push/spool"
)

var (
	errLost      = errors.New("not delivered")
	errLeft      = errors.New("not delivered before the Pusher was closed")
	errNeverSure = errors.New("too large for the target, and can't be split: an attempt before got no answer and may have counted")
)

// conclude says what becomes of e after an attempt that ended with err, and how
// long to wait before the next one.
func (t *target) conclude(e *spool.Entry, b *Batch, err error) wait {
	switch class := ClassOf(err); {
	case err == nil:
		t.finish(e, b)
	case class == TooLarge && b.Mode.ordered():
		return t.divide(e, b, err)
	case class == TooLarge || class == Final:
		t.giveUp(e, b, err)
	case t.retry.Attempts > 0 && t.current.attempts >= t.retry.Attempts:
		t.giveUp(e, b, fmt.Errorf("given up after %d attempts: %w", t.current.attempts, err))
		return t.rest(e, err)
	default:
		return t.again(e, b, err)
	}
	return wait{}
}

// again leaves e for another attempt. If newer state comes to wait behind it, that
// is what the next attempt sends.
func (t *target) again(e *spool.Entry, b *Batch, cause error) wait {
	t.mu.Lock()
	w := t.nextWait(cause)
	t.markUnsure(e, cause)
	ev := t.event(Retrying, b, cause)
	ev.Wait = w.planned
	t.tell(ev)
	return w
}

// rest is how long to wait after e was given up though it is the target that fails:
// as long as for another attempt, lest a whole queue be given up in a moment. Who
// waits for e needn't.
func (t *target) rest(e *spool.Entry, cause error) wait {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle(&spool.Entry{ID: e.ID + 1})
	return t.nextWait(cause)
}

// nextWait is how long to wait after an attempt that ended with cause. The caller holds mu.
func (t *target) nextWait(cause error) wait {
	least := max(t.retry.asked(cause), t.circuit.remaining(time.Now()))
	return wait{planned: max(t.retry.wait(t.failures, cause), least), least: least}
}

// markUnsure notes that e may have counted already. The caller holds mu.
func (t *target) markUnsure(e *spool.Entry, cause error) {
	if !e.Ordered || e.Unsure || !isUnsure(cause) {
		return
	}
	if err := t.queue.MarkUnsure(e); err != nil {
		t.report.spoolTrouble(t.name, err)
	}
}

func isUnsure(err error) bool {
	var send *SendError
	return !errors.As(err, &send) || send.Unsure
}

func (t *target) finish(e *spool.Entry, b *Batch) {
	t.mu.Lock()
	if err := t.queue.Done(e); err != nil {
		t.report.spoolTrouble(t.name, err)
	}
	ev := t.event(Succeeded, b, nil)
	t.current = sending{}
	t.tell(ev)
}

// giveUp takes e off the queue for good.
func (t *target) giveUp(e *spool.Entry, b *Batch, cause error) {
	t.mu.Lock()
	if err := t.queue.Fail(e, cause.Error()); err != nil {
		t.report.spoolTrouble(t.name, err)
	}
	ev := t.event(Failed, b, cause)
	t.current = sending{}
	ev.told = t.failed(e.ID, e.Ordered, ev)
	t.tell(ev)
}

// divide puts the halves of an ordered batch in its place.
func (t *target) divide(e *spool.Entry, b *Batch, cause error) wait {
	halves, err := split(b)
	if err != nil {
		t.giveUp(e, b, fmt.Errorf("%w: %w", err, cause))
		return wait{}
	}
	parts := make([]spool.Part, len(halves))
	for i, half := range halves {
		payload, err := appendEnvelope(nil, half)
		if err != nil {
			t.giveUp(e, b, errors.Join(cause, err))
			return wait{}
		}
		parts[i] = spool.Part{Payload: payload, Samples: half.Samples}
	}
	t.mu.Lock()
	err = t.queue.Split(e, parts)
	if err == nil {
		t.current, t.failures = sending{}, 0
	}
	t.mu.Unlock()
	switch {
	case errors.Is(err, spool.ErrUnsure):
		t.giveUp(e, b, fmt.Errorf("%w: %w", errNeverSure, cause))
	case err != nil: // the disk's doing, which may pass
		t.report.spoolTrouble(t.name, err)
		return t.again(e, b, cause)
	}
	return wait{}
}

// interrupted is the end of an attempt by the Pusher's own end, not the target's doing.
func (t *target) interrupted(e *spool.Entry, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.markUnsure(e, err)
}

// event is for callers that hold mu.
func (t *target) event(s State, b *Batch, err error) Event {
	ev := eventOf(t.name, s, b)
	ev.Attempt, ev.Err, ev.Warnings = t.current.attempts, err, t.current.warnings
	return ev
}
