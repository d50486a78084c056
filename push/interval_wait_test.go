package push

import (
	"flag"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var intervalSeed = flag.Uint64("interval-seed", 0, "seed of the interval's tests; 0 draws one")

// intervalRand returns a source of chance whose seed is printed.
func intervalRand(t *testing.T) *rand.Rand {
	seed := *intervalSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-interval-seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// Retry-After is a lower bound of the next wait only, and clamped to the maximum.
func TestIntervalRetryAfter(t *testing.T) {
	l := 0.6
	for _, c := range []struct{ asked, want time.Duration }{
		{time.Second, 10 * time.Second},
		{15 * time.Second, 15*time.Second + 750*time.Millisecond}, // half the spread, upwards
		{24 * time.Hour, time.Minute + 3*time.Second},
		{math.MaxInt64, time.Minute + 3*time.Second},
	} {
		iv := mustInterval(t, 10*time.Second, 5*time.Second, time.Minute, loadOf(&l))
		if got := iv.next(feedback{took: time.Millisecond, retryAfter: c.asked}); got != c.want {
			t.Errorf("Retry-After %v: wait is %v, want %v", c.asked, got, c.want)
		}
		if got := iv.next(well); got != 10*time.Second {
			t.Errorf("after Retry-After %v the wait is %v, want 10s", c.asked, got)
		}
		iv.random = intervalRand(t).Float64
		for range 1000 {
			if got := iv.next(feedback{retryAfter: c.asked}); got < min(c.asked, time.Minute) {
				t.Fatalf("Retry-After %v: wait is only %v", c.asked, got)
			}
		}
	}
}

// Two waits differ by up to a tenth of the interval either way, so jobs that fell
// into step lose it.
func TestIntervalJitter(t *testing.T) {
	iv := mustInterval(t, 10*time.Second, 10*time.Second, 10*time.Second, nil)
	for random, want := range map[float64]time.Duration{0: 9 * time.Second, 0.75: 10500 * time.Millisecond} {
		iv.random = func() float64 { return random }
		if got := iv.next(well); got != want {
			t.Errorf("wait at %v is %v, want %v", random, got, want)
		}
	}
}

// Whatever load and target do, a wait keeps to the bounds, but for the spread.
func TestIntervalBounds(t *testing.T) {
	r := intervalRand(t)
	for range 200 {
		lo := time.Duration(1+r.Int64N(1e6)) * time.Millisecond
		hi := lo + time.Duration(r.Int64N(1e15))
		base := lo + time.Duration(r.Int64N(int64(hi-lo)+1))
		var l float64
		iv := mustInterval(t, base, lo, hi, loadOf(&l))
		iv.random = r.Float64
		if d := iv.first(); d <= 0 || d > base {
			t.Fatalf("first wait %v with base %v", d, base)
		}
		for range 100 {
			l = r.Float64() * 1.2
			f := feedback{took: time.Duration(r.Int64N(int64(2 * hi))), backlog: r.IntN(8) == 0, throttled: r.IntN(8) == 0, retryAfter: time.Duration(r.Int64())}
			if r.IntN(2) == 0 {
				f.retryAfter = 0
			}
			d := iv.next(f)
			if d < scaled(lo, 0.9) || d > scaled(hi, 1.1) || iv.length() < lo || iv.length() > hi {
				t.Fatalf("wait %v, length %v; want within %v and %v (after %+v at load %v)", d, iv.length(), lo, hi, f, l)
			}
		}
	}
}

// 100,000 jobs that cron starts in the same second push evenly over the interval,
// from the first tick on; and none of them drifts: in the mean a wait is the interval.
func TestIntervalSpreadsFleet(t *testing.T) {
	const jobs, ticks, bins = 100_000, 10, 60
	const length = time.Minute
	r := intervalRand(t)
	iv := mustInterval(t, length, length, length, nil)
	iv.random = r.Float64
	var sum time.Duration
	var histogram [ticks][bins]int
	for range jobs {
		at := iv.first()
		for tick := range ticks {
			histogram[tick][at%length*bins/length]++
			wait := iv.next(well)
			sum += wait / ticks
			at += wait
		}
	}
	for tick, bins := range histogram {
		for second, n := range bins {
			// 1,667 are expected, with a standard deviation of 41.
			if n > 1900 {
				t.Errorf("tick %d: %d of %d jobs push in second %d of the minute", tick+1, n, jobs, second)
			}
		}
	}
	if mean := sum / jobs; mean < length*999/1000 || mean > length*1001/1000 {
		t.Errorf("the mean wait is %v, want %v", mean, length)
	}
}
