package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
)

// push is what Push, Add and Delete have in common.
func (p *Pusher) push(ctx context.Context, mode Mode) error {
	p.mu.Lock()
	targets, err := p.usable()
	p.mu.Unlock()
	if err != nil {
		return err
	}
	turn, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	unlock, err := p.order(turn)
	if err != nil {
		return err
	}
	if p.queues() {
		unlock()
		return p.through(ctx, mode)
	}
	defer unlock()
	b, gatherErr := p.state(mode)
	if b == nil {
		return gatherErr
	}
	ctx, cancel = context.WithTimeout(ctx, p.timeout)
	defer cancel()
	err = join(each(targets, func(t *target) error { return t.wrap(t.once(ctx, b)) })...)
	if err == nil {
		return gatherErr
	}
	return err
}

// queues is whether what is pushed goes through the queues, behind what may wait
// there. It stays so once it is. The caller has the order, lest what is sent past the
// queues meets what is put there.
func (p *Pusher) queues() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.started || p.flushed || p.spoolDir != "" || p.records()
}

// usable returns the targets, if the Pusher can be used. The caller holds mu.
func (p *Pusher) usable() ([]*target, error) {
	if p.report == nil {
		return nil, errZero
	}
	if p.closing {
		return nil, ErrClosed
	}
	if p.err != nil && !p.started {
		return nil, p.err
	}
	if !p.started {
		if err := p.check(); err != nil {
			return nil, err
		}
		p.open()
	}
	return p.all, nil
}

// through pushes by way of the queues: behind what already waits there.
func (p *Pusher) through(ctx context.Context, mode Mode) error {
	turn, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	own := p.everything(mode)
	own.waited = forItself
	p.mu.Lock()
	own.state = own.state || !p.records() // with nothing to gather, nothing is what is pushed, as client_golang does
	p.mu.Unlock()
	waiters, err := p.collect(turn, own)
	ctx, cancel = context.WithTimeout(ctx, p.timeout)
	defer cancel()
	return join(append(p.await(ctx, waiters, flushing), err)...)
}

// urgency is what a caller who waits may cut short.
type urgency bool

const (
	flushing urgency = false // the growing waits of retries
	closing  urgency = true  // any wait: there is no later
)

// await sees to it that what is queued is sent, and waits for that or ctx's end. It
// returns what went wrong with each.
func (p *Pusher) await(ctx context.Context, waiters []*waiter, how urgency) []error {
	p.mu.Lock()
	started := p.started
	p.mu.Unlock()
	return each(waiters, func(w *waiter) error {
		switch {
		case !started:
			w.of.drain(ctx, w)
		case how == closing:
			signal(w.of.last)
		default:
			signal(w.of.hurry)
		}
		return w.of.wrap(w.wait(ctx))
	})
}

// each calls f for all at once and returns the errors in their order.
func each[T any](all []T, f func(T) error) []error {
	errs := make([]error, len(all))
	if len(all) == 1 {
		errs[0] = f(all[0])
		return errs
	}
	var wg sync.WaitGroup
	for i, v := range all {
		wg.Go(func() { errs[i] = f(v) })
	}
	wg.Wait()
	return errs
}

// join is errors.Join that says a thing once, and a single error in its own words.
func join(errs ...error) error {
	var said []error
	for _, err := range errs {
		if err != nil && !slices.ContainsFunc(said, func(e error) bool { return e.Error() == err.Error() }) {
			said = append(said, err)
		}
	}
	if len(said) == 1 {
		return said[0]
	}
	return errors.Join(said...)
}

// wrap says whose error it is where there are several targets. The error of the
// only target is passed on in its own words, which are client_golang's.
func (t *target) wrap(err error) error {
	if err == nil || t.alone {
		return err
	}
	return fmt.Errorf("target %q: %w", t.name, err)
}
