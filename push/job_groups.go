package push

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/prometheus/client_golang/prometheus"
)

// pusher returns one for the group of the run.
func (r *JobRun) pusher(change func(*config)) *Pusher {
	return r.grouped(change).Grouping("instance", cmp.Or(r.config.job.instance, r.run.host))
}

// counting returns a Pusher for the sums over all runs. That the next run is due
// is the run's group's to say, and its sums outlive what a scrape takes away.
func (r *JobRun) counting() *Pusher {
	return r.grouped(func(c *config) { c.lifetime = Lifetime{TTL: c.lifetime.TTL} })
}

func (r *JobRun) grouped(change func(*config)) *Pusher {
	c := r.config
	change(&c)
	url := cmp.Or(c.job.url, os.Getenv("HEADGATE_URL"), "http://localhost:9091")
	p := newPusher(url, r.name, c, nil)
	for _, l := range c.job.labels {
		p.Grouping(l.Name, l.Value)
	}
	return p
}

// pushMetrics pushes the job's own metrics, with a Pusher of their own: what is wrong
// with them is not to cost what is known of the run.
func (r *JobRun) pushMetrics(ctx context.Context, g prometheus.Gatherer) error {
	if g == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.config.closeTimeout)
	defer cancel()
	if err := addAndClose(ctx, r.pusher(func(*config) {}).Gatherer(g)); err != nil {
		return fmt.Errorf("the job's own metrics: %w", err)
	}
	return nil
}

// addAndClose is the only push of a Pusher. What a spool keeps is not lost.
func addAndClose(ctx context.Context, p *Pusher) error {
	err := p.AddContext(ctx)
	if errors.Is(err, ErrWaiting) && p.spooling() {
		err = nil // Close says whether it is lost
	}
	return join(err, p.Close(ctx))
}

// spooling is whether a spool keeps what waits.
func (p *Pusher) spooling() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.spoolDir != "" && p.spoolErr == nil
}
