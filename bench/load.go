package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load pushes one body to many groups over keep-alive connections, as fast as
// the server answers. It shares two cores with the server, so it costs as little
// as it can: each connection has one prebuilt request in which only the digits
// of the group and the values change, and of a response only the status and the
// length are read.
type load struct {
	addr        string
	connections int
	groups      int // pushes go round these
	body        pushBody
	expires     time.Time     // when the groups are to go; zero: never
	pushes      int           // stop after so many; 0: by duration
	duration    time.Duration // measured time, if pushes is 0
	warmUp      time.Duration // before it
}

// loadResult is what a load measured.
type loadResult struct {
	rate     float64 // answered pushes per second
	pushes   int     // all that were answered, those of the warm-up too
	p50, p99 time.Duration
}

// loadRun is the state that the connections of one run share.
type loadRun struct {
	*load
	next       atomic.Int64 // number of the next push
	answered   atomic.Int64
	begin, end time.Time // what is answered in between counts
}

// loadTimeout bounds a load beyond its own duration: a Pushgateway takes minutes
// for a hundred thousand groups.
const loadTimeout = 10 * time.Minute

// run drives the load to its end. The first error stops it.
func (l *load) run(ctx context.Context) (loadResult, error) {
	r := &loadRun{load: l, begin: time.Now().Add(l.warmUp)}
	r.end = r.begin.Add(l.duration)
	ctx, stop := context.WithTimeout(ctx, l.warmUp+l.duration+loadTimeout)
	defer stop()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	latencies := make([][]time.Duration, l.connections)
	var wg sync.WaitGroup
	for i := range latencies {
		wg.Go(func() {
			var err error
			if latencies[i], err = r.drive(ctx); err != nil {
				cancel(err)
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return loadResult{}, fmt.Errorf("pushing to %s: %w", l.addr, err)
	}
	elapsed := l.duration
	if l.pushes > 0 {
		elapsed = time.Since(r.begin)
	}
	res, err := summarizeLoad(slices.Concat(latencies...), elapsed)
	res.pushes = int(r.answered.Load())
	return res, err
}

func summarizeLoad(latencies []time.Duration, elapsed time.Duration) (loadResult, error) {
	n := len(latencies)
	if n == 0 {
		return loadResult{}, fmt.Errorf("no push was answered within %v", elapsed)
	}
	slices.Sort(latencies)
	return loadResult{
		rate: float64(n) / elapsed.Seconds(),
		p50:  latencies[n/2],
		p99:  latencies[n*99/100],
	}, nil
}

// drive pushes over one connection until the run is over and returns how long
// each counted push took.
func (r *loadRun) drive(ctx context.Context) (latencies []time.Duration, err error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", r.addr)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	unblock := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer unblock()
	req := pushTarget{addr: r.addr, job: defaultJob, expires: r.expires}.request(r.body)
	buf := make([]byte, 4096)
	for began := time.Now(); ; {
		n := int(r.next.Add(1)) - 1
		if r.over(n, began) {
			return latencies, nil
		}
		if _, err := conn.Write(req.next(n%r.groups, n)); err != nil {
			return nil, err
		}
		if err := readAnswer(conn, buf); err != nil {
			return nil, err
		}
		r.answered.Add(1)
		now := time.Now()
		if r.pushes > 0 || now.After(r.begin) && now.Before(r.end) {
			latencies = append(latencies, now.Sub(began))
		}
		began = now
	}
}

// over tells whether push n is beyond the run's end.
func (r *loadRun) over(n int, now time.Time) bool {
	if r.pushes > 0 {
		return n >= r.pushes
	}
	return !now.Before(r.end)
}
