// Package load makes the load of benchmarks: pushes as fast as a gateway answers them,
// and scrapes. It shares the machine with the gateway, so it costs as little as it can:
// each connection has one prebuilt request in which only the digits of the group and the
// values change, and of a response only the status and the length are read.
package load

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Loop asks about many groups over keep-alive connections, on each one request after the
// other.
type Loop struct {
	Target
	Connections int
	Groups      int  // requests go round these
	Body        Body // of pushes; without one the groups are deleted
	Pushes      int  // stop after so many; 0: by Duration
	Duration    time.Duration
	WarmUp      time.Duration // before it
	Timeout     time.Duration // of one request; 0: none
	// Lenient counts what is refused and what breaks instead of stopping at the first.
	Lenient bool
}

// Result is what a Loop measured.
type Result struct {
	Rate   float64         // granted pushes per second
	Pushes int             // all that were granted, those of the warm-up too
	Took   []time.Duration // each push that counts, sorted
	Faults Faults          // of a lenient loop
}

// Quantile is how long at most the part q of the pushes took.
func (r *Result) Quantile(q float64) time.Duration {
	if len(r.Took) == 0 {
		return 0
	}
	return r.Took[min(int(q*float64(len(r.Took))), len(r.Took)-1)]
}

// loopRun is the state that the connections of one run share.
type loopRun struct {
	*Loop
	next       atomic.Int64 // number of the next push
	granted    atomic.Int64
	begin, end time.Time // what is answered in between counts
	faults     faultCounter
}

// loopTimeout bounds a loop beyond its own duration: a Pushgateway takes minutes
// for a hundred thousand groups.
const loopTimeout = 10 * time.Minute

// Run drives the load to its end. The first error stops it.
func (l *Loop) Run(ctx context.Context) (Result, error) {
	r := &loopRun{Loop: l, begin: time.Now().Add(l.WarmUp)}
	r.end = r.begin.Add(l.Duration)
	ctx, stop := context.WithTimeout(ctx, l.WarmUp+l.Duration+loopTimeout)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	took := make([][]time.Duration, l.Connections)
	var wg sync.WaitGroup
	for i := range took {
		wg.Go(func() {
			var err error
			if took[i], err = r.drive(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return Result{}, fmt.Errorf("load on %s: %w", l.Addr, err)
	}
	elapsed := l.Duration
	if l.Pushes > 0 {
		elapsed = time.Since(r.begin)
	}
	res := Result{Pushes: int(r.granted.Load()), Took: slices.Concat(took...), Faults: r.faults.counts}
	if len(res.Took) == 0 {
		return res, fmt.Errorf("load on %s: nothing was granted within %v%s", l.Addr, elapsed, res.Faults.after())
	}
	slices.Sort(res.Took)
	res.Rate = float64(len(res.Took)) / elapsed.Seconds()
	return res, nil
}

// driver is one connection of a run.
type driver struct {
	*loopRun
	conn    net.Conn    // nil: to be opened
	release func() bool // of what ends its waits when the run is ended
	request *Request
	buf     []byte
}

// drive asks over one connection at a time until the run is over, and returns how long
// each counted request took.
func (r *loopRun) drive(ctx context.Context) (took []time.Duration, err error) {
	d := &driver{loopRun: r, request: r.Target.Delete(), buf: make([]byte, 16<<10)}
	if r.Body.Len() > 0 {
		d.request = r.Target.Push(r.Body)
	}
	defer d.hangUp()
	for began := time.Now(); ; {
		n := int(r.next.Add(1)) - 1
		if r.over(n, began) {
			return took, nil
		}
		granted, err := d.ask(ctx, n)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		if granted && (r.Pushes > 0 || now.After(r.begin) && now.Before(r.end)) {
			took = append(took, now.Sub(began))
		}
		began = now
	}
}

// ask makes one request. A lenient loop has errors counted, and goes on.
func (d *driver) ask(ctx context.Context, n int) (granted bool, err error) {
	got, err := d.exchange(ctx, d.request.Next(n%d.Groups, n))
	if err != nil || got.Closes {
		d.hangUp()
	}
	switch {
	case err == nil && got.OK():
		d.granted.Add(1)
		return true, nil
	case err == nil:
		err = &statusError{code: got.Status, answer: string(got.Bytes)}
	}
	if !d.Lenient || ctx.Err() != nil {
		return false, err
	}
	d.faults.note(err)
	return false, d.pause(ctx)
}

func (d *driver) exchange(ctx context.Context, request []byte) (Response, error) {
	if d.conn == nil {
		conn, err := d.Connect(ctx)
		if err != nil {
			return Response{}, err
		}
		d.conn = conn
		d.release = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	}
	if d.Timeout > 0 {
		// This may undo the end of the run, which is noticed a Timeout later then.
		if err := d.conn.SetDeadline(time.Now().Add(d.Timeout)); err != nil {
			return Response{}, err
		}
	}
	if _, err := d.conn.Write(request); err != nil {
		return Response{}, err
	}
	return ReadResponse(d.conn, d.buf)
}

func (d *driver) hangUp() {
	if d.conn != nil {
		d.release()
		_ = d.conn.Close() // all that was asked is answered
		d.conn = nil
	}
}

// pause keeps a connection that fails from asking in a tight loop.
func (d *driver) pause(ctx context.Context) error {
	t := time.NewTimer(10 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// over tells whether push n is beyond the run's end.
func (r *loopRun) over(n int, now time.Time) bool {
	if r.Pushes > 0 {
		return n >= r.Pushes
	}
	return !now.Before(r.end)
}
