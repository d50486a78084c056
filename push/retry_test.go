package push

import (
	"errors"
	"testing"
	"time"
)

func mustRetry(t *testing.T, r Retry) Retry {
	t.Helper()
	r, err := r.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The wait doubles from the base to the bound, and at least half of it is kept.
func TestRetryWait(t *testing.T) {
	r := mustRetry(t, Retry{})
	for failures, full := range map[int]time.Duration{
		1: time.Second, 2: 2 * time.Second, 3: 4 * time.Second, 6: 32 * time.Second, 7: time.Minute, 1000: time.Minute,
	} {
		seen := map[time.Duration]bool{}
		for range 50 {
			d := r.wait(failures, errors.New("x"))
			if d < full/2 || d > full {
				t.Fatalf("after %d failures: waits %s, want %s to %s", failures, d, full/2, full)
			}
			seen[d] = true
		}
		if len(seen) < 2 {
			t.Errorf("after %d failures: every wait is the same, so clients come back in step", failures)
		}
	}
}

// What the target asks for is waited, within a bound.
func TestRetryAfter(t *testing.T) {
	r := mustRetry(t, Retry{})
	for asked, want := range map[time.Duration]time.Duration{
		20 * time.Second: 20 * time.Second, time.Hour: 5 * time.Minute,
	} {
		if d := r.wait(1, &SendError{Class: Throttled, StatusCode: 429, RetryAfter: asked}); d != want {
			t.Errorf("asked for %s: waits %s, want %s", asked, d, want)
		}
	}
	if d := r.wait(5, &SendError{Class: Throttled, StatusCode: 429, RetryAfter: time.Second}); d < 8*time.Second {
		t.Errorf("after 5 failures waits %s: what the target asks is a lower bound only", d)
	}
}

func TestRetryRefusesNonsense(t *testing.T) {
	for _, r := range []Retry{{Base: -1}, {Attempts: -1}, {Base: time.Minute, Max: time.Second}} {
		if _, err := r.withDefaults(); err == nil {
			t.Errorf("%+v was accepted", r)
		}
	}
}
