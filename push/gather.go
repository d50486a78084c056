package push

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"

	"github.com/headgate/headgate/push/internal/wire"
)

// gathers is whether there is cumulative state to push. The caller holds mu.
func (p *Pusher) gathers() bool {
	return p.collectors || len(p.gatherers) > 0 || p.recorder != nil && p.recording.mode == recordTotals
}

// records is whether there is something to push that counts batch by batch. The caller holds mu.
func (p *Pusher) records() bool {
	return p.recorder != nil && p.recording.mode != recordTotals
}

// sources returns one Gatherer for all that the Pusher gathers. The caller holds mu.
func (p *Pusher) sources() prometheus.Gatherer {
	if p.source != nil {
		return p.source
	}
	var all prometheus.Gatherers
	if p.collectors {
		all = append(all, p.registry)
	}
	all = append(all, p.gatherers...)
	if p.policy != nil && len(all) > 0 {
		all = prometheus.Gatherers{p.policy.Gatherer(only(all), p.key()...)}
	}
	if p.recorder != nil && p.recording.mode == recordTotals {
		all = append(all, p.recorder) // its series have been through the policy
	}
	p.source = only(all)
	return p.source
}

// only returns a sole Gatherer as it is if it checks and sorts what it gathers:
// doing it again takes longer than the rest of a push.
func only(all prometheus.Gatherers) prometheus.Gatherer {
	if len(all) == 1 {
		switch all[0].(type) {
		case *prometheus.Registry, *Recorder:
			return all[0]
		}
	}
	return all
}

// state gathers a batch of cumulative state. With the batch may come the error of
// collectors whose metrics aren't in it.
func (p *Pusher) state(mode Mode) (*Batch, error) {
	p.mu.Lock()
	source, b, key := p.sources(), p.batch(mode), p.key()
	if p.recorder != nil {
		p.pushed = p.recorder.stats().recorded
	}
	p.mu.Unlock()
	if mode == Delete {
		return b, nil
	}
	if p.told != nil {
		b.Run = p.told()
	}
	families, err := source.Gather()
	if err != nil {
		p.report.gatherFailed()
		if p.strict || len(families) == 0 { // to replace the group by nothing would wipe it
			return nil, err
		}
	}
	legacy, clash := p.checkNames(families, key)
	if clash != nil {
		p.report.gatherFailed()
		return nil, clash
	}
	for _, f := range families {
		b.Samples += len(f.GetMetric())
	}
	b.families, b.legacy = families, legacy
	return b, err
}

// batch returns an empty one. The caller holds mu.
func (p *Pusher) batch(mode Mode) *Batch {
	return &Batch{Job: p.job, Grouping: p.grouping, Mode: mode, Lifetime: p.lifetime}
}

// checkNames looks for labels of the grouping key, and tells whether all names are
// legacy ones. A label whose name is that of the series before, at the same place,
// isn't looked at again: the series of a vector share their names' bytes.
func (p *Pusher) checkNames(families []*dto.MetricFamily, key []Label) (legacy bool, err error) {
	legacy = true
	var seen []string
	for _, f := range families {
		legacy = legacy && wire.LegacyName(f.GetName())
		for _, m := range f.GetMetric() {
			for i, l := range m.GetLabel() {
				name := l.GetName()
				if i < len(seen) && seen[i] == name {
					continue
				}
				if err := p.collision(f, m, l, key); err != nil {
					return false, err
				}
				// The value of a label __name__ would have to be looked at, too.
				legacy = legacy && wire.LegacyName(name) && name != model.MetricNameLabel
				seen = append(seen[:min(i, len(seen))], name)
			}
		}
	}
	return legacy, nil
}

// collision is the error of a metric whose label l is in the grouping key, in
// client_golang's words unless there is a policy.
func (p *Pusher) collision(f *dto.MetricFamily, m *dto.Metric, l *dto.LabelPair, key []Label) error {
	name := l.GetName()
	i := slices.IndexFunc(key, func(k Label) bool { return k.Name == name })
	switch {
	case i < 0:
		return nil
	case p.policy != nil:
		return fmt.Errorf("metric %q: label %q: %w", f.GetName(), name, differs(l.GetValue(), key[i]))
	case name == "job":
		return fmt.Errorf("pushed metric %s (%s) already contains a job label", f.GetName(), m)
	}
	return fmt.Errorf("pushed metric %s (%s) already contains grouping label %s", f.GetName(), m, name)
}

