package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// pacedLoad pushes by the clock instead of as fast as it is answered. How long a
// push takes counts from when it was due, so that a stall is seen by each push
// that it kept waiting, and not just by the one that was under way.
type pacedLoad struct {
	addr        string
	jobs        []string // pushes go round these
	groups      int      // of each job, in turn
	body        load.Body
	connections int
	every       time.Duration // from one push to the next, of all connections
	begin       time.Time     // the first is due
	duration    time.Duration
}

// pacedTimeout bounds a load beyond its own duration.
const pacedTimeout = 10 * time.Minute

// pacedResult is what a paced load saw.
type pacedResult struct {
	took    []time.Duration // of each push, sorted
	refused int             // answers other than 2xx
}

func (r *pacedResult) quantile(q float64) time.Duration { return r.took[int(q*float64(len(r.took)-1))] }

// run pushes until the time is over. A refused push counts, a broken connection is an error.
func (l *pacedLoad) run(ctx context.Context) (pacedResult, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Until(l.begin)+l.duration+pacedTimeout)
	defer cancel()
	drivers := make([]*pacedDriver, l.connections)
	errs := make([]error, l.connections)
	var wg sync.WaitGroup
	for i := range drivers {
		drivers[i] = &pacedDriver{plan: l, requests: map[string]*load.Request{}, buf: make([]byte, 16<<10)}
		wg.Go(func() { errs[i] = drivers[i].drive(ctx, i) })
	}
	wg.Wait()
	var res pacedResult
	for _, d := range drivers {
		res.took, res.refused = append(res.took, d.took...), res.refused+d.refused
	}
	slices.Sort(res.took)
	err := errors.Join(errs...)
	if err == nil && len(res.took) == 0 {
		err = fmt.Errorf("no push was due within %v", l.duration)
	}
	if err != nil {
		return res, fmt.Errorf("pushing to %s by the clock: %w", l.addr, err)
	}
	return res, nil
}

// pacedDriver is one connection of a paced load.
type pacedDriver struct {
	plan     *pacedLoad
	conn     net.Conn // nil: to be opened
	requests map[string]*load.Request
	buf      []byte
	took     []time.Duration
	refused  int
}

// drive makes every push whose number leaves the remainder first.
func (d *pacedDriver) drive(ctx context.Context, first int) error {
	defer func() { d.hangUp() }()
	for n := first; ; n += d.plan.connections {
		after := time.Duration(n) * d.plan.every
		if after >= d.plan.duration {
			return nil
		}
		due := d.plan.begin.Add(after)
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		got, err := d.push(ctx, n)
		if err != nil {
			return err
		}
		d.took = append(d.took, time.Since(due))
		if !got.OK() {
			d.refused++
		}
		if got.Closes {
			d.hangUp()
		}
	}
}

func (d *pacedDriver) push(ctx context.Context, n int) (load.Response, error) {
	if d.conn == nil {
		var dialer net.Dialer
		var err error
		if d.conn, err = dialer.DialContext(ctx, "tcp", d.plan.addr); err != nil {
			return load.Response{}, err
		}
	}
	unblock := context.AfterFunc(ctx, func() { _ = d.conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	job := d.plan.jobs[n%len(d.plan.jobs)]
	if d.requests[job] == nil {
		d.requests[job] = (&load.Target{Addr: d.plan.addr, Job: job}).Push(d.plan.body)
	}
	if _, err := d.conn.Write(d.requests[job].Next(n/len(d.plan.jobs)%d.plan.groups, n)); err != nil {
		return load.Response{}, err
	}
	return load.ReadResponse(d.conn, d.buf)
}

func (d *pacedDriver) hangUp() {
	if d.conn != nil {
		_ = d.conn.Close() // all that was asked is answered
		d.conn = nil
	}
}

// sleepUntil returns at once if the time has passed.
func sleepUntil(ctx context.Context, at time.Time) error {
	left := time.Until(at)
	if left <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
