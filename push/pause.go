package push

import (
	"context"
	"time"
)

// pause waits before the next attempt, until somebody is in a hurry at most.
func (t *target) pause(ctx context.Context, w wait) {
	begin := time.Now()
	if t.sleep(ctx, w.planned, t.hurry) {
		t.sleep(ctx, w.least-time.Since(begin), nil)
	}
}

// sleep waits for d, until Close wants the last attempt, or ctx ends. It returns
// whether somebody in a hurry ended it before.
func (t *target) sleep(ctx context.Context, d time.Duration, hurry <-chan struct{}) bool {
	if d <= 0 {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.last:
	case <-ctx.Done():
	case <-hurry:
		return true
	}
	return false
}

// wait is how long until the next attempt, and how long for somebody in a hurry.
type wait struct{ planned, least time.Duration }

// calm forgets who was in a hurry: what they wanted is about to be tried.
func (t *target) calm() {
	for _, c := range []chan struct{}{t.hurry, t.last} {
		select {
		case <-c:
		default:
		}
	}
}

// signal wakes who waits on a channel of capacity 1, once for any number of signals.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