// differs is the error of a label that a policy lets through although the grouping
// key has another value. Where it has the same, the label is left out.
func differs(value string, key Label) error {
	if value == key.Value {
		return fmt.Errorf("it was recorded as %q before %q was a grouping label: call Grouping first", value, key.Name)
	}
	return fmt.Errorf("it is %q after the label policy, but %q in the grouping key: want the same value, or another name", value, key.Value)
}

// recorded takes what was recorded since the last time. nil if that was nothing.
func (p *Pusher) recorded() *Batch {
	p.mu.Lock()
	b, r := p.batch(Delta), p.recorder
	p.mu.Unlock()
	if p.recording.mode == recordSamples {
		b.Mode = Samples
	}
	b.families, b.Samples = r.drain()
	if b.Samples == 0 && !p.silent() {
		return nil
	}
	p.mu.Lock()
	p.spoke = time.Now()
	p.mu.Unlock()
	return b
}

// silent is whether the gateway is about to take a process that has nothing to add
// for one that is gone: then it gets an empty batch.
func (p *Pusher) silent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	patience := p.lifetime.TTL
	if e := p.lifetime.Expect; e > 0 && (patience == 0 || e < patience) {
		patience = e
	}
	return p.started && patience > 0 && time.Since(p.spoke) >= patience/3
}

// order waits until nobody else gathers and queues, so that what is gathered later
// is sent later. The caller unlocks.
func (p *Pusher) order(ctx context.Context) (unlock func(), err error) {
	if p.report == nil {
		return nil, errZero
	}
	if acquire(ctx, p.collecting, nil) {
		return func() { <-p.collecting }, nil
	}
	return nil, fmt.Errorf("waiting for another push of this Pusher: %w", context.Cause(ctx))
}

// acquire takes the one place in c if it is free, and else waits for it until ctx
// ends or done is closed.
func acquire(ctx context.Context, c chan struct{}, done <-chan struct{}) bool {
	select {
	case c <- struct{}{}:
		return true
	default:
	}
	select {
	case c <- struct{}{}:
		return true
	case <-ctx.Done():
	case <-done:
	}
	return false
}

// what is to be collected.
type what struct {
	state    bool // all that is gathered, or that the group is to go, as mode says
	mode     Mode
	recorded bool // what was recorded since the last time

	waited scope // who waits for it
	last   bool  // Close's, which nothing may follow
}

// all is what a push collects that isn't told otherwise.
func (p *Pusher) everything(mode Mode) what {
	p.mu.Lock()
	defer p.mu.Unlock()
	return what{state: p.gathers() || mode == Delete, mode: mode, recorded: mode != Delete}
}

// collect queues what there is to push at every target, what was recorded even if
// gathering fails. It returns what to wait for, and what went wrong.
func (p *Pusher) collect(ctx context.Context, w what) ([]*waiter, error) {
	unlock, err := p.order(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	p.mu.Lock()
	records, targets, recorder := p.records() && w.recorded, p.all, p.recorder
	late := p.closing && !w.last
	p.mu.Unlock()
	if late {
		return nil, ErrClosed
	}
	var batches []*Batch
	var errs []error
	if recorder != nil {
		errs = append(errs, recorder.Err())
	}
	if records {
		batches = append(batches, p.recorded())
	}
	if w.state {
		b, err := p.state(w.mode)
		batches, errs = append(batches, b), append(errs, err)
	}
	var waiters []*waiter
	for _, b := range batches {
		if b == nil || (w.waited == byNobody || w.last) && p.nothingYet(b) {
			continue
		}
		ws, err := putAll(targets, b, w.waited)
		waiters, errs = append(waiters, ws...), append(errs, err)
	}
	return waiters, errors.Join(errs...)
}

// nothingYet is whether a process that has just begun has nothing to replace its
// group by: the values of the run before stay until it has.
func (p *Pusher) nothingYet(b *Batch) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.began = p.began || b.Samples > 0
	return !p.began && b.Mode == Replace
}

// putAll queues b at each target. It is encoded once.
func putAll(targets []*target, b *Batch, waited scope) (waiters []*waiter, err error) {
	if b.encoded, err = b.Encoded(); err != nil {
		return nil, err
	}
	key := b.key()
	b.families = nil
	var errs []error
	for _, t := range targets {
		own := *b
		w, err := t.put(&own, key, waited)
		if err != nil {
			errs = append(errs, t.wrap(err))
			continue
		}
		if w != nil {
			waiters = append(waiters, w)
		}
	}
	return waiters, errors.Join(errs...)
}
