package push

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/headgate/headgate/push/spool"
)

// open makes the targets, or gives the first one its transport anew while the
// Pusher may still be changed. The caller holds mu.
func (p *Pusher) open() {
	if p.all != nil {
		if p.changed && p.primary == nil {
			p.all[0].use(p.compatible())
		}
		p.changed = false
		return
	}
	primary := p.primary
	if primary == nil {
		primary = p.compatible()
	}
	all := append([]namedTransport{{primaryName, primary}}, p.targets...)
	for _, n := range all {
		q, err := p.queue(n.name)
		t := newTarget(n.name, n.transport, q, &p.config, p.report)
		t.unspooled, p.spoolErr = err, errors.Join(p.spoolErr, err)
		if !p.breakerAsked {
			t.circuit.Failures = neverOpen
		}
		t.alone = len(all) == 1
		p.all = append(p.all, t)
	}
	p.changed = false
}

// queue opens a target's queue. A spool that can't be had is no reason not to push:
// only Start, which can say so before there is anything to lose, fails by the error,
// with which comes a queue in memory.
func (p *Pusher) queue(target string) (q *spool.Spool, unspooled error) {
	o := spool.Options{MaxMemory: p.memoryBytes, MaxBytes: p.spoolBytes, Logger: p.logger}
	if p.spoolDir != "" {
		dir := filepath.Join(p.spoolDir, target)
		q, unspooled = spool.Open(dir, o)
		if unspooled == nil {
			p.checkHome(dir, target)
			return q, nil
		}
	}
	o.MaxBytes = max(o.MaxBytes, 2*o.MaxMemory) // there is no file to bound
	q, err := spool.InMemory(o)
	if err != nil {
		panic(err) // the options were checked
	}
	return q, unspooled
}

// compatible is the transport of a Pusher that has no life of its own: it shares
// the connections of http.DefaultTransport, as client_golang's does, since nobody
// would close others. The caller holds mu.
func (p *Pusher) compatible() Transport {
	c := p.http
	if c.Client == nil {
		c.Client = &http.Client{}
	}
	return uncheckedHTTP(c)
}

// Start pushes at once and then at each interval, when enough samples are waiting,
// and when Flush or Close say so. It returns what is wrong with the Pusher, which
// then isn't started. It waits for a Push under way. The pushes at intervals end
// with ctx; call Close in any case.
func (p *Pusher) Start(ctx context.Context) error {
	unlock, err := p.order(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started && !p.closing {
		return errors.New("the Pusher was started already")
	}
	if _, err := p.usable(); err != nil {
		return err
	}
	if p.spoolErr != nil && !p.spoolOptional {
		return p.spoolErr
	}
	interval, err := p.newInterval()
	if err != nil {
		return err
	}
	if p.primary == nil {
		own, err := NewHTTP(p.http)
		if err != nil {
			return err
		}
		p.own = own
		p.all[0].use(own)
	}
	for _, t := range p.all {
		t.guard(p.breaker)
	}
	p.started = true
	p.run(ctx, interval)
	return nil
}

// check finds what can't work before anything is sent. The caller holds mu.
func (p *Pusher) check() error {
	if p.gathers() && p.records() {
		return fmt.Errorf("job %q: what is recorded doesn't travel as running totals, so it can't share a group with what is gathered: use WithTotals, or a Pusher with a grouping key of its own for the Recorder", p.job)
	}
	if p.recorder == nil {
		return nil
	}
	return errors.Join(p.recorder.checkReserved(p.reserved(p.key())), p.recorder.Err())
}

// reserved says which labels of the grouping key a metric may not have.
func (p *Pusher) reserved(key []Label) func(Label) error {
	return func(l Label) error {
		i := slices.IndexFunc(key, func(k Label) bool { return k.Name == l.Name })
		switch {
		case i < 0:
			return nil
		case p.policy != nil:
			return differs(l.Value, key[i])
		case l.Name == "job":
			return errors.New(`"job" is the Pusher's: leave it out`)
		}
		return fmt.Errorf("%q is a grouping label of the Pusher: leave it out, or take it off the grouping key", l.Name)
	}
}

// Recorder returns the Pusher's Recorder, which pushes what happens as it is told,
// without a registry. Ask for it before Start: where it can't share the group with
// what is gathered, one that comes later refuses everything, and Error says why.
func (p *Pusher) Recorder() *Recorder {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.recorder == nil {
		c := p.recording
		c.grouping = p.key()
		c.reserved = p.reserved(c.grouping)
		c.onRefused = p.report.refused
		c.wake = func() { signal(p.loop.wake) }
		p.recorder = newRecorder(c)
		p.source = nil
		if p.started && p.err == nil {
			p.err = p.check()
		}
		if p.closing || p.started && p.err != nil {
			p.recorder.close()
		}
	}
	return p.recorder
}
