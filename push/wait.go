package push

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/headgate/headgate/push/spool"
)

// waiter is a caller that waits for what it put to be settled.
type waiter struct {
	of    *target
	id    uint64 // of the entry
	scope scope
	key   string // of state, which newer state may supersede
	done  chan struct{}
	err   error // before done is closed the target's lock guards it
}

// scope is who waits for a batch that is put.
type scope uint8

const (
	forAll    scope = iota // somebody, who also wants to know what becomes of all before it
	forItself              // somebody, for this batch only
	atClose                // Close, which tells of what is lost in its LostError
	byNobody
)

func (w *waiter) settled() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}

// wait returns what became of what w stands for, or that ctx ended before.
func (w *waiter) wait(ctx context.Context) error {
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
	}
	w.of.mu.Lock()
	defer w.of.mu.Unlock()
	w.of.waiters = slices.DeleteFunc(w.of.waiters, func(other *waiter) bool { return other == w })
	if w.err != nil || w.settled() {
		return w.err
	}
	switch open, cause := w.of.circuit.err(time.Now()), w.of.cause; {
	case open != nil:
		return fmt.Errorf("%w: %w; %w", ErrWaiting, context.Cause(ctx), open)
	case cause != nil:
		return fmt.Errorf("%w: %w; the last attempt: %w", ErrWaiting, context.Cause(ctx), cause)
	}
	return fmt.Errorf("%w: %w", ErrWaiting, context.Cause(ctx))
}

// await adds a waiter, of which nobody takes care any more once t was closed. The
// caller holds mu.
func (t *target) await(id uint64, key string) *waiter {
	w := &waiter{of: t, id: id, key: key, done: make(chan struct{})}
	if t.closed {
		w.err = ErrClosed
		close(w.done)
		return w
	}
	t.waiters = append(t.waiters, w)
	return w
}

// barrier waits for all that was put so far.
func (t *target) barrier(s scope) *waiter {
	t.mu.Lock()
	defer t.mu.Unlock()
	signal(t.work) // the sender may have found the queue empty already
	w := t.await(t.lastID, "")
	w.scope = s
	return w
}

// failed notes the failure for those who wait for this entry, and returns whether
// there was somebody. If nobody but Close, what counts, and what it pushed itself, is
// kept for it to say. The caller holds mu.
func (t *target) failed(id uint64, counts bool, ev Event) (told bool) {
	closing := false
	for _, w := range t.waiters {
		switch {
		case id > w.id || id < w.id && w.scope == forItself:
		case w.scope == atClose && (counts || id == w.id):
			closing = true
		default:
			told = true
			w.err = cmp.Or(w.err, ev.Err)
		}
	}
	if !told && (counts || closing) {
		t.lost.Batches++
		t.lost.Samples += ev.Samples
		t.lost.Err = ev.Err
	}
	return told || closing
}

// abandon tells those who wait for what is left, the oldest first, that nobody will
// send it. The caller holds mu.
func (t *target) abandon(left []spool.Loss) {
	for _, w := range t.waiters {
		if len(left) > 0 && left[0].ID <= w.id && w.err == nil {
			w.err = errLeft
		}
	}
	t.settle(nil)
}

// settle lets those go whose entries were before head, which is now the first in
// the queue. An adopted entry has the id 0: it goes before all of our own. The caller holds mu.
func (t *target) settle(head *spool.Entry) {
	kept := t.waiters[:0]
	for _, w := range t.waiters {
		if head != nil && head.ID <= w.id {
			kept = append(kept, w)
			continue
		}
		close(w.done)
	}
	clear(t.waiters[len(kept):])
	t.waiters = kept
}
