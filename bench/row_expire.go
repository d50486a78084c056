package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// expireRow measures what the pushes of others feel while all groups of the large
// state expire at once, beside a quiet period of the same length before it. All
// the while the gateway is scraped once a second, as by Prometheus.
func expireRow(ctx context.Context, b *bench) ([]line, error) {
	delay := line{
		What:     fmt.Sprintf("longest delay while %d groups expire", b.manyGroups),
		Unit:     seconds,
		PeerName: "quiet period",
		Budget:   &budget{AtMost: 0.05, Absolute: true},
	}
	p99 := line{What: "99th percentile of those pushes", Unit: seconds, PeerName: "quiet period"}
	if b.gateway == "" {
		delay.judge()
		return []line{delay, p99}, nil
	}
	gateway, err := b.startWith(ctx, fullConfig)
	if err != nil {
		return nil, err
	}
	defer gateway.kill()
	e := &expiry{bench: b, gateway: gateway}
	if delay, err = delay.compare(ctx, b.rounds, e.delay, e.quietDelay); err != nil {
		return nil, err
	}
	p99.Ours, p99.Peer, p99.Ratio = summarize(e.p99), summarize(e.quietP99), summarize(e.ratios)
	delay.Note = fmt.Sprintf("expired within %s; longest scrape %v, %v while it was quiet",
		seconds.format(summarize(e.expiredIn)), round(e.busy.scrape), round(e.quiet.scrape))
	if b.profiles("expire") {
		e.profile = true
		err = e.round(ctx)
	}
	return []line{delay, p99}, err
}

// expiry is the rounds of the expire row on one gateway.
type expiry struct {
	*bench
	gateway     *process
	quiet, busy period // of the last round
	expiredIn   []float64
	p99         []float64
	quietP99    []float64
	ratios      []float64
	profile     bool // take one of the next expiry
}

// period is what pushes and scrapes saw.
type period struct {
	pushes pacedResult
	scrape time.Duration // the longest
}

// delay is the longest delay of a round: by how much a push took longer than the
// usual one while it was quiet.
func (e *expiry) delay(ctx context.Context) (float64, error) {
	if err := e.round(ctx); err != nil {
		return 0, err
	}
	p99, quiet := e.busy.pushes.quantile(0.99).Seconds(), e.quiet.pushes.quantile(0.99).Seconds()
	e.p99, e.quietP99, e.ratios = append(e.p99, p99), append(e.quietP99, quiet), append(e.ratios, p99/quiet)
	return e.above(&e.busy), nil
}

// quietDelay is the same of the quiet period of that round.
func (e *expiry) quietDelay(context.Context) (float64, error) { return e.above(&e.quiet), nil }

func (e *expiry) above(p *period) float64 {
	return (p.pushes.quantile(1) - e.quiet.pushes.quantile(0.5)).Seconds()
}

// round pushes the large state so that all of it expires at the same moment, and
// watches a while before that and from a little before it on.
func (e *expiry) round(ctx context.Context) error {
	before, err := readMetric(ctx, e.gateway.addr, expiredTotal)
	if err != nil {
		return err
	}
	length := max(2*e.duration, 3*time.Second) // the gateway looks once a second
	expires := time.Now().Add(time.Second + time.Duration(e.manyGroups)*loadAllowance + length)
	e.say("pushing %d groups that expire together", e.manyGroups)
	load := e.pushOnce(e.gateway.addr, e.manyGroups)
	load.expires = expires
	if _, err := load.run(ctx); err != nil {
		return err
	}
	// The first scrape renders all that was pushed, which is neither quiet nor expiry.
	if _, err := scrape(ctx, e.gateway.addr, gzipText, io.Discard); err != nil {
		return err
	}
	if late := time.Until(expires) - length; late < 0 {
		return fmt.Errorf("pushing %d groups took %v longer than they are given", e.manyGroups, -late)
	}
	if e.quiet, err = e.watch(ctx, time.Now(), length); err != nil {
		return err
	}
	return e.watchExpiry(ctx, expires, length, before)
}

// loadAllowance is the time that pushing a group of the large state may take: five
// times what it takes when the machine is idle.
const loadAllowance = 200 * time.Microsecond

// watchExpiry watches a period in which the groups expire and all of them have to
// go. It notes how long that took.
func (e *expiry) watchExpiry(ctx context.Context, expires time.Time, length time.Duration, before float64) error {
	want := before + float64(e.manyGroups)
	took, polled := time.Duration(0), make(chan error, 1)
	end := expires.Add(length)
	go func() {
		var err error
		took, err = pollExpiry(ctx, e.gateway.addr, expires, end, before, want)
		polled <- err
	}()
	profiled := make(chan error, 1)
	go func() {
		var err error
		if e.profile {
			err = errors.Join(sleepUntil(ctx, expires), fetchProfile(ctx, e.gateway.addr, e.cpuProfile))
		}
		profiled <- err
	}()
	var err error
	e.busy, err = e.watch(ctx, expires, length)
	err = errors.Join(err, <-profiled)
	if err = errors.Join(err, <-polled); err != nil {
		return err
	}
	e.expiredIn = append(e.expiredIn, took.Seconds())
	return nil
}

// pollEvery is how exact the duration of an expiry is.
const pollEvery = 20 * time.Millisecond

// expiredTotal counts the groups that expired.
const expiredTotal = "headgate_groups_expired_total"

// pollExpiry tells how long it took from when the counter had not yet moved to when
// it had reached want.
func pollExpiry(ctx context.Context, addr string, from, until time.Time, before, want float64) (time.Duration, error) {
	var began time.Time
	for at := from; at.Before(until); at = time.Now().Add(pollEvery) {
		if err := sleepUntil(ctx, at); err != nil {
			return 0, err
		}
		asked := time.Now()
		got, err := readMetric(ctx, addr, expiredTotal)
		switch {
		case err != nil:
			return 0, err
		case got == before || began.IsZero():
			began = asked
		}
		if got >= want {
			return time.Since(began), nil
		}
	}
	return 0, fmt.Errorf("of %v groups not all had expired %v after their deadline", want-before, until.Sub(from))
}

// The paced pusher of the expire row: other groups than those that expire.
const (
	steadyEvery       = 5 * time.Millisecond
	steadyGroups      = 100
	steadyConnections = 4
)

// watch pushes by the clock and scrapes once a second.
func (e *expiry) watch(ctx context.Context, begin time.Time, length time.Duration) (p period, err error) {
	load := pacedLoad{
		addr: e.gateway.addr, jobs: []string{"steady"}, groups: steadyGroups, body: textBody(),
		connections: steadyConnections, every: steadyEvery, begin: begin, duration: length,
	}
	var wg sync.WaitGroup
	var scrapeErr error
	wg.Go(func() { p.scrape, scrapeErr = scrapeEachSecond(ctx, e.gateway.addr, begin, length) })
	pushes, err := load.run(ctx)
	wg.Wait()
	p.pushes = pushes
	return p, errors.Join(err, scrapeErr)
}

// scrapeEachSecond scrapes as Prometheus does and tells how long the longest took.
func scrapeEachSecond(ctx context.Context, addr string, begin time.Time, length time.Duration) (longest time.Duration, err error) {
	for after := time.Duration(0); after < length; after += time.Second {
		if err := sleepUntil(ctx, begin.Add(after)); err != nil {
			return 0, err
		}
		got, err := scrape(ctx, addr, gzipText, io.Discard)
		if err != nil {
			return 0, err
		}
		longest = max(longest, got.took)
	}
	return longest, nil
}
