package push

import (
	"context"
	"errors"
	"sync"
	"time"
)

// loop is the goroutine that pushes at intervals, and those of the targets.
type loop struct {
	wake chan struct{} // enough samples wait
	stop chan struct{} // closed by Close

	collector sync.WaitGroup
	senders   sync.WaitGroup
	cut       context.CancelFunc // ends the senders
}

// run starts the goroutines. Close ends them and waits for them.
func (p *Pusher) run(ctx context.Context, iv *interval) {
	// A push under way, and the last one, outlive ctx.
	senders, cut := context.WithCancel(context.WithoutCancel(ctx))
	p.loop.cut = cut
	for _, t := range p.all {
		p.loop.senders.Go(func() { t.run(senders) })
	}
	p.loop.collector.Go(func() { p.tick(ctx, senders, iv) })
}

// tick collects at once, at each interval until ctx ends, and when woken until Close.
// What it does it does with work, which doesn't end before.
func (p *Pusher) tick(ctx, work context.Context, iv *interval) {
	p.report.length(iv.length())
	p.periodic(work)
	timer := time.NewTimer(iv.first())
	defer timer.Stop()
	if p.interval == 0 {
		timer.Stop()
	}
	done, adopted := ctx.Done(), time.Now()
	for {
		select {
		case <-p.loop.stop:
			return
		case <-done:
			timer.Stop()
			done = nil
		case <-p.loop.wake:
			p.periodic(work)
		case <-timer.C:
			if time.Since(adopted) >= adoptEvery {
				p.adopt()
				adopted = time.Now()
			}
			p.periodic(work)
			next := iv.next(p.feedback())
			p.report.length(iv.length())
			timer.Reset(next)
		}
	}
}

// adoptEvery is how often a Pusher looks for what others of its spool left behind.
const adoptEvery = 5 * time.Minute

// adopt takes over what processes that ended since have left in the spool. A push
// has to follow: what they left of our own group is older than what we have sent.
func (p *Pusher) adopt() {
	for _, t := range p.all {
		switch n, err := t.queue.Adopt(); {
		case err != nil:
			p.report.spoolTrouble(t.name, err)
		case n > 0:
			signal(t.work)
		}
	}
}

// periodic is a push that nobody waits for.
func (p *Pusher) periodic(ctx context.Context) {
	all := p.everything(p.mode())
	all.waited = byNobody
	if _, err := p.collect(ctx, all); err != nil && !errors.Is(err, ErrClosed) {
		p.report.log("not all could be gathered and queued", "", "job", p.job, "err", err)
	}
}

// mode is that of the pushes that Start begins.
func (p *Pusher) mode() Mode {
	if p.merge {
		return Merge
	}
	return Replace
}

// feedback is what the targets say of the pushes since the last tick.
func (p *Pusher) feedback() feedback {
	all := make([]feedback, len(p.all))
	for i, t := range p.all {
		all[i] = t.strain()
	}
	return easiest(all)
}

// strain hands over what the target did since the last call.
func (t *target) strain() feedback {
	t.mu.Lock()
	defer t.mu.Unlock()
	f := t.seen
	f.backlog = t.queue.Stats().Entries > 0 && t.failures > 0
	t.seen = feedback{}
	return f
}
