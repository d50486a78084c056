package push

import (
	"fmt"
	"time"
)

// Breaker says when a target is left alone. The zero value means the defaults.
type Breaker struct {
	// Failures in a row open the breaker: nothing is sent. 0 means 5, a negative
	// number that it never opens. An answer that refuses a batch, or asks to wait, is
	// no failure: the target works.
	Failures int
	// OpenFor is how long it stays open. Then one batch is let through: if that
	// works the breaker closes, otherwise it stays open for as long again. 0 means 30 s.
	OpenFor time.Duration
}

func (b Breaker) withDefaults() (Breaker, error) {
	if b.OpenFor < 0 {
		return b, fmt.Errorf("breaker: open for %s: want a time that isn't negative", b.OpenFor)
	}
	if b.Failures == 0 {
		b.Failures = 5
	}
	if b.OpenFor == 0 {
		b.OpenFor = 30 * time.Second
	}
	return b, nil
}

// neverOpen as Failures is a breaker that isn't there.
const neverOpen = -1

// circuit is a Breaker at work. The target's lock guards it.
type circuit struct {
	Breaker
	failures int
	until    time.Time // open until then; zero when closed
	cause    error
}

// remaining is how long the circuit lets nothing through. 0 while it is half
// open: a target sends one batch at a time, so the next one is the probe.
func (c *circuit) remaining(now time.Time) time.Duration {
	if c.until.IsZero() {
		return 0
	}
	return max(0, c.until.Sub(now))
}

func (c *circuit) open() bool { return !c.until.IsZero() }

// err is what a caller who won't wait is told.
func (c *circuit) err(now time.Time) error {
	d := c.remaining(now)
	if d == 0 {
		return nil
	}
	return fmt.Errorf("%w for %s after %d failures, the last: %w", ErrCircuitOpen, d.Round(time.Millisecond), c.failures, c.cause)
}

// saw takes in the outcome of an attempt.
func (c *circuit) saw(err error, now time.Time) {
	if err == nil || ClassOf(err) != Retryable {
		c.failures, c.until, c.cause = 0, time.Time{}, nil
		return
	}
	c.failures++
	if c.Failures > 0 && c.failures >= c.Failures {
		c.until, c.cause = now.Add(c.OpenFor), err
	}
}

// guard gives a target its breaker.
func (t *target) guard(b Breaker) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.circuit.Breaker = b
}
