package push

import (
	"bytes"
	"errors"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/headgate/headgate/push/load"
)

// mustInterval returns an interval without jitter.
func mustInterval(t *testing.T, base, lo, hi time.Duration, source load.Source) *interval {
	t.Helper()
	iv, err := newInterval(base, lo, hi, source, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	iv.random = func() float64 { return 0.5 }
	return iv
}

func loadOf(l *float64) load.Source { return func() (float64, error) { return *l, nil } }

// well is feedback that asks for nothing.
var well = feedback{took: time.Millisecond}

// The interval grows by 1.5 above a load of 0.8, shrinks by 0.8 below 0.4, stays
// at and between the marks and keeps to its bounds.
func TestIntervalFollowsLoad(t *testing.T) {
	const base, lo, hi = 10 * time.Second, 5 * time.Second, 30 * time.Second
	for _, c := range []struct {
		load  float64
		waits []time.Duration
	}{
		{0.81, []time.Duration{15 * time.Second, 22500 * time.Millisecond, hi, hi}},
		{math.Inf(1), []time.Duration{15 * time.Second, 22500 * time.Millisecond, hi, hi}},
		{0.39, []time.Duration{8 * time.Second, 6400 * time.Millisecond, 5120 * time.Millisecond, lo, lo}},
		{0.4, []time.Duration{base, base}},
		{0.8, []time.Duration{base, base}},
		{math.NaN(), []time.Duration{base, base}},
	} {
		iv := mustInterval(t, base, lo, hi, loadOf(&c.load))
		for i, want := range c.waits {
			if got := iv.next(well); got != want || iv.length() != want {
				t.Errorf("load %v: wait %d is %v (length %v), want %v", c.load, i+1, got, iv.length(), want)
			}
		}
	}
}

// Between the marks the interval finds its way back to base, from above and from
// below, also when the load can no longer be read: one spike isn't remembered for ever.
func TestIntervalDriftsToBase(t *testing.T) {
	const base = 10 * time.Second
	failed := errors.New("no such file")
	for _, spike := range []float64{0.9, 0.1} {
		for name, after := range map[string]func() (float64, error){
			"between the marks": func() (float64, error) { return 0.6, nil },
			"unknown":           func() (float64, error) { return 0, failed },
		} {
			source := loadOf(&spike)
			iv := mustInterval(t, base, 2*time.Second, time.Minute, func() (float64, error) { return source() })
			for range 10 {
				iv.next(well)
			}
			source = after
			for range 100 {
				was := (iv.length() - base).Abs()
				if iv.next(well); (iv.length() - base).Abs() > was {
					t.Fatalf("after a load of %v, now %s: interval moved away from its base to %v", spike, name, iv.length())
				}
			}
			if d := (iv.length() - base).Abs(); d > base/10 {
				t.Errorf("after a load of %v, now %s: interval is %v, want about %v", spike, name, iv.length(), base)
			}
		}
	}
}

// A source that has news at every tenth tick only moves the interval as far as one
// that is asked at these ticks only.
func TestIntervalCountsReadingOnce(t *testing.T) {
	calls := 0
	iv := mustInterval(t, time.Second, time.Second, time.Hour, func() (float64, error) {
		if calls++; calls%10 > 0 {
			return 0, load.ErrNotYet
		}
		return 0.9, nil
	})
	for range 30 {
		iv.next(well)
	}
	if want := 3375 * time.Millisecond; iv.length() != want { // 1s × 1.5³
		t.Errorf("three readings moved the interval to %v, want %v", iv.length(), want)
	}
}

// A target that throttles, falls behind or is slow stretches the interval, and once
// it is well the interval comes back, though the CPU load is between the marks.
func TestIntervalFollowsTarget(t *testing.T) {
	l := 0.6
	for name, f := range map[string]feedback{
		"throttled": {took: time.Millisecond, throttled: true},
		"backlog":   {backlog: true},
		"slow":      {took: 100 * time.Second},
	} {
		iv := mustInterval(t, 10*time.Second, 5*time.Second, time.Minute, loadOf(&l))
		for _, want := range []time.Duration{15 * time.Second, 22500 * time.Millisecond, 33750 * time.Millisecond, 50625 * time.Millisecond, time.Minute, time.Minute} {
			if got := iv.next(f); got != want {
				t.Errorf("%s: wait is %v, want %v", name, got, want)
			}
		}
		for range 9 {
			iv.next(well)
		}
		if got := iv.next(well); got != 10*time.Second {
			t.Errorf("%s: ten good pushes later the wait is %v, want 10s", name, got)
		}
	}
}

// A push that takes half of the interval leaves it, so that the interval comes to
// rest behind a target of constant speed.
func TestIntervalComesToRest(t *testing.T) {
	iv := mustInterval(t, time.Second, time.Second, time.Minute, nil)
	for range 20 {
		iv.next(feedback{took: 5 * time.Second})
	}
	at := iv.length()
	for range 20 {
		if iv.next(feedback{took: 5 * time.Second}); iv.length() != at {
			t.Fatalf("interval moved from %v to %v", at, iv.length())
		}
	}
	if at < 6250*time.Millisecond || at > 12500*time.Millisecond {
		t.Errorf("pushes of 5s come to rest at an interval of %v, want 6.25s to 12.5s", at)
	}
}

// High load while the target is strained doesn't wind the interval up: as soon as
// both are gone it comes down at once, and load alone decides how far.
func TestIntervalDoesNotWindUp(t *testing.T) {
	l := 0.9
	iv := mustInterval(t, time.Second, time.Second, 10*time.Second, loadOf(&l))
	for range 1000 {
		iv.next(feedback{throttled: true})
	}
	l = 0.1
	if iv.next(well); iv.length() > 8*time.Second {
		t.Errorf("the first good push leaves the interval at %v, want at most 8s", iv.length())
	}
	for range 20 {
		iv.next(well)
	}
	if iv.length() != time.Second {
		t.Errorf("interval is %v, want 1s", iv.length())
	}
}

// A fixed interval stays, whatever the target says.
func TestIntervalFixed(t *testing.T) {
	iv := mustInterval(t, 15*time.Second, 15*time.Second, 15*time.Second, nil)
	for _, f := range []feedback{{}, well, {backlog: true}, {throttled: true}, {took: time.Hour}} {
		if got := iv.next(f); got != 15*time.Second {
			t.Errorf("wait after %+v is %v, want 15s", f, got)
		}
	}
}

// A source of load that fails is logged once and counted; the interval goes by
// the target then. ErrNotYet is no failure, and nothing is decided by it.
func TestIntervalLoadUnknown(t *testing.T) {
	var log bytes.Buffer
	var err error
	iv, _ := newInterval(10*time.Second, 5*time.Second, time.Minute, func() (float64, error) { return 0.99, err }, slog.New(slog.NewTextHandler(&log, nil)))
	iv.random = func() float64 { return 0.5 }

	err = load.ErrNotYet
	if got := iv.next(well); got != 10*time.Second || log.Len() > 0 || iv.loadErrors > 0 {
		t.Errorf("not yet: wait %v, %d errors, log %q; want 10s and none", got, iv.loadErrors, &log)
	}
	err = errors.New("no such file")
	for range 3 {
		if got := iv.next(well); got != 10*time.Second {
			t.Errorf("load unknown: wait %v, want 10s", got)
		}
	}
	if n := strings.Count(log.String(), "no such file"); n != 1 || iv.loadErrors != 3 {
		t.Errorf("3 errors: %d counted, %d logged; want 3 and 1", iv.loadErrors, n)
	}
	if got := iv.next(feedback{throttled: true}); got != 15*time.Second {
		t.Errorf("throttled: wait %v, want 15s", got)
	}
	err = nil
	if got := iv.next(well); got != 18*time.Second {
		t.Errorf("load known again: wait %v, want 18s (10s ×1.5 for the load, ×1.5×0.8 for the target)", got)
	}
}

// Of several targets the best-off sets the interval.
func TestEasiest(t *testing.T) {
	down := feedback{backlog: true}
	throttled := feedback{throttled: true, retryAfter: time.Minute}
	slow := feedback{took: 30 * time.Second}
	for _, c := range []struct {
		targets []feedback
		want    feedback
	}{
		{[]feedback{down}, down},
		{[]feedback{down, slow, well}, well},
		{[]feedback{slow, throttled}, slow},
		{[]feedback{throttled, down}, down},
		{[]feedback{throttled, {throttled: true, retryAfter: time.Second}}, feedback{throttled: true, retryAfter: time.Second}},
	} {
		if got := easiest(c.targets); got != c.want {
			t.Errorf("easiest of %+v is %+v, want %+v", c.targets, got, c.want)
		}
	}
}

// Bounds that make no sense are refused with the value and the rule.
func TestNewIntervalRefuses(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		base, lo, hi time.Duration
		want         string
	}{
		{0, 0, 0, `push interval "0s": want at least 1ms`},
		{-s, -s, s, `push interval "-1s": want at least 1ms`},
		{s, s, math.MaxInt64, `want at most 8760h0m0s`},
		{2 * s, 3 * s, s, `push interval between "3s" and "1s": want the minimum first`},
		{s, 2 * s, 3 * s, `push interval "1s": want one between the minimum 2s and the maximum 3s`},
		{4 * s, 2 * s, 3 * s, `push interval "4s": want one between`},
	} {
		if _, err := newInterval(c.base, c.lo, c.hi, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("newInterval(%v, %v, %v): %v, want %s", c.base, c.lo, c.hi, err, c.want)
		}
	}
}
