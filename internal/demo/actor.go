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
	grouping   [2]string     // a label of the grouping key besides the job, if any; "" as its value is the run's number
	every      time.Duration // from the start of one run to that of the next; 0: one run
	overlaps   bool          // a run starts though the one before hasn't ended
	options    []push.Option
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

// perform is one run: it pushes at the start, so that a run that hangs is seen, and what
// became of it at the end.
func (a *actor) perform(ctx context.Context, n int) {
	p := a.pusher(n)
	a.running.Add(1)
	defer a.running.Add(-1)
	r := p.Recorder()
	began := time.Now()
	r.Gauge("job_start_timestamp_seconds", "When the last run started.").Set(seconds(began))
	err := p.Flush(ctx)
	if err == nil {
		err = a.run(ctx, &run{Recorder: r, n: n})
	}
	if ctx.Err() == nil {
		a.runs.Add(1)
		a.outcome(r, began, err)
	}
	if err := errors.Join(p.Close(ctx), r.Err()); err != nil && ctx.Err() == nil {
		a.log.Info("not delivered", "job", a.job, "err", err)
	}
}

func (a *actor) pusher(n int) *push.Pusher {
	options := []push.Option{push.WithTotals(), push.WithMerge(), push.WithHook(a.hear), push.WithLogger(a.log)}
	p := push.New(a.url, a.job, append(options, a.options...)...)
	if name, value := a.grouping[0], a.grouping[1]; name != "" {
		p.Grouping(name, cmp.Or(value, strconv.Itoa(n+1)))
	}
	return p
}

func (a *actor) outcome(r *push.Recorder, began time.Time, err error) {
	success := r.Gauge("job_success", "Whether the last run succeeded.")
	r.Gauge("job_duration_seconds", "Duration of the last run.").Set(time.Since(began).Seconds())
	if err != nil {
		a.failed.Add(1)
		success.Set(0)
		return
	}
	success.Set(1)
	r.Gauge("job_last_success_timestamp_seconds", "When a run last succeeded.").Set(seconds(time.Now()))
}

// hear counts the pushes that the gateway refused.
func (a *actor) hear(e push.Event) {
	if sent, ok := errors.AsType[*push.SendError](e.Err); ok && e.State == push.Failed && sent.StatusCode != 0 {
		a.refused.Add(1)
	}
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// work takes as long as a job would, unless it is ended.
func work(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
