package push

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"github.com/headgate/headgate/push/load"
)

// Utilisation above highLoad stretches the interval, and below lowLoad shortens it.
// It grows faster than it shrinks, so that a load that swings across both marks is
// met with fewer pushes.
const (
	highLoad   = 0.8
	lowLoad    = 0.4
	growPace   = 1.5
	shrinkPace = 0.8
)

// driftPace is the part of its way back to base that the pace goes at each tick
// while the CPU load is between the marks. A service at 0.6 is well, yet its
// readings are above the higher mark now and then: without a way back each of them
// would count for ever, and in the end it would push at the maximum.
const driftPace = 0.05

// waitSpread is the part of an interval by which a single wait may differ from it.
const waitSpread = 0.1

// The bounds of an interval. Below the one a push would follow itself without a
// pause; the other is a typing error and keeps sums of durations from overflowing.
const (
	shortestInterval = time.Millisecond
	longestInterval  = 365 * 24 * time.Hour
)

// interval is the time between two pushes, which grows while the machine or the
// target is busy. It belongs to one goroutine.
//
// Two things move it apart from each other. The pace is what the CPU load allows.
// The strain is the factor, 1 or more, by which the target wants it slower still.
// Were it one number, an interval that a throttled push had stretched would have to
// wait for a low CPU load to come back.
type interval struct {
	base, min, max time.Duration
	pace           time.Duration // within min and max
	strain         float64       // 1 to max/pace
	source         load.Source   // nil if the load is of no interest
	log            *slog.Logger
	random         func() float64 // uniform in [0, 1)

	// loadErrors counts the readings of source that failed. The first is logged.
	loadErrors uint64
}

// newInterval returns an interval that begins at base and stays within lo and hi.
// It is fixed if all three are equal. A nil source leaves only the target to adapt to.
func newInterval(base, lo, hi time.Duration, source load.Source, log *slog.Logger) (*interval, error) {
	switch {
	case lo < shortestInterval:
		return nil, fmt.Errorf("push interval %q: want at least %v", lo, shortestInterval)
	case hi > longestInterval:
		return nil, fmt.Errorf("push interval %q: want at most %v", hi, longestInterval)
	case lo > hi:
		return nil, fmt.Errorf("push interval between %q and %q: want the minimum first", lo, hi)
	case base < lo || base > hi:
		return nil, fmt.Errorf("push interval %q: want one between the minimum %v and the maximum %v", base, lo, hi)
	}
	return &interval{base: base, min: lo, max: hi, pace: base, strain: 1, source: source, log: log, random: rand.Float64}, nil
}

// first returns the time from the start to the first tick, and begins to measure
// the load. It is any part of the interval: many jobs that cron started in the same
// second are at once as far apart as they will ever be.
func (iv *interval) first() time.Duration {
	iv.measure()
	return time.Duration((1 - iv.random()) * float64(iv.length()))
}

// next adapts the interval and returns the time from this tick to the next.
func (iv *interval) next(f feedback) time.Duration {
	before := iv.length()
	if cpu, news := iv.measure(); news {
		iv.adapt(paceFactor(cpu))
	}
	iv.strain = min(max(iv.strain*paceFactor(f.load(before)), 1), float64(iv.max)/float64(iv.pace))
	return iv.wait(f.retryAfter)
}

// adapt changes the pace by a factor, or if that is 1 lets it drift.
func (iv *interval) adapt(by float64) {
	if by == 1 {
		iv.pace += scaled(iv.base-iv.pace, driftPace)
		return
	}
	iv.pace = min(max(scaled(iv.pace, by), iv.min), iv.max)
}

// wait returns the time to the next tick, somewhat off the interval, lest those who
// once fell into step stay in it. What the target asked for is a lower bound, but
// never above the maximum: an hour by mistake must not silence a job for an hour,
// and whoever is to be left alone for longer is so by its own queue, not by a
// Pusher that doesn't look at its metrics.
func (iv *interval) wait(retryAfter time.Duration) time.Duration {
	r := iv.random()
	d := scaled(iv.length(), 1+waitSpread*(2*r-1))
	if retryAfter > 0 {
		d = max(d, scaled(min(retryAfter, iv.max), 1+waitSpread*r))
	}
	return d
}

// length returns the interval as it stands.
func (iv *interval) length() time.Duration {
	return min(scaled(iv.pace, iv.strain), iv.max)
}

// measure returns the CPU load, NaN if it is unknown, and whether that is news: with
// a source that says "not yet" at most ticks, a load must still count but once.
func (iv *interval) measure() (cpu float64, news bool) {
	if iv.source == nil {
		return math.NaN(), true
	}
	cpu, err := iv.source()
	if err == nil || errors.Is(err, load.ErrNotYet) {
		return cpu, err == nil
	}
	if iv.loadErrors++; iv.loadErrors == 1 {
		iv.log.Warn("CPU load is unknown: only the target adapts the push interval; further such errors are counted, not logged", "err", err)
	}
	return math.NaN(), true
}

// paceFactor returns what an interval is to be multiplied by at a utilisation. One that
// is no number leaves it.
func paceFactor(utilisation float64) float64 {
	switch {
	case utilisation > highLoad:
		return growPace
	case utilisation < lowLoad:
		return shrinkPace
	}
	return 1
}

func scaled(d time.Duration, by float64) time.Duration {
	return time.Duration(float64(d) * by)
}
