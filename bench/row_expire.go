package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"sync"
	"time"

	"github.com/headgate/headgate/internal/load"
)

// expireRow measures what the pushes of others feel while all groups of the large
// state expire at once, beside a quiet period of the same length before it. All
// the while the gateway is Scraped once a second, as by Prometheus.
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
	delay.Note = fmt.Sprintf("all gone %s after their deadline; longest scrape %v, %v while it was quiet",
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
	length := max(2*e.duration, 3*time.Second) // the gateway looks once a second
	expires := time.Now().Add(time.Second + time.Duration(e.manyGroups)*loadAllowance + length)
	e.say("pushing %d groups that expire together", e.manyGroups)
	once := e.pushOnce(e.gateway.addr, e.manyGroups)
	once.Expires = expires
	if _, err := once.Run(ctx); err != nil {
		return err
	}
	// The first scrape renders all that was pushed, which is neither quiet nor expiry.
	if _, err := e.gateway.target().Scrape(ctx, gzipText, io.Discard); err != nil {
		return err
	}
	if late := time.Until(expires) - length; late < 0 {
		return fmt.Errorf("pushing %d groups took %v longer than they are given", e.manyGroups, -late)
	}
	var err error
	if e.quiet, err = e.watch(ctx, time.Now(), length); err != nil {
		return err
	}
	return e.watchExpiry(ctx, expires, length)
}

// loadAllowance is the time that pushing a group of the large state may take: five
// times what it takes when the machine is idle.
const loadAllowance = 200 * time.Microsecond

// watchExpiry watches a period in which the groups expire and all of them have to
// go. It notes how long after their deadline the last went.
func (e *expiry) watchExpiry(ctx context.Context, expires time.Time, length time.Duration) error {
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
	if err = errors.Join(err, <-profiled); err != nil {
		return err
	}
	gone, last := expiredSince(e.gateway.log.tail(), expires)
	if gone != e.manyGroups {
		return fmt.Errorf("%d of %d groups had expired %v after their deadline", gone, e.manyGroups, length)
	}
	e.expiredIn = append(e.expiredIn, last.Sub(expires).Seconds())
	return nil
}

// expiredLine is what the gateway logs when groups have expired. Asking it for its
// metrics all the while would disturb what is measured.
var expiredLine = regexp.MustCompile(`time=(\S+) [^\n]*msg="groups expired" groups=(\d+)`)

// expiredSince sums up the groups that the log says expired after a moment, and when
// the last of them did.
func expiredSince(log string, since time.Time) (gone int, last time.Time) {
	for _, m := range expiredLine.FindAllStringSubmatch(log, -1) {
		at, err := time.Parse(time.RFC3339Nano, m[1])
		n, countErr := strconv.Atoi(m[2])
		if err == nil && countErr == nil && at.After(since.Truncate(time.Millisecond)) {
			gone, last = gone+n, at
		}
	}
	return gone, last
}

// The paced pusher of the expire row: other groups than those that expire.
const (
	steadyEvery       = 5 * time.Millisecond
	steadyGroups      = 100
	steadyConnections = 4
)

// watch pushes by the clock and scrapes once a second.
func (e *expiry) watch(ctx context.Context, begin time.Time, length time.Duration) (p period, err error) {
	steady := pacedLoad{
		addr: e.gateway.addr, jobs: []string{"steady"}, groups: steadyGroups, body: load.Text(load.SeriesPerGroup),
		connections: steadyConnections, every: steadyEvery, begin: begin, duration: length,
	}
	var wg sync.WaitGroup
	var scrapeErr error
	wg.Go(func() { p.scrape, scrapeErr = scrapeEachSecond(ctx, e.gateway.addr, begin, length) })
	pushes, err := steady.run(ctx)
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
		got, err := (&load.Target{Addr: addr}).Scrape(ctx, gzipText, io.Discard)
		if err != nil {
			return 0, err
		}
		longest = max(longest, got.Took)
	}
	return longest, nil
}
