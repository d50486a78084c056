package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/headgate/headgate/push/spool"
)

// LostError is what was not delivered, in the whole life of a Pusher, and that no
// Push or Flush was told of.
type LostError struct {
	Batches, Samples int
	Err              error // why the last of it failed
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%s with %s lost: %v", amount(e.Batches, "batch", "batches"), amount(e.Samples, "sample", "samples"), e.Err)
}

func amount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func (e *LostError) Unwrap() error { return e.Err }

// Flush pushes at once all there is to push, and what waits to be sent again. It
// returns when that is settled or ctx ends, and with what failed.
func (p *Pusher) Flush(ctx context.Context) error {
	p.mu.Lock()
	_, err := p.usable()
	p.flushed = true
	p.mu.Unlock()
	if err != nil {
		return err
	}
	waiters, err := p.collect(ctx, p.everything(p.mode()))
	p.mu.Lock()
	for _, t := range p.all {
		waiters = append(waiters, t.barrier(forAll))
	}
	p.mu.Unlock()
	return join(append(p.await(ctx, waiters, flushing), err)...)
}

// Close waits for the push under way, gathers and pushes once more, and lets go of
// all that the Pusher holds. It takes at most as long as WithCloseTimeout says,
// and as the collectors take, whether ctx was cancelled or not. What isn't
// delivered by then is left in the spool, or lost: then the error has a *LostError.
// Further calls wait for the first and return the same.
//
// A Pusher that wasn't started pushes only what was recorded and not pushed yet.
func (p *Pusher) Close(ctx context.Context) error {
	p.mu.Lock()
	if p.report == nil {
		p.mu.Unlock()
		return errZero
	}
	if p.closing {
		p.mu.Unlock()
		<-p.closed
		return p.closeErr
	}
	_, err := p.usable()
	if err == nil {
		err = p.err // a change that came too late
	}
	p.closing = true
	p.mu.Unlock()
	defer close(p.closed)
	p.closeErr = err
	if err == nil || p.started {
		p.closeErr = join(err, p.shut(ctx))
	} else {
		p.closeErr = join(err, p.release())
	}
	return p.closeErr
}

func (p *Pusher) shut(ctx context.Context) error {
	close(p.loop.stop)
	p.loop.collector.Wait()
	turn, cancel := context.WithTimeout(context.WithoutCancel(ctx), p.closeTimeout)
	defer cancel()
	waiters, err := p.last(turn)
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), p.closeTimeout)
	defer cancel()
	for _, t := range p.all {
		waiters = append(waiters, t.barrier(atClose))
	}
	errs := []error{err}
	for _, err := range p.await(ctx, waiters, closing) {
		// What merely waits still, the targets are about to say better.
		if !errors.Is(err, ErrWaiting) {
			errs = append(errs, err)
		}
	}
	if p.started {
		p.loop.cut()
		p.loop.senders.Wait()
	}
	return join(append(errs, p.release())...)
}

// release lets go of the queues and connections, when all senders have ended.
func (p *Pusher) release() error {
	p.mu.Lock()
	if p.recorder != nil {
		p.recorder.close()
	}
	p.mu.Unlock()
	var errs []error
	for _, t := range p.all {
		errs = append(errs, t.wrap(t.close()))
	}
	if p.own != nil {
		errs = append(errs, p.own.Close())
	}
	return join(errs...)
}

// last queues the last batches. What is recorded from then on is refused, so that
// nothing can get lost unseen.
func (p *Pusher) last(ctx context.Context) ([]*waiter, error) {
	p.mu.Lock()
	started, recorder, gathers := p.started, p.recorder, p.gathers()
	unsent := recorder != nil && p.recording.mode == recordTotals && recorder.stats().recorded > p.pushed
	p.mu.Unlock()
	if recorder != nil {
		recorder.close()
	}
	return p.collect(ctx, what{
		state:    started && (gathers || p.deleteOnClose) || unsent,
		mode:     p.lastMode(),
		recorded: true,
		last:     true,
		waited:   atClose,
	})
}

func (p *Pusher) lastMode() Mode {
	if p.deleteOnClose {
		return Delete
	}
	return p.mode()
}

// close closes the queue of a target whose sender has ended. What a spool holds is
// for the next process; what only memory holds is lost.
func (t *target) close() error {
	t.mu.Lock()
	left, lost := t.queue.Left(), t.lost
	if lost.Err == nil {
		lost.Err = cmp.Or(t.cause, errLeft)
	}
	err := t.queue.Close()
	t.closed = true
	t.abandon(left)
	signal(t.last) // for who drains a Pusher that wasn't started
	events := t.replaced(left)
	var kept LostError
	for _, l := range left {
		ev, sum := t.leftQueue(Spooled, l, nil), &kept
		if l.InMemory {
			ev, sum = t.leftQueue(Failed, l, errLeft), &lost
			ev.told = true
		}
		sum.Batches++
		sum.Samples += l.Samples
		events = append(events, ev)
	}
	t.tell(events...)
	if kept.Batches > 0 {
		t.report.spooled(t.name, kept.Batches, kept.Samples, lost.Err)
	}
	if lost.Batches == 0 {
		return err
	}
	return errors.Join(&lost, err)
}

// replaced tells of state in whose place newer state came while it was under way, and
// that no attempt came after. The caller holds mu.
func (t *target) replaced(left []spool.Loss) []Event {
	c := t.current
	if c.batch == nil || slices.ContainsFunc(left, func(l spool.Loss) bool {
		return l.ID == c.id && l.Producer == c.producer && l.Sequence == c.sequence
	}) {
		return nil
	}
	return []Event{t.event(Superseded, c.batch, nil)}
}
