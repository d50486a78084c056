package demo

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/headgate/headgate/push"
)

// role is one invented job.
type role struct {
	job, shows string
	instance   string        // default instance
	label      string        // of the grouping key besides, with the number of the run; "" for none
	every      time.Duration // from the start of one run to that of the next; 0: one run
	overlaps   bool          // a run starts though the one before hasn't ended
	told       []push.Option // what the gateway is told of its runs
	run        func(context.Context, *run) error
}

// run is one run of a job.
type run struct {
	*push.Recorder
	n int // counts from 0
}

// actor plays a role. What it counts may be read while it acts.
type actor struct {
	role
	url string
	log *slog.Logger

	runs, failed, refused, running atomic.Int64
}

// act plays until ctx ends.
func (a *actor) act(ctx context.Context) {
	var under sync.WaitGroup
	defer under.Wait()
	for n := 0; ; n++ {
		next := time.NewTimer(a.every)
		if a.overlaps {
			under.Go(func() { a.perform(ctx, n) })
		} else {
			a.perform(ctx, n)
		}
		if a.every == 0 {
			next.Stop()
			return
		}
		select {
		case <-next.C:
		case <-ctx.Done():
			next.Stop()
			return
		}
	}
}

// perform is one run. push.Job tells of it, so that one that hangs is seen, and what the
// job itself has to say is pushed to the same group.
func (a *actor) perform(ctx context.Context, n int) {
	a.running.Add(1)
	defer a.running.Add(-1)
	err := push.Job(ctx, a.job, func(ctx context.Context) error { return a.work(ctx, n) }, a.options(n)...)
	if ctx.Err() != nil {
		return // the demo ends, and not the run
	}
	a.runs.Add(1)
	if err != nil {
		a.failed.Add(1)
		a.log.Info("run failed", "job", a.job, "err", err)
	}
}

// instance is the label of those that have no other.
const instance = "demo"

func (a *actor) options(n int) []push.Option {
	all := []push.Option{push.WithURL(a.url), push.WithInstance(cmp.Or(a.instance, instance)), push.WithLogger(a.log)}
	if a.label != "" {
		all = append(all, push.WithLabel(a.label, strconv.Itoa(n+1)))
	}
	return append(all, a.told...)
}

// work does the job, and pushes what it recorded.
func (a *actor) work(ctx context.Context, n int) error {
	p := push.New(a.url, a.job, push.WithTotals(), push.WithMerge(), push.WithHook(a.hear), push.WithLogger(a.log)).
		Grouping("instance", cmp.Or(a.instance, instance))
	if a.label != "" {
		p.Grouping(a.label, strconv.Itoa(n+1))
	}
	err := a.run(ctx, &run{Recorder: p.Recorder(), n: n})
	if pushed := p.Close(ctx); pushed != nil { // which is no failure of the job
		a.log.Info("not delivered", "job", a.job, "err", pushed)
	}
	return err
}

// hear counts the pushes that the gateway refused.
func (a *actor) hear(e push.Event) {
	if sent, ok := errors.AsType[*push.SendError](e.Err); ok && e.State == push.Failed && sent.StatusCode != 0 {
		a.refused.Add(1)
	}
}

// takes is as long as a job would, unless it is ended.
func takes(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
